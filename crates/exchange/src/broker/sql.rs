//! The only place that knows the broker's tables.
//!
//! Whatever changes a transfer, its recipients or its history locks the transfer's row first ([`lock`]),
//! so that of several nodes one at a time decides about it.

use jiff::Timestamp;
use store::{FromRow, Result, Row, ToValue as _, Tx, Value, params};
use types::OrgNumber;
use types::ids::FileTransferId;
use uuid::Uuid;

use super::model::{Recipient, RecipientStatus, Transfer, TransferStatus};

/// Keeps a new transfer with its recipients and the beginning of its history.
pub fn insert(tx: &mut Tx<'_>, transfer: &Transfer, recipients: &[OrgNumber]) -> Result<()> {
    const TRANSFER: &str = "INSERT INTO broker_transfers
            (id, sender, resource, file_name, senders_reference, checksum, properties, use_virus_scan,
             created, expires, status, status_changed, stored)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $9, 0)";
    const RECIPIENT: &str = "INSERT INTO broker_recipients
            (transfer, recipient, resource, created, transfer_status, transfer_changed, status, status_changed)
        VALUES ($1, $2, $3, $4, $5, $4, $6, $4)";
    const NOTE: &str =
        "INSERT INTO broker_history (transfer, number, recipient, status, status_text, changed)
        VALUES ($1, $2, $3, $4, $5, $6)";
    let t = transfer;
    tx.execute(
        TRANSFER,
        params![
            t.id,
            t.sender,
            t.resource,
            t.file_name,
            t.senders_reference,
            t.checksum,
            t.properties,
            t.use_virus_scan,
            t.created,
            t.expires,
            t.status
        ],
    )?;
    let first = RecipientStatus::Initialized;
    let (id, created, state) = (t.id.to_value(), t.created.to_value(), first.as_str());
    let rows: Vec<Vec<Value<'_>>> = recipients
        .iter()
        .map(|org| {
            let fixed = [t.resource.to_value(), created.clone(), t.status.to_value(), first.to_value()];
            [id.clone(), org.to_value()].into_iter().chain(fixed).collect()
        })
        .collect();
    tx.each(RECIPIENT, &rows)?;
    let own = (None, t.status.as_str(), t.status.text());
    let of_recipients = recipients.iter().map(|org| (Some(org), state, first.text()));
    let notes: Vec<Vec<Value<'_>>> = std::iter::once(own)
        .chain(of_recipients)
        .zip(1_i64..)
        .map(|((recipient, status, text), number)| {
            let who = recipient.map_or(Value::Null, |org| org.to_value());
            vec![id.clone(), Value::Integer(number), who, status.to_value(), text.to_value(), created.clone()]
        })
        .collect();
    tx.each(NOTE, &notes)?;
    Ok(())
}

pub fn find(tx: &mut Tx<'_>, id: FileTransferId) -> Result<Option<Transfer>> {
    tx.optional("SELECT * FROM broker_transfers WHERE id = $1", params![id])
}

/// The same, locked until the commit.
pub fn lock(tx: &mut Tx<'_>, id: FileTransferId) -> Result<Option<Transfer>> {
    tx.optional("SELECT * FROM broker_transfers WHERE id = $1 FOR UPDATE", params![id])
}

/// The recipients in the order of their numbers.
pub fn recipients(tx: &mut Tx<'_>, id: FileTransferId) -> Result<Vec<Recipient>> {
    const SQL: &str = "SELECT recipient, status, status_changed FROM broker_recipients
        WHERE transfer = $1 ORDER BY recipient";
    tx.all(SQL, params![id])
}

/// Moves a transfer to another state; its recipients' rows follow.
pub fn set_status(
    tx: &mut Tx<'_>,
    id: FileTransferId,
    status: TransferStatus,
    text: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    const TRANSFER: &str = "UPDATE broker_transfers
        SET status = $2, status_text = $3, status_changed = $4,
            published = CASE WHEN $2 = 'Published' THEN $4 ELSE published END
        WHERE id = $1";
    const RECIPIENTS: &str =
        "UPDATE broker_recipients SET transfer_status = $2, transfer_changed = $3 WHERE transfer = $1";
    tx.execute(TRANSFER, params![id, status, text, now])?;
    tx.execute(RECIPIENTS, params![id, status, now])?;
    note(tx, id, None, status.as_str(), text.unwrap_or(status.text()), now)
}

pub fn set_recipient_status(
    tx: &mut Tx<'_>,
    id: FileTransferId,
    recipient: OrgNumber,
    status: RecipientStatus,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE broker_recipients SET status = $3, status_changed = $4
        WHERE transfer = $1 AND recipient = $2";
    tx.execute(SQL, params![id, recipient, status, now])?;
    note(tx, id, Some(recipient), status.as_str(), status.text(), now)
}

/// Names the upload that is under way; an earlier one can no longer be kept.
pub fn set_upload(tx: &mut Tx<'_>, id: FileTransferId, upload: Uuid) -> Result<()> {
    tx.execute("UPDATE broker_transfers SET upload = $2 WHERE id = $1", params![id, upload])?;
    Ok(())
}

/// Notes that the bytes are there.
pub fn set_stored(tx: &mut Tx<'_>, id: FileTransferId, bytes: u64, checksum: &str) -> Result<()> {
    const SQL: &str = "UPDATE broker_transfers SET stored = 1, bytes = $2, checksum = $3 WHERE id = $1";
    tx.execute(SQL, params![id, bytes, checksum])?;
    Ok(())
}

