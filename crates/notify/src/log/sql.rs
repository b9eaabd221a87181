//! The log in the store.

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, ToValue as _, Tx, Value, params, row};
use types::ids::{NotificationId, OrderId};

use crate::access::Creator;
use crate::orders::Kind;
use crate::recipients::Channel;
use crate::sending::Standing;

/// Rows shown at most.
const MOST: u32 = 10_000;

/// Writes the rows of orders that have just come to their end.
pub(crate) fn keep(tx: &mut Tx<'_>, orders: &[OrderId]) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_log (notification, chain, order_id, creator, senders_reference,
            dialog, transmission, reference, identity, kind, channel, destination, resource, result,
            requested, changed)
        SELECT n.id, o.chain, o.id, o.creator, o.senders_reference, lower(c.dialog_id), c.transmission_id,
            n.reference, n.identity, o.kind, n.channel, n.destination, o.resource, n.result, o.requested,
            n.changed
        FROM notify_orders o JOIN notify_notifications n ON n.order_id = o.id
        LEFT JOIN notify_chains c ON c.id = o.chain AND c.dialog_id IS NOT NULL
        WHERE o.id = $1 ON CONFLICT DO NOTHING";
    let rows: Vec<_> = orders.iter().map(|order| row![order]).collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

/// Follows results that changed after their rows may have been written.
pub(crate) fn follow(tx: &mut Tx<'_>, changes: &[(NotificationId, Standing)], now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE notify_log SET result = $2, changed = $3 WHERE notification = $1";
    let rows: Vec<Vec<Value<'_>>> =
        changes.iter().map(|(id, to)| vec![id.to_value(), to.as_str().to_value(), now.to_value()]).collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

/// One row of the log.
pub(super) struct Logged {
    pub(super) notification: NotificationId,
    pub(super) dialog: String,
    pub(super) transmission: Option<String>,
    pub(super) kind: Kind,
    pub(super) standing: Standing,
    pub(super) destination: String,
    pub(super) requested: Timestamp,
    pub(super) changed: Timestamp,
}

impl FromRow for Logged {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let (channel, result): (String, String) = (row.get("channel")?, row.get("result")?);
        let channel = if channel == "sms" { Channel::Sms } else { Channel::Email };
        let standing = Standing::parse(channel, &result).ok_or_else(|| Error::Column {
            column: "result".to_owned(),
            wanted: "a result of the contract",
            found: "another word".to_owned(),
        })?;
        Ok(Self {
            notification: row.get("notification")?,
            dialog: row.get("dialog")?,
            transmission: row.get("transmission")?,
            kind: row.get("kind")?,
            standing,
            destination: row.get("destination")?,
            requested: row.get("requested")?,
            changed: row.get("changed")?,
        })
    }
}

/// What a creator has sent about a dialog, or about one transmission of it, in the order it was made.
pub(super) fn about(
    tx: &mut Tx<'_>,
    creator: &Creator,
    dialog: &str,
    transmission: Option<&str>,
) -> Result<Vec<Logged>> {
    const ALL: &str = "SELECT * FROM notify_log WHERE creator = $1 AND dialog = $2
        ORDER BY notification LIMIT $3";
    const OF_ONE: &str = "SELECT * FROM notify_log WHERE creator = $1 AND dialog = $2 AND transmission = $4
        ORDER BY notification LIMIT $3";
    let dialog = dialog.to_lowercase();
    match transmission {
        None => tx.all(ALL, params![creator, dialog, MOST]),
        Some(transmission) => tx.all(OF_ONE, params![creator, dialog, MOST, transmission.to_owned()]),
    }
}
