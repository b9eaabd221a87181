//! The tables of outgoing messages and their files.

use jiff::Timestamp;
use store::blobs::BlobKey;
use store::{FromRow, Result, Row, Tx, params, row};
use types::OrgNumber;
use uuid::Uuid;

use super::model::{OutMessage, SealedPackage, State, WithFiles};
use crate::message::Message;
use crate::message::document::Document;
use crate::registry::ServiceIdentifier;

impl FromRow for OutMessage {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let state: String = row.get("state")?;
        let service: String = row.get("service")?;
        let referenced: Option<serde_json::Value> = row.get("arkivmelding_files")?;
        let blob: Option<BlobKey> = row.get("package_blob")?;
        let bytes: Option<u64> = row.get("package_bytes")?;
        let recipient: Option<Vec<u8>> = row.get("package_for")?;
        let package = blob.zip(bytes).zip(recipient);
        Ok(Self {
            id: row.get("id")?,
            owner: row.get("owner")?,
            state: if state == State::Draft.as_str() { State::Draft } else { State::Queued },
            message_id: row.get("message_id")?,
            conversation_id: row.get("conversation_id")?,
            process: row.get("process")?,
            sender: row.get("sender_identifier")?,
            receiver: row.get("receiver_identifier")?,
            service: service.parse().unwrap_or(ServiceIdentifier::Unknown),
            sbd: row.get("sbd")?,
            main_document: row.get("main_document")?,
            referenced: referenced.and_then(|names| serde_json::from_value(names).ok()),
            files_bytes: row.get("files_bytes")?,
            expires: row.get("expires")?,
            package: package.map(|((blob, bytes), recipient)| SealedPackage { blob, bytes, recipient }),
        })
    }
}

impl FromRow for Document {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            number: row.get("number")?,
            name: row.get("name")?,
            title: row.get("title")?,
            media_type: row.get("media_type")?,
            bytes: row.get("bytes")?,
            sha256: row.get("sha256")?,
            blob: row.get("blob")?,
        })
    }
}

/// Stores a draft; answers false when its message id is taken.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    id: Uuid,
    owner: OrgNumber,
    message: &Message,
    service: ServiceIdentifier,
    user_agent: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO exchange_outbox
            (id, number, owner, state, message_id, conversation_id, process, sender_identifier,
             receiver_identifier, service, sbd, main_document, files_bytes, expires, last_updated,
             user_agent)
        VALUES ($1, $14, $2, 'draft', $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13)
        ON CONFLICT (owner, message_id) DO NOTHING";
    let (facts, number) = (&message.facts, crate::numbers::next(tx)?);
    let changed = tx.execute(
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
            message.envelope.to_json(),
            message.envelope.business.main_document(),
            facts.expires,
            now,
            user_agent,
            number
        ],
    )?;
    Ok(changed == 1)
}

