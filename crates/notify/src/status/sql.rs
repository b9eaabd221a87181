//! The feed in the store.

use jiff::Timestamp;
use serde::Serialize;
use store::{Error, FromRow, Result, Row, Tx, params};
use types::ids::OrderId;
use utoipa::ToSchema;

use crate::access::Creator;
use crate::openapi::words::{DeliveryStatus, EndStatus, ShipmentType};
use crate::sending::Notification;

/// An order as it was when it came to its end. Kept as JSON, in the form in which it is shown.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = FeedEntryHead)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    #[schema(value_type = Uuid)]
    pub(crate) shipment_id: OrderId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) senders_reference: Option<String>,
    #[schema(value_type = ShipmentType)]
    pub(crate) shipment_type: String,
    #[schema(value_type = EndStatus)]
    pub(crate) status: String,
    pub(crate) last_update: Timestamp,
    pub(crate) recipients: Vec<EntryRecipient>,
}

#[derive(Clone, Serialize, ToSchema)]
#[schema(as = FeedRecipient)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryRecipient {
    destination: String,
    #[schema(value_type = DeliveryStatus)]
    status: String,
    last_update: Timestamp,
}

impl EntryRecipient {
    pub(crate) fn of(notification: &Notification) -> Self {
        Self {
            destination: notification.destination.reveal().to_owned(),
            status: notification.standing.wire(),
            last_update: notification.changed,
        }
    }
}

impl Entry {
    /// As it is kept.
    pub(crate) fn written(&self) -> String {
        serde_json::to_string(self).expect("texts, ids and moments are plain JSON")
    }
}

/// An entry with its number. It is kept in the form in which it is shown, so nobody reads it again.
pub(crate) struct Numbered {
    pub(crate) number: i64,
    entry: String,
}

impl Numbered {
    /// `None` when the text is no JSON object with something in it.
    pub(super) fn new(number: i64, entry: String) -> Option<Self> {
        let object = entry.starts_with("{\"") && entry.ends_with('}');
        object.then_some(Self { number, entry })
    }

    /// The entry from its first member on, to its closing brace.
    pub(super) fn members(&self) -> &str {
        &self.entry[1..]
    }
}

impl FromRow for Numbered {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Self::new(row.get("number")?, row.get("entry")?).ok_or_else(|| Error::Column {
            column: "entry".to_owned(),
            wanted: "an entry of the feed",
            found: "something this version cannot read".to_owned(),
        })
    }
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    creator: &Creator,
    number: i64,
    entry: &Entry,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str =
        "INSERT INTO notify_feed (creator, number, order_id, entry, created) VALUES ($1, $2, $3, $4, $5)";
    tx.execute(SQL, params![creator, number, entry.shipment_id, entry.written(), now])?;
    Ok(())
}

/// Whether no entry waits for its number.
pub(super) fn none_waiting(tx: &mut Tx<'_>) -> Result<bool> {
    // In this order an index is read, which does not get slow by what has been removed.
    const SQL: &str = "SELECT 1 FROM notify_feed_waiting ORDER BY created, order_id LIMIT 1";
    let found: Option<i64> = tx.optional(SQL, params![])?;
    Ok(found.is_none())
}

/// A creator's entries with larger numbers, the smallest first.
pub(crate) fn after(tx: &mut Tx<'_>, creator: &Creator, number: i64, max: u32) -> Result<Vec<Numbered>> {
    const SQL: &str = "SELECT number, entry FROM notify_feed WHERE creator = $1 AND number > $2
        ORDER BY number LIMIT $3";
    tx.all(SQL, params![creator, number, max])
}

/// A creator's entries with smaller numbers, the largest first.
pub(crate) fn before(tx: &mut Tx<'_>, creator: &Creator, number: i64, max: u32) -> Result<Vec<Numbered>> {
    const SQL: &str = "SELECT number, entry FROM notify_feed WHERE creator = $1 AND number < $2
        ORDER BY number DESC LIMIT $3";
    tx.all(SQL, params![creator, number, max])
}

/// Entries removed at once at most.
pub(super) const REMOVED_AT_ONCE: u64 = 1000;

/// Removes up to [`REMOVED_AT_ONCE`] entries that are older than `before`.
pub(super) fn remove_older(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    // The limit stands in the text, or the planner takes it for a share of the table and reads all of it.
    const SQL: &str = "DELETE FROM notify_feed WHERE order_id IN
        (SELECT order_id FROM notify_feed WHERE created < $1 ORDER BY created LIMIT 1000)";
    tx.execute(SQL, params![before])
}

/// Whether there are entries older than `before`.
pub(crate) fn any_older(tx: &mut Tx<'_>, before: Timestamp) -> Result<bool> {
    let found: Option<i64> = tx
        .optional("SELECT 1 FROM notify_feed WHERE created < $1 ORDER BY created LIMIT 1", params![before])?;
    Ok(found.is_some())
}
