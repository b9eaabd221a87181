//! The tables of waiting messages, of ids that have come in, and of packages set aside.
//!
//! Looked at with 200,000 messages of two owners and plans made for any parameter: every statement here
//! reads one range of one index, on PostgreSQL too.

use jiff::Timestamp;
use store::blobs::BlobKey;
use store::{Error, FromRow, Result, Row, Tx, params};
use types::OrgNumber;
use uuid::Uuid;

use super::model::{Container, InMessage};
use crate::message::Message;
use crate::registry::ServiceIdentifier;
use crate::transports::Arrival;

impl FromRow for InMessage {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let (service, kind): (String, String) = (row.get("service")?, row.get("kind")?);
        let (blob, bytes): (Option<BlobKey>, Option<u64>) =
            (row.get("container_blob")?, row.get("container_bytes")?);
        let (locked, until): (bool, Timestamp) = (row.get("locked")?, row.get("locked_until")?);
        let unknown = |_| Error::Column {
            column: "kind".to_owned(),
            wanted: "a message type",
            found: "another text".to_owned(),
        };
        Ok(Self {
            id: row.get("id")?,
            message_id: row.get("message_id")?,
            conversation_id: row.get("conversation_id")?,
            process: row.get("process")?,
            sender: row.get("sender_identifier")?,
            receiver: row.get::<Option<String>>("receiver_identifier")?.unwrap_or_default(),
            service: service.parse().unwrap_or(ServiceIdentifier::Unknown),
            kind: kind.parse().map_err(unknown)?,
            sbd: row.get("sbd")?,
            container: blob.zip(bytes).map(|(blob, bytes)| Container { blob, bytes }),
            locked_until: locked.then_some(until),
        })
    }
}

/// Lets go of messages whose locks have run out. Each keeps its place, until it has come back so
/// often that it is sent to the end. One that somebody else is just letting go of is left to them.
pub(super) fn release(tx: &mut Tx<'_>, owner: OrgNumber, rotate_after: u32, now: Timestamp) -> Result<()> {
    const SQL: &str = "WITH over AS (SELECT id FROM exchange_inbox
            WHERE owner = $1 AND locked = 1 AND locked_until <= $2
            ORDER BY locked_until LIMIT 1000 FOR UPDATE SKIP LOCKED)
        UPDATE exchange_inbox
        SET locked = 0, locked_until = 0, releases = releases + 1,
            place = CASE WHEN (releases + 1) % $3 = 0 THEN $2 ELSE place END
        WHERE id IN (SELECT id FROM over)";
    tx.execute(SQL, params![owner, now, rotate_after.max(1)])?;
    Ok(())
}

pub(crate) fn find(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<Option<InMessage>> {
    tx.optional(
        "SELECT * FROM exchange_inbox WHERE owner = $1 AND message_id = $2",
        params![owner, message_id],
    )
}

/// The same, locked in the database until the commit. Locked before its conversation.
pub(crate) fn lock(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<Option<InMessage>> {
    tx.optional(
        "SELECT * FROM exchange_inbox WHERE owner = $1 AND message_id = $2 FOR UPDATE",
        params![owner, message_id],
    )
}

/// Moves the end of a lock that is held.
pub(super) fn hold(tx: &mut Tx<'_>, id: Uuid, until: Timestamp) -> Result<()> {
    const SQL: &str =
        "UPDATE exchange_inbox SET locked_until = $2 WHERE id = $1 AND locked = 1 AND locked_until < $2";
    tx.execute(SQL, params![id, until])?;
    Ok(())
}

/// Gives a lock back.
pub(crate) fn unlock(tx: &mut Tx<'_>, id: Uuid) -> Result<()> {
    tx.execute("UPDATE exchange_inbox SET locked = 0, locked_until = 0 WHERE id = $1", params![id])?;
    Ok(())
}

/// Stores a message that came in.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    id: Uuid,
    owner: OrgNumber,
    message: &Message,
    service: ServiceIdentifier,
    container: Option<&Container>,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO exchange_inbox
            (id, number, owner, message_id, conversation_id, process, sender_identifier,
             receiver_identifier, service, kind, sbd, container_blob, container_bytes, place, locked, locked_until, releases,
             expires, last_updated)
        VALUES ($1, $15, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0, $14, $13)";
    let (facts, number) = (&message.facts, crate::numbers::next(tx)?);
    tx.execute(
        SQL,
        params![
            id,
            owner,
            facts.message_id,
            facts.conversation_id,
            facts.process,
            facts.sender.identifier(),
            facts.receiver.as_ref().map(crate::message::Actor::identifier),
            service.as_str(),
            message.envelope.kind.as_str(),
            message.envelope.to_json(),
            container.map(|container| &container.blob),
            container.map(|container| container.bytes),
            now,
            facts.expires,
            number
        ],
    )?;
    Ok(())
}

/// Removes a waiting message; answers the blobs that belonged to it.
pub(crate) fn remove(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<Vec<BlobKey>> {
    const SQL: &str =
        "DELETE FROM exchange_inbox WHERE owner = $1 AND message_id = $2 RETURNING container_blob";
    let gone: Option<Option<BlobKey>> = tx.optional(SQL, params![owner, message_id])?;
    Ok(gone.flatten().into_iter().collect())
}

/// Waiting messages whose time is over, some of them.
pub(crate) fn expired(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<(OrgNumber, String)>> {
    const SQL: &str =
        "SELECT owner, message_id FROM exchange_inbox WHERE expires <= $1 ORDER BY expires LIMIT 500";
    tx.all(SQL, params![now])
}

/// A message id that has come in before.
pub(super) struct Earlier {
    pub(super) sender: String,
    pub(super) reference: String,
    pub(super) acknowledged: bool,
}

impl FromRow for Earlier {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            sender: row.get("sender_identifier")?,
            reference: row.get("reference")?,
            acknowledged: row.get("acknowledged")?,
        })
    }
}

