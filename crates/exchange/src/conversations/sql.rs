//! The table of conversations.

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, Tx, params, row};
use types::OrgNumber;

use super::model::{Conversation, Direction};
use crate::message::Facts;
use crate::numbers;
use crate::registry::ServiceIdentifier;
use crate::statuses::Status;
use crate::trace::note;

impl FromRow for Conversation {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let direction: String = row.get("direction")?;
        let service: String = row.get("service")?;
        let column = || Error::Column {
            column: "direction".to_owned(),
            wanted: "a direction",
            found: "another text".to_owned(),
        };
        Ok(Self {
            id: row.get("id")?,
            owner: row.get("owner")?,
            direction: Direction::parse(&direction).ok_or_else(column)?,
            message_id: row.get("message_id")?,
            conversation_id: row.get("conversation_id")?,
            sender: row.get("sender")?,
            sender_identifier: row.get("sender_identifier")?,
            receiver: row.get("receiver")?,
            receiver_identifier: row.get("receiver_identifier")?,
            party: row.get("party")?,
            process: row.get("process_identifier")?,
            document: row.get("document_identifier")?,
            reference: row.get("message_reference")?,
            title: row.get("message_title")?,
            service: service.parse().unwrap_or(ServiceIdentifier::Unknown),
            external_reference: row.get("external_system_reference")?,
            finished: row.get("finished")?,
            expiry: row.get("expiry")?,
            last_update: row.get("last_update")?,
        })
    }
}

/// Opens the story of a message; `None` when there is one already. One on its way out is in the outbox by now,
/// under the id by which the ledger will know its attempts.
pub(crate) fn open(
    tx: &mut Tx<'_>,
    owner: OrgNumber,
    direction: Direction,
    facts: &Facts,
    service: ServiceIdentifier,
    user_agent: Option<&str>,
    now: Timestamp,
) -> Result<Option<Conversation>> {
    const SQL: &str = "INSERT INTO exchange_conversations
            (id, owner, direction, message_id, conversation_id, sender, sender_identifier, receiver,
             receiver_identifier, process_identifier, document_identifier, message_reference,
             message_title, service, pollable, finished, expiry, last_update, user_agent, party, outgoing)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $5, '', $12, 0, 0, $13, $14, $15, $16,
            CASE WHEN $3 = 'OUTGOING'
                THEN (SELECT o.id FROM exchange_outbox o WHERE o.owner = $2 AND o.message_id = $4) END)
        ON CONFLICT (owner, message_id, direction) DO NOTHING RETURNING *";
    let id = numbers::next(tx)?;
    let Facts { message_id, conversation_id, process, document_type, sender, receiver, expires, .. } = facts;
    let (receiver_wire, receiver) = receiver.as_ref().map(|who| (who.wire(), who.identifier())).unzip();
    let party = match direction {
        Direction::Outgoing => sender.identifier(),
        Direction::Incoming => receiver.clone().unwrap_or_default(),
    };
    tx.optional(
        SQL,
        params![
            id,
            owner,
            direction.as_str(),
            message_id,
            conversation_id,
            sender.wire(),
            sender.identifier(),
            receiver_wire,
            receiver,
            process,
            document_type,
            service.as_str(),
            expires,
            now,
            user_agent,
            party
        ],
    )
}

/// The conversation of a message that goes this way.
pub(crate) fn find_message(
    tx: &mut Tx<'_>,
    owner: OrgNumber,
    message_id: &str,
    direction: Direction,
) -> Result<Option<Conversation>> {
    const SQL: &str = "SELECT * FROM exchange_conversations
        WHERE owner = $1 AND message_id = $2 AND direction = $3";
    tx.optional(SQL, params![owner, message_id, direction.as_str()])
}

/// The conversation with this number.
pub(super) fn find(tx: &mut Tx<'_>, owner: OrgNumber, id: i64) -> Result<Option<Conversation>> {
    tx.optional("SELECT * FROM exchange_conversations WHERE owner = $1 AND id = $2", params![owner, id])
}

