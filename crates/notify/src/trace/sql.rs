//! The rows that a story is made of. Each is read by a key or an index.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params};
use types::ids::{ChainId, NotificationId, OrderId};

use super::model::{Sibling, Wanted};
use crate::sending::Notification;

/// A notification and the route that took it.
pub(super) struct Routed(pub(super) Notification, pub(super) Option<String>);

impl FromRow for Routed {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self(Notification::from_row(row)?, row.get("route")?))
    }
}

/// Notifications of an order, at most `max`.
pub(super) fn recipients(tx: &mut Tx<'_>, order: OrderId, wanted: Wanted, max: u32) -> Result<Vec<Routed>> {
    const FIRST: &str = "SELECT * FROM notify_notifications WHERE order_id = $1 ORDER BY id LIMIT $2";
    const AFTER: &str =
        "SELECT * FROM notify_notifications WHERE order_id = $1 AND id > $3 ORDER BY id LIMIT $2";
    const ONLY: &str = "SELECT * FROM notify_notifications WHERE order_id = $1 AND id = $3 LIMIT $2";
    match wanted {
        Wanted::First => tx.all(FIRST, params![order, max]),
        Wanted::After(id) => tx.all(AFTER, params![order, max, id]),
        Wanted::Only(id) => tx.all(ONLY, params![order, max, id]),
    }
}

impl FromRow for Sibling {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            kind: row.get("kind")?,
            state: row.get("state")?,
            requested: row.get("requested")?,
        })
    }
}

/// The other orders of a chain, in the order of their times.
pub(super) fn siblings(tx: &mut Tx<'_>, chain: ChainId, order: OrderId) -> Result<Vec<Sibling>> {
    const SQL: &str = "SELECT id, kind, state, requested FROM notify_orders
        WHERE chain = $1 AND kind <> 'instant' AND id <> $2 ORDER BY requested, id LIMIT 100";
    tx.all(SQL, params![chain, order])
}

/// A delivery report as it was kept.
pub(super) struct Reported {
    pub(super) result: String,
    pub(super) state: String,
    pub(super) occurred: Option<Timestamp>,
    pub(super) received: Timestamp,
    pub(super) applied: bool,
    pub(super) route: Option<String>,
}

impl FromRow for Reported {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            result: row.get("result")?,
            state: row.get("state")?,
            occurred: row.get("occurred")?,
            received: row.get("received")?,
            applied: row.get("applied")?,
            route: row.get("route")?,
        })
    }
}

pub(super) const REPORTS: &str = "SELECT result, state, occurred, received, applied, route
    FROM notify_reports WHERE notification = $1 ORDER BY id LIMIT 100";

/// What was reported about a notification, in the order it came.
pub(super) fn reports(tx: &mut Tx<'_>, notification: NotificationId) -> Result<Vec<Reported>> {
    tx.all(REPORTS, params![notification])
}

/// When an order was shown in the feed, and under which number; without one while it waits for it. `changed`
/// is when the order changed last.
pub(super) fn in_feed(
    tx: &mut Tx<'_>,
    order: OrderId,
    changed: Timestamp,
) -> Result<Option<(Timestamp, Option<i64>)>> {
    const SHOWN: &str = "SELECT created, number FROM notify_feed WHERE order_id = $1";
    const WAITS: &str = "SELECT 1 FROM notify_feed_waiting WHERE created = $1 AND order_id = $2";
    if let Some((created, number)) = tx.optional::<(Timestamp, i64)>(SHOWN, params![order])? {
        return Ok(Some((created, Some(number))));
    }
    let waits = tx.optional::<i64>(WAITS, params![changed, order])?.is_some();
    Ok(waits.then_some((changed, None)))
}

#[cfg(test)]
mod tests {
    use testkit::{on_every_store, plan};
    use uuid::Uuid;

    use super::*;

    on_every_store! {
        async fn reports_of_one_message_are_found_by_an_index(store: Store) {
            let look = |tx: &mut Tx<'_>| {
                plan::of_an_index(tx, REPORTS, params![Uuid::from_u128(7)], "notify_reports_notification")
            };
            store.write(look).await.expect("a plan");
        }
    }
}