pub(crate) fn find(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<Option<OutMessage>> {
    tx.optional(
        "SELECT * FROM exchange_outbox WHERE owner = $1 AND message_id = $2",
        params![owner, message_id],
    )
}

/// The same, locked until the commit. Locked before its files and before its conversation.
pub(crate) fn lock(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<Option<OutMessage>> {
    tx.optional(
        "SELECT * FROM exchange_outbox WHERE owner = $1 AND message_id = $2 FOR UPDATE",
        params![owner, message_id],
    )
}

/// Locks a message until the commit; answers whether it is still there.
pub(super) fn hold(tx: &mut Tx<'_>, id: Uuid) -> Result<bool> {
    let sql = "SELECT 1 FROM exchange_outbox WHERE id = $1 FOR UPDATE";
    Ok(tx.optional::<i64>(sql, params![id])?.is_some())
}

pub(super) fn find_with_files(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<WithFiles>> {
    let message: Option<OutMessage> =
        tx.optional("SELECT * FROM exchange_outbox WHERE id = $1", params![id])?;
    let Some(message) = message else { return Ok(None) };
    let files = files(tx, id)?;
    Ok(Some(WithFiles { message, files }))
}

pub(super) fn files(tx: &mut Tx<'_>, id: Uuid) -> Result<Vec<Document>> {
    let sql = "SELECT * FROM exchange_outbox_files WHERE message = $1 ORDER BY number LIMIT 10000";
    tx.all(sql, params![id])
}

/// How many files a message has, and how many of this name.
pub(super) fn count_files(tx: &mut Tx<'_>, id: Uuid, name: &str) -> Result<(u64, u64)> {
    const SQL: &str = "SELECT count(*), count(CASE WHEN name = $2 THEN 1 END)
        FROM exchange_outbox_files WHERE message = $1";
    tx.one(SQL, params![id, name])
}

/// Adds a file under the next number to a message that is locked; answers false when its name is taken.
pub(super) fn add_file(tx: &mut Tx<'_>, id: Uuid, file: &Document, now: Timestamp) -> Result<bool> {
    const SQL: &str = "INSERT INTO exchange_outbox_files
            (message, number, name, title, media_type, bytes, sha256, blob)
        VALUES ($1, (SELECT coalesce(max(number), 0) + 1 FROM exchange_outbox_files WHERE message = $1),
            $2, $3, $4, $5, $6, $7)
        ON CONFLICT (message, name) DO NOTHING";
    let Document { name, title, media_type, bytes, sha256, blob, .. } = file;
    if tx.execute(SQL, params![id, name, title, media_type, bytes, sha256, blob])? == 0 {
        return Ok(false);
    }
    let grown = "UPDATE exchange_outbox SET files_bytes = files_bytes + $2, last_updated = $3 WHERE id = $1";
    tx.execute(grown, params![id, bytes, now])?;
    Ok(true)
}

/// Adds the first files of a message that is locked; their names differ.
pub(super) fn add_first_files(tx: &mut Tx<'_>, id: Uuid, files: &[&Document], now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO exchange_outbox_files
            (message, number, name, title, media_type, bytes, sha256, blob)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let numbers: Vec<i64> = (1..).take(files.len()).collect();
    let mut rows = Vec::with_capacity(files.len());
    for (number, file) in numbers.iter().zip(files) {
        let Document { name, title, media_type, bytes, sha256, blob, .. } = file;
        rows.push(row![id, number, name, title, media_type, bytes, sha256, blob]);
    }
    tx.each(SQL, &rows)?;
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let grown = "UPDATE exchange_outbox SET files_bytes = files_bytes + $2, last_updated = $3 WHERE id = $1";
    tx.execute(grown, params![id, bytes, now])?;
    Ok(())
}

/// Notes which files `arkivmelding.xml` refers to.
pub(super) fn set_referenced(tx: &mut Tx<'_>, id: Uuid, names: &[String]) -> Result<()> {
    let names = serde_json::Value::from(names.to_vec());
    tx.execute("UPDATE exchange_outbox SET arkivmelding_files = $2 WHERE id = $1", params![id, names])?;
    Ok(())
}

/// From draft to queued; answers false when it was queued already.
pub(super) fn set_queued(tx: &mut Tx<'_>, id: Uuid, now: Timestamp) -> Result<bool> {
    const SQL: &str =
        "UPDATE exchange_outbox SET state = 'queued', last_updated = $2 WHERE id = $1 AND state = 'draft'";
    Ok(tx.execute(SQL, params![id, now])? == 1)
}

/// Notes the sealed package; answers false when the message is gone.
pub(super) fn set_package(
    tx: &mut Tx<'_>,
    id: Uuid,
    package: &SealedPackage,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE exchange_outbox
        SET package_blob = $2, package_bytes = $3, package_for = $4, last_updated = $5 WHERE id = $1";
    let SealedPackage { blob, bytes, recipient } = package;
    Ok(tx.execute(SQL, params![id, blob, bytes, recipient, now])? == 1)
}

/// Removes a message that is locked, and its files; answers the blobs that belonged to it.
pub(crate) fn remove(tx: &mut Tx<'_>, id: Uuid) -> Result<Vec<BlobKey>> {
    let Some(message) = find_with_files(tx, id)? else { return Ok(Vec::new()) };
    tx.execute("DELETE FROM exchange_outbox_files WHERE message = $1", params![id])?;
    tx.execute("DELETE FROM exchange_outbox WHERE id = $1", params![id])?;
    Ok(message.blobs())
}

/// Whether a blob belongs to a message.
pub(crate) fn names_blob(tx: &mut Tx<'_>, blob: &BlobKey) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM exchange_outbox_files WHERE blob = $1
        UNION ALL SELECT 1 FROM exchange_outbox WHERE package_blob = $1 LIMIT 1";
    Ok(tx.optional::<i64>(SQL, params![blob])?.is_some())
}
