//! What is kept for how long, and what goes: orders that have come to their end, with their recipients, texts
//! and all that was noted about them; old entries of the feed; old bulks; suppressions that have ended.
//!
//! Nothing of an order is removed as long as anything of it may still change. What stays of one that was
//! removed is its idempotency key with the receipt, so that repeating the request sends nothing twice; the day's
//! figures; and the audit log, which has no addresses.

use jiff::Timestamp;
use store::{Error, Tx, params, row};
use tokio_util::sync::CancellationToken;
use types::ids::OrderId;
use types::retention::{Kept, days_before};

use crate::sweep::in_batches;
use crate::{Notify, bulk, status, suppression};

/// Orders of one commit.
const AT_ONCE: u64 = 200;
/// What makes an order old: the moment it was wanted for, in the order of an index; and that it has ended.
macro_rules! old_orders {
    () => {
        "FROM notify_orders WHERE requested < $1
            AND state IN ('completed', 'send_condition_not_met', 'cancelled')"
    };
}

const OLD: &str =
    concat!("SELECT id ", old_orders!(), " ORDER BY requested LIMIT 200 FOR UPDATE SKIP LOCKED");

impl Notify {
    /// What is kept for how long, and what would go at a moment.
    pub async fn kept(&self, at: Timestamp) -> Result<Vec<Kept>, Error> {
        let config = self.config();
        let (orders, feed) = (config.keep_orders_days, config.feed_days);
        self.store().read(move |tx| kept(tx, at, orders, feed)).await
    }

    /// Removes what is due now; until told to stop.
    pub async fn remove_old(&self, stop: &CancellationToken) -> Result<(), Error> {
        bulk::prune(self, stop).await?;
        status::prune::sweep(self, stop).await?;
        suppression::sweep(self, stop).await?;
        sweep(self, stop).await.map(drop)
    }
}

fn kept(tx: &mut Tx<'_>, at: Timestamp, orders: u32, feed: u32) -> Result<Vec<Kept>, Error> {
    const ORDERS: &str =
        concat!("SELECT count(*), coalesce(sum(length(content) + length(texts)), 0) ", old_orders!());
    const FEED: &str = "SELECT count(*), coalesce(sum(length(entry)), 0) FROM notify_feed WHERE created < $1";
    const BULKS: &str = "SELECT count(*), 0 FROM notify_bulks WHERE created < $1";
    const ENDED: &str =
        "SELECT count(*) FROM notify_suppressions WHERE expires IS NOT NULL AND expires <= $1";
    let mut rule = |kind: &str, what: &str, setting: &str, days: u32, sql: &'static str| {
        let kept = Kept::for_days(kind, what, setting, days, at);
        let Some(before) = kept.before else { return Ok(kept.counted(0, None)) };
        let (due, bytes): (i64, i64) = tx.one(sql, params![before])?;
        Ok::<_, Error>(kept.counted(due, (bytes > 0).then_some(bytes)))
    };
    let orders = rule(
        "orders",
        "ended orders: recipients, texts, files, attempts, reports, timeline",
        "notify.keep_orders_days",
        orders,
        ORDERS,
    )?;
    let entries = rule("feed", "entries of the status feed", "notify.feed_days", feed, FEED)?;
    let bulks = rule("bulks", "which orders came in which bulk", "notify.feed_days", feed, BULKS)?;
    let ended: i64 = tx.one(ENDED, params![at])?;
    let suppressed = Kept::by_itself("suppressions", "addresses left alone, hashed: each until its own end");
    Ok(vec![
        orders,
        entries,
        bulks,
        suppressed.counted(ended, None),
        Kept::by_itself(
            "keys",
            "idempotency keys with their receipts: for ever, so that nothing is sent twice",
        ),
        Kept::by_itself("figures", "figures of a day for each creator, without recipients: for ever"),
    ])
}

/// Removes orders that are old enough, until told to stop; answers how many.
pub(crate) async fn sweep(app: &Notify, stop: &CancellationToken) -> Result<u64, Error> {
    let days = app.config().keep_orders_days;
    if days == 0 {
        return Ok(0);
    }
    let before = days_before(app.clock().now(), days);
    let batch = || app.store().write(move |tx| remove(tx, before));
    let removed = in_batches(stop, AT_ONCE, batch).await?;
    if removed > 0 {
        tracing::info!(orders = removed, days, "removed orders that had been kept long enough");
    }
    Ok(removed)
}

/// Removes some; an order that somebody is just working with is left for the next time.
fn remove(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, Error> {
    let orders: Vec<OrderId> = tx.all(OLD, params![before])?;
    let rows: Vec<_> = orders.iter().map(|order| row![order]).collect();
    // What is noted about notifications goes before them, by their own ids.
    for of_notifications in [
        "DELETE FROM notify_log WHERE notification IN (SELECT id FROM notify_notifications WHERE order_id = $1)",
        "DELETE FROM attempts WHERE subject IN (SELECT id FROM notify_notifications WHERE order_id = $1)",
        "DELETE FROM notify_notifications WHERE order_id = $1",
        "DELETE FROM notify_attachments WHERE order_id = $1",
        "DELETE FROM notify_timeline WHERE order_id = $1",
        "DELETE FROM notify_orders WHERE id = $1",
    ] {
        tx.each(of_notifications, &rows)?;
    }
    Ok(u64::try_from(orders.len()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use testkit::{on_every_store, plan};

    use super::*;

    on_every_store! {
        async fn what_is_due_is_found_by_an_index(store: Store) {
            let look = |tx: &mut Tx<'_>| {
                plan::of_an_index(tx, OLD, params![Timestamp::UNIX_EPOCH], "notify_orders_requested")
            };
            store.write(look).await.expect("a plan");
        }
    }
}