/// Notes that the bytes are gone; answers whether they were there.
pub fn set_removed(tx: &mut Tx<'_>, id: FileTransferId) -> Result<bool> {
    const SQL: &str = "UPDATE broker_transfers SET stored = 0 WHERE id = $1 AND stored = 1";
    Ok(tx.execute(SQL, params![id])? > 0)
}

pub fn set_purge_at(tx: &mut Tx<'_>, id: FileTransferId, at: Timestamp) -> Result<()> {
    tx.execute("UPDATE broker_transfers SET purge_at = $2 WHERE id = $1", params![id, at])?;
    Ok(())
}

/// Forgets a transfer altogether.
pub fn delete(tx: &mut Tx<'_>, id: FileTransferId) -> Result<()> {
    tx.execute("DELETE FROM broker_history WHERE transfer = $1", params![id])?;
    tx.execute("DELETE FROM broker_recipients WHERE transfer = $1", params![id])?;
    tx.execute("DELETE FROM broker_transfers WHERE id = $1", params![id])?;
    Ok(())
}

/// Whether the bytes of this upload were kept.
pub fn has_stored(tx: &mut Tx<'_>, upload: Uuid) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM broker_transfers WHERE upload = $1 AND stored = 1 LIMIT 1";
    Ok(tx.optional::<i64>(SQL, params![upload])?.is_some())
}

/// One line of the history.
pub struct Noted {
    /// `None`: the transfer itself.
    pub recipient: Option<OrgNumber>,
    pub status: String,
    pub text: String,
    pub changed: Timestamp,
}

impl FromRow for Noted {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            recipient: row.get("recipient")?,
            status: row.get("status")?,
            text: row.get("status_text")?,
            changed: row.get("changed")?,
        })
    }
}

/// The history, oldest first.
pub fn history(tx: &mut Tx<'_>, id: FileTransferId) -> Result<Vec<Noted>> {
    const SQL: &str = "SELECT recipient, status, status_text, changed FROM broker_history
        WHERE transfer = $1 ORDER BY number";
    tx.all(SQL, params![id])
}

fn note(
    tx: &mut Tx<'_>,
    id: FileTransferId,
    recipient: Option<OrgNumber>,
    status: &str,
    text: &str,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO broker_history (transfer, number, recipient, status, status_text, changed)
        VALUES ($1, (SELECT coalesce(max(number), 0) + 1 FROM broker_history WHERE transfer = $1),
            $2, $3, $4, $5)";
    tx.execute(SQL, params![id, recipient, status, text, now])?;
    Ok(())
}

/// What a list is limited to. Moments are those of entering `status`, or of creation without one.
#[derive(Clone)]
pub struct Listing {
    pub caller: OrgNumber,
    pub resource: String,
    pub status: Option<TransferStatus>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub oldest_first: bool,
    pub limit: u32,
}

/// A transfer in a list, and the moment it is ordered by.
pub type Listed = (FileTransferId, Timestamp);

/// One text in both directions.
macro_rules! ordered {
    ($oldest_first:expr, $sql:literal, $limit:literal) => {
        if $oldest_first { concat!($sql, " ASC ", $limit) } else { concat!($sql, " DESC ", $limit) }
    };
}

/// Transfers that the caller sent.
pub fn sent(tx: &mut Tx<'_>, l: &Listing) -> Result<Vec<Listed>> {
    if let Some(status) = l.status {
        let sql = ordered!(
            l.oldest_first,
            "SELECT id, status_changed FROM broker_transfers
            WHERE sender = $1 AND resource = $2 AND status = $3 AND status_changed BETWEEN $4 AND $5
            ORDER BY status_changed",
            "LIMIT $6"
        );
        return tx.all(sql, params![l.caller, l.resource, status, l.from, l.to, l.limit]);
    }
    let sql = ordered!(
        l.oldest_first,
        "SELECT id, created FROM broker_transfers
        WHERE sender = $1 AND resource = $2 AND created BETWEEN $3 AND $4
        ORDER BY created",
        "LIMIT $5"
    );
    tx.all(sql, params![l.caller, l.resource, l.from, l.to, l.limit])
}

/// Transfers that the caller shall have. `status` of the recipient is its latest one.
pub fn received(
    tx: &mut Tx<'_>,
    l: &Listing,
    recipient_status: Option<RecipientStatus>,
) -> Result<Vec<Listed>> {
    match (l.status, recipient_status) {
        // What receivers poll for, all day: one range of one index.
        (Some(status), Some(own)) => {
            let sql = ordered!(
                l.oldest_first,
                "SELECT transfer, transfer_changed FROM broker_recipients
                WHERE recipient = $1 AND resource = $2 AND transfer_status = $3 AND status = $7
                    AND transfer_changed BETWEEN $4 AND $5
                ORDER BY transfer_changed",
                "LIMIT $6"
            );
            tx.all(sql, params![l.caller, l.resource, status, l.from, l.to, l.limit, own])
        }
        (Some(status), None) => {
            let sql = ordered!(
                l.oldest_first,
                "SELECT transfer, transfer_changed FROM broker_recipients
                WHERE recipient = $1 AND resource = $2 AND transfer_status = $3
                    AND transfer_changed BETWEEN $4 AND $5
                ORDER BY transfer_changed",
                "LIMIT $6"
            );
            tx.all(sql, params![l.caller, l.resource, status, l.from, l.to, l.limit])
        }
        (None, own) => {
            let sql = ordered!(
                l.oldest_first,
                "SELECT transfer, created FROM broker_recipients
                WHERE recipient = $1 AND resource = $2 AND (status = $3 OR $3 IS NULL)
                    AND created BETWEEN $4 AND $5
                ORDER BY created",
                "LIMIT $6"
            );
            tx.all(sql, params![l.caller, l.resource, own, l.from, l.to, l.limit])
        }
    }
}
