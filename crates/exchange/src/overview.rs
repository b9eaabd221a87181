//! Read-only questions for the console: the latest messages both ways, counts, and what was set aside.

use jiff::Timestamp;
use store::{FromRow, Row, Store, params};
use types::OrgNumber;

/// One message, as a line in a table.
#[derive(Clone, Debug)]
pub struct MessageLine {
    /// The number of its conversation.
    pub id: i64,
    /// `OUTGOING` or `INCOMING`.
    pub direction: String,
    /// Its id.
    pub message_id: String,
    /// The conversation's id.
    pub conversation_id: String,
    /// Who sent it, without scheme; a person's number is possible, so mask before showing.
    pub sender: String,
    /// Who shall have it.
    pub receiver: Option<String>,
    /// The process.
    pub process: String,
    /// The document type.
    pub document_type: String,
    /// Its title, if it has one.
    pub title: String,
    /// The channel.
    pub service: String,
    /// Its latest status.
    pub status: Option<String>,
    /// When that was.
    pub updated: Timestamp,
    /// What the client that created it, took it, or looked at it last, calls itself.
    pub user_agent: Option<String>,
}

impl FromRow for MessageLine {
    fn from_row(row: &Row<'_>) -> store::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            direction: row.get("direction")?,
            message_id: row.get("message_id")?,
            conversation_id: row.get("conversation_id")?,
            sender: row.get("sender_identifier")?,
            receiver: row.get("receiver_identifier")?,
            process: row.get("process_identifier")?,
            document_type: row.get("document_identifier")?,
            title: row.get("message_title")?,
            service: row.get("service")?,
            status: row.get("status")?,
            updated: row.get("last_update")?,
            user_agent: row.get("client")?,
        })
    }
}

/// The latest messages of an organization, newest first.
pub async fn latest(store: &Store, owner: OrgNumber, limit: u32) -> store::Result<Vec<MessageLine>> {
    const SQL: &str = "SELECT c.*, coalesce(c.user_agent, (SELECT i.user_agent FROM exchange_inbox i
            WHERE i.owner = c.owner AND i.message_id = c.message_id AND c.direction = 'INCOMING')) AS client,
            (SELECT s.status FROM exchange_statuses s WHERE s.conversation = c.id
            ORDER BY s.id DESC LIMIT 1) AS status
        FROM exchange_conversations c WHERE c.owner = $1 ORDER BY c.last_update DESC, c.id DESC LIMIT $2";
    store.read(move |tx| tx.all(SQL, params![owner, limit])).await
}

/// How many messages have had each status, by direction.
pub async fn counts(store: &Store, owner: OrgNumber) -> store::Result<Vec<(String, String, i64)>> {
    const SQL: &str = "SELECT c.direction, s.status, count(*) FROM exchange_statuses s
        JOIN exchange_conversations c ON c.id = s.conversation
        WHERE s.owner = $1 GROUP BY c.direction, s.status ORDER BY c.direction, s.status";
    store.read(move |tx| tx.all(SQL, params![owner])).await
}

/// Messages that wait: drafts and queued ones out, and those in.
pub async fn waiting(store: &Store, owner: OrgNumber) -> store::Result<(i64, i64)> {
    const SQL: &str = "SELECT (SELECT count(*) FROM exchange_outbox WHERE owner = $1),
        (SELECT count(*) FROM exchange_inbox WHERE owner = $1)";
    store.read(move |tx| tx.one(SQL, params![owner])).await
}

/// A package that could not be opened or believed.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// What the channel called it.
    pub reference: String,
    /// Who sent it, as the channel says.
    pub sender: String,
    /// Its message id, when the envelope could be read and believed.
    pub message_id: Option<String>,
    /// What was wrong with it.
    pub reason: String,
    /// When.
    pub created: Timestamp,
}

impl FromRow for SetAside {
    fn from_row(row: &Row<'_>) -> store::Result<Self> {
        Ok(Self {
            reference: row.get("reference")?,
            sender: row.get("sender")?,
            message_id: row.get("message_id")?,
            reason: row.get("reason")?,
            created: row.get("created")?,
        })
    }
}

/// The latest packages set aside, newest first.
pub async fn set_aside(store: &Store, owner: OrgNumber, limit: u32) -> store::Result<Vec<SetAside>> {
    const SQL: &str = "SELECT * FROM exchange_set_aside WHERE owner = $1 ORDER BY id DESC LIMIT $2";
    store.read(move |tx| tx.all(SQL, params![owner, limit])).await
}