/// Whether a message id has been used, whichever way.
pub(crate) fn used(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<bool> {
    Ok(!of_message(tx, owner, message_id)?.is_empty())
}

/// Locks a conversation until the commit; answers whether it is finished, if it is still there.
pub(crate) fn lock(tx: &mut Tx<'_>, id: i64) -> Result<Option<bool>> {
    const SQL: &str = "SELECT finished FROM exchange_conversations WHERE id = $1 FOR UPDATE";
    let finished: Option<i64> = tx.optional(SQL, params![id])?;
    Ok(finished.map(|finished| finished != 0))
}

/// The same; answers whether it is still there and unfinished.
pub(crate) fn lock_unfinished(tx: &mut Tx<'_>, id: i64) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM exchange_conversations WHERE id = $1 AND finished = 0 FOR UPDATE";
    Ok(tx.optional::<i64>(SQL, params![id])?.is_some())
}

/// Notes that a conversation has got a status. What is finished stays finished.
pub(crate) fn touch(tx: &mut Tx<'_>, id: i64, status: Status, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE exchange_conversations
        SET last_update = CASE WHEN last_update > $2 THEN last_update ELSE $2 END,
            finished = CASE WHEN $3 = 1 THEN 1 ELSE finished END,
            pollable = CASE WHEN $4 = 1 THEN 0 ELSE pollable END
        WHERE id = $1";
    tx.execute(SQL, params![id, now, status.finishes(), status.stops_polling()])?;
    Ok(())
}

/// Notes what the client that took a message calls itself.
pub(crate) fn note_client(tx: &mut Tx<'_>, id: i64, user_agent: Option<&str>) -> Result<()> {
    tx.execute("UPDATE exchange_conversations SET user_agent = $2 WHERE id = $1", params![id, user_agent])?;
    Ok(())
}

/// Gives a conversation the title and reference of its case document.
pub(crate) fn describe(
    tx: &mut Tx<'_>,
    owner: OrgNumber,
    message_id: &str,
    title: &str,
    reference: Option<&str>,
) -> Result<()> {
    const SQL: &str = "UPDATE exchange_conversations
        SET message_title = $3, message_reference = coalesce($4, message_reference)
        WHERE owner = $1 AND message_id = $2 AND direction = 'OUTGOING'";
    tx.execute(SQL, params![owner, message_id, title, reference])?;
    Ok(())
}

/// Begins to watch a message that was sent: the channel is asked about it from this moment on.
pub(crate) fn watch(tx: &mut Tx<'_>, id: i64, reference: &str, ask: Timestamp, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE exchange_conversations
        SET external_system_reference = $2, pollable = 1, watched_since = $3, ask_at = $4 WHERE id = $1";
    tx.execute(SQL, params![id, reference, now, ask])?;
    Ok(())
}

/// Stops watching a message.
pub(crate) fn stop_watching(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.execute("UPDATE exchange_conversations SET pollable = 0 WHERE id = $1", params![id])?;
    Ok(())
}

/// Asks about these again at these moments.
pub(crate) fn ask_again(tx: &mut Tx<'_>, moments: &[(i64, Timestamp)]) -> Result<()> {
    const SQL: &str = "UPDATE exchange_conversations SET ask_at = $2 WHERE id = $1";
    let rows: Vec<_> = moments.iter().map(|(id, at)| row![id, at]).collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

/// Messages of a channel that it is time to ask about, those that have waited longest first, and since
/// when each is watched.
pub(crate) fn to_ask_about(
    tx: &mut Tx<'_>,
    service: ServiceIdentifier,
    now: Timestamp,
    max: u32,
) -> Result<Vec<Watching>> {
    const SQL: &str = "SELECT * FROM exchange_conversations
        WHERE service = $1 AND pollable = 1 AND ask_at <= $2 ORDER BY ask_at LIMIT $3";
    tx.all(SQL, params![service.as_str(), now, max])
}

/// A message that its channel is asked about.
pub(crate) struct Watching {
    pub(crate) conversation: Conversation,
    pub(crate) since: Timestamp,
}

impl FromRow for Watching {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { conversation: Conversation::from_row(row)?, since: row.get("watched_since")? })
    }
}

/// The last message sent in a conversation over a channel.
pub(crate) fn find_last_sent(
    tx: &mut Tx<'_>,
    owner: OrgNumber,
    conversation_id: &str,
    service: ServiceIdentifier,
) -> Result<Option<Conversation>> {
    const SQL: &str = "SELECT * FROM exchange_conversations
        WHERE owner = $1 AND conversation_id = $2 AND direction = 'OUTGOING' AND service = $3
        ORDER BY id DESC LIMIT 1";
    tx.optional(SQL, params![owner, conversation_id, service.as_str()])
}

/// Unfinished conversations whose time is over, some of them.
pub(crate) fn expired(tx: &mut Tx<'_>, owner: OrgNumber, now: Timestamp) -> Result<Vec<Conversation>> {
    const SQL: &str = "SELECT * FROM exchange_conversations
        WHERE owner = $1 AND finished = 0 AND expiry <= $2 ORDER BY expiry LIMIT 500";
    tx.all(SQL, params![owner, now])
}

/// Removes a conversation and its statuses.
pub(crate) fn delete(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    // Locked before its statuses, as whoever records one does it.
    if lock(tx, id)?.is_some() {
        tx.execute("DELETE FROM exchange_statuses WHERE conversation = $1", params![id])?;
        note::forget(tx, id)?;
        tx.execute("DELETE FROM exchange_conversations WHERE id = $1", params![id])?;
    }
    Ok(())
}

/// The conversations of a message, the outgoing one first.
pub(super) fn of_message(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<Vec<Conversation>> {
    const SQL: &str = "SELECT * FROM exchange_conversations WHERE owner = $1 AND message_id = $2
        ORDER BY direction DESC LIMIT 2";
    tx.all(SQL, params![owner, message_id])
}
