//! What was sent to somebody, in the store.

use jiff::{SignedDuration, Timestamp};
use store::{FromRow, Result, Row, Tx, params};
use types::ids::OrderId;

use super::period::Period;
use crate::access::Creator;
use crate::orders::Kind;
use crate::orders::kept;
use crate::sending::Notification;

/// Notifications told of at once at most, the latest first.
const MOST: u32 = 20_000;
/// By how much the clocks of two nodes may differ at the very most.
const SLACK: SignedDuration = SignedDuration::from_hours(1);

/// A notification and what is told of its order.
pub(super) struct Found {
    pub(super) notification: Notification,
    pub(super) order: OrderId,
    pub(super) creator: Creator,
    pub(super) kind: Kind,
    pub(super) senders_reference: Option<String>,
    pub(super) requested: Timestamp,
    pub(super) channels: Option<String>,
    pub(super) resource: Option<String>,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let older: Option<String> = row.get("older_content")?;
        let asked = match older {
            Some(content) => kept::read_asked(&content).unwrap_or_default(),
            None => kept::Asked { channels: row.get("channels")?, resource: row.get("resource")? },
        };
        Ok(Self {
            notification: Notification::from_row(row)?,
            order: row.get("order_id")?,
            creator: row.get("creator")?,
            kind: row.get("kind")?,
            senders_reference: row.get("senders_reference")?,
            requested: row.get("requested")?,
            channels: asked.channels,
            resource: asked.resource,
        })
    }
}

/// What was sent to whoever has this number, by orders whose time lies in the period; the latest first.
///
/// A notification is never made before its order's time, so none of them is older than the period.
pub(super) fn sent_to(tx: &mut Tx<'_>, number: &str, period: Period) -> Result<Vec<Found>> {
    const SQL: &str = "SELECT n.*, o.kind, o.senders_reference, o.requested, o.channels, o.resource,
            CASE WHEN o.channels IS NULL THEN o.content END AS older_content
        FROM notify_notifications n JOIN notify_orders o ON o.id = n.order_id
        WHERE n.identity = $1 AND n.created >= $2 AND o.requested >= $3 AND o.requested < $4
        ORDER BY n.created DESC LIMIT $5";
    let made_from = period.from.checked_sub(SLACK).unwrap_or(Timestamp::MIN);
    tx.all(SQL, params![number.to_owned(), made_from, period.from, period.to, MOST])
}