/// Whether a message of this id has come in before.
pub(super) fn has_come_in(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM exchange_received WHERE owner = $1 AND message_id = $2";
    Ok(tx.optional::<i64>(SQL, params![owner, message_id])?.is_some())
}

/// What is known of an id that has come in before, locked until the commit: whether its message has been
/// acknowledged must not change before the answer to the repeat is written.
pub(super) fn earlier(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<Option<Earlier>> {
    const SQL: &str = "SELECT * FROM exchange_received WHERE owner = $1 AND message_id = $2 FOR UPDATE";
    tx.optional(SQL, params![owner, message_id])
}

/// Remembers an id; answers false when it is known.
pub(super) fn remember(
    tx: &mut Tx<'_>,
    owner: OrgNumber,
    message: &Message,
    reference: &str,
    service: ServiceIdentifier,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO exchange_received
            (owner, message_id, sender_identifier, reference, service, sbd, acknowledged, received)
        VALUES ($1, $2, $3, $4, $5, '', 0, $6) ON CONFLICT (owner, message_id) DO NOTHING";
    let (id, sender) = (&message.facts.message_id, message.facts.sender.identifier());
    Ok(tx.execute(SQL, params![owner, id, sender, reference, service.as_str(), now])? == 1)
}

/// A repeat came in another transfer: answers to the next one go by that.
pub(super) fn refer(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str, reference: &str) -> Result<()> {
    const SQL: &str = "UPDATE exchange_received SET reference = $3 WHERE owner = $1 AND message_id = $2";
    tx.execute(SQL, params![owner, message_id, reference])?;
    Ok(())
}

/// Notes that the client has the message.
pub(super) fn set_acknowledged(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<()> {
    const SQL: &str = "UPDATE exchange_received SET acknowledged = 1 WHERE owner = $1 AND message_id = $2";
    tx.execute(SQL, params![owner, message_id])?;
    Ok(())
}

/// Ids that are forgotten at most in one go.
pub(crate) const FORGOTTEN_AT_ONCE: u64 = 1_000;

/// Forgets ids that came in before `before`, at most [`FORGOTTEN_AT_ONCE`]; answers how many.
pub(crate) fn forget(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    const SQL: &str = "DELETE FROM exchange_received WHERE (owner, message_id) IN
        (SELECT owner, message_id FROM exchange_received WHERE received < $1 ORDER BY received LIMIT 1000)";
    tx.execute(SQL, params![before])
}

/// Whether a transfer has been set aside.
pub(super) fn is_set_aside(
    tx: &mut Tx<'_>,
    owner: OrgNumber,
    service: ServiceIdentifier,
    reference: &str,
) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM exchange_set_aside WHERE owner = $1 AND service = $2 AND reference = $3";
    Ok(tx.optional::<i64>(SQL, params![owner, service.as_str(), reference])?.is_some())
}

/// Keeps a package that could not be opened or believed, with the reason.
pub(super) fn set_aside(
    tx: &mut Tx<'_>,
    id: Uuid,
    owner: OrgNumber,
    service: ServiceIdentifier,
    arrival: &Arrival,
    aside: &Aside,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO exchange_set_aside
            (id, owner, service, reference, sender, message_id, reason, blob, created)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (owner, service, reference) DO NOTHING";
    let Aside { message_id, reason, blob } = aside;
    // A sender that the channel does not know is told by the envelope, if at all.
    let sender = arrival.sender.map_or_else(String::new, |sender| sender.to_string());
    let (service, reference) = (service.as_str(), &arrival.reference);
    let row = params![id, owner, service, reference, sender, message_id, reason, blob, now];
    Ok(tx.execute(SQL, row)? == 1)
}

/// What is set aside.
#[derive(Clone, Debug)]
pub(super) struct Aside {
    pub(super) message_id: Option<String>,
    pub(super) reason: String,
    pub(super) blob: BlobKey,
}

/// Whether a blob belongs to a waiting message or a package set aside.
pub(crate) fn names_blob(tx: &mut Tx<'_>, blob: &BlobKey) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM exchange_inbox WHERE container_blob = $1
        UNION ALL SELECT 1 FROM exchange_set_aside WHERE blob = $1 LIMIT 1";
    Ok(tx.optional::<i64>(SQL, params![blob])?.is_some())
}
