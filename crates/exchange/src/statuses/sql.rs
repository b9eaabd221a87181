//! The table of statuses.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use store::{FromRow, Result, Row, ToValue as _, Tx, params, row};
use types::OrgNumber;

use super::record::NewStatus;
use crate::access::Client;
use crate::conditions::Conditions;
use crate::conversations::Conversation;
use crate::message::moment;

/// A status as the API shows it.
#[derive(Clone, Debug)]
pub(crate) struct StatusRow {
    pub(crate) id: i64,
    pub(crate) conversation: i64,
    pub(crate) message_id: String,
    pub(crate) conversation_id: String,
    pub(crate) status: String,
    pub(crate) description: Option<String>,
    pub(crate) raw_receipt: Option<String>,
    pub(crate) last_update: Timestamp,
}

/// The columns of a [`StatusRow`].
pub(crate) const COLUMNS: &str =
    "id, conversation, message_id, conversation_id, status, description, raw_receipt, last_update";

impl FromRow for StatusRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            conversation: row.get("conversation")?,
            message_id: row.get("message_id")?,
            conversation_id: row.get("conversation_id")?,
            status: row.get("status")?,
            description: row.get("description")?,
            raw_receipt: row.get("raw_receipt")?,
            last_update: row.get("last_update")?,
        })
    }
}

impl StatusRow {
    /// As it stands inside a conversation.
    pub(crate) fn short(&self) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("id".into(), self.id.into());
        body.insert("lastUpdate".into(), moment::oslo(self.last_update).into());
        body.insert("status".into(), self.status.clone().into());
        if let Some(description) = &self.description {
            body.insert("description".into(), description.clone().into());
        }
        body
    }

    /// As it stands alone.
    pub(crate) fn body(&self) -> Value {
        let mut body = self.short();
        if let Some(receipt) = &self.raw_receipt {
            body.insert("rawReceipt".into(), receipt.clone().into());
        }
        body.insert("convId".into(), self.conversation.into());
        body.insert("messageId".into(), self.message_id.clone().into());
        body.insert("conversationId".into(), self.conversation_id.clone().into());
        Value::Object(body)
    }
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    id: i64,
    conversation: &Conversation,
    new: &NewStatus,
    queued: bool,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO exchange_statuses
            (id, owner, conversation, message_id, conversation_id, status, description, raw_receipt,
             last_update, queued, party)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (conversation, status) DO NOTHING";
    let Conversation { id: of, owner, message_id, conversation_id, party, .. } = conversation;
    let NewStatus { status, description, raw_receipt, .. } = new;
    let status = status.as_str();
    let row = row![
        id,
        owner,
        of,
        message_id,
        conversation_id,
        status,
        description,
        raw_receipt,
        now,
        queued,
        party
    ];
    Ok(tx.execute(SQL, &row)? == 1)
}

/// When a message was made, as its first status says.
pub(super) fn made(tx: &mut Tx<'_>, conversation: i64) -> Result<Option<Timestamp>> {
    const SQL: &str =
        "SELECT last_update FROM exchange_statuses WHERE conversation = $1 AND status = 'OPPRETTET'";
    tx.optional(SQL, params![conversation])
}

/// The oldest status in the queue.
pub(super) fn head(tx: &mut Tx<'_>, client: &Client) -> Result<Option<StatusRow>> {
    let wanted = Conditions::default().and("owner", "=", &client.owner).within(&client.reach, "party");
    let sql =
        format!("SELECT * FROM exchange_statuses{} AND queued = 1 ORDER BY id LIMIT 1", wanted.to_where());
    tx.optional(&sql, wanted.values())
}

/// Takes a status off the queue; answers whether it was there.
pub(super) fn dequeue(tx: &mut Tx<'_>, client: &Client, id: i64) -> Result<bool> {
    let wanted = Conditions::default().and("owner", "=", &client.owner).and("id", "=", &id);
    let wanted = wanted.within(&client.reach, "party");
    let sql = format!("UPDATE exchange_statuses SET queued = 0{} AND queued = 1", wanted.to_where());
    Ok(tx.execute(&sql, wanted.values())? == 1)
}

/// Every status of one conversation, oldest first.
pub(crate) fn of_conversation(tx: &mut Tx<'_>, conversation: i64) -> Result<Vec<StatusRow>> {
    const SQL: &str = "SELECT * FROM exchange_statuses WHERE conversation = $1 ORDER BY id LIMIT 100";
    tx.all(SQL, params![conversation])
}

/// The statuses of several conversations, oldest first, by conversation.
pub(crate) fn of_conversations(tx: &mut Tx<'_>, ids: &[i64]) -> Result<HashMap<i64, Vec<StatusRow>>> {
    // Ten each at most.
    const SQL: &str = "SELECT * FROM exchange_statuses
        WHERE conversation IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ORDER BY id LIMIT 1000";
    let mut found: HashMap<i64, Vec<StatusRow>> = HashMap::with_capacity(ids.len());
    for some in ids.chunks(10) {
        // The rest repeats the first, which changes nothing.
        let ten = (0..10).map(|at| some.get(at).unwrap_or(&some[0]).to_value());
        for row in tx.all::<StatusRow>(SQL, &ten.collect::<Vec<_>>())? {
            found.entry(row.conversation).or_default().push(row);
        }
    }
    Ok(found)
}

/// Whether a message with this id is known at all.
pub(super) fn knows_message(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM exchange_conversations WHERE owner = $1 AND message_id = $2 LIMIT 1";
    Ok(tx.optional::<i64>(SQL, params![owner, message_id])?.is_some())
}
