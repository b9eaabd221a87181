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

/// What waits, for all organizations of the gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depths {
    /// Messages whose client has said that they be sent, and which no channel has taken yet.
    pub outgoing: i64,
    /// Since when the oldest of them waits.
    pub outgoing_since: Option<Timestamp>,
    /// Messages that no client has taken for good.
    pub incoming: i64,
    /// Since when the oldest of them waits.
    pub incoming_since: Option<Timestamp>,
    /// Packages that could not be opened or believed.
    pub set_aside: i64,
    /// Sent messages whose further statuses are waited for.
    pub pollable: i64,
}

impl FromRow for Depths {
    fn from_row(row: &Row<'_>) -> store::Result<Self> {
        Ok(Self {
            outgoing: row.get("outgoing")?,
            outgoing_since: row.get("outgoing_since")?,
            incoming: row.get("incoming")?,
            incoming_since: row.get("incoming_since")?,
            set_aside: row.get("set_aside")?,
            pollable: row.get("pollable")?,
        })
    }
}

/// Of the inbox every owner's oldest is looked up, stepping from owner to owner in the index.
const DEPTHS: &str = "WITH RECURSIVE owners (owner) AS (
        SELECT min(owner) FROM exchange_inbox
        UNION ALL
        SELECT (SELECT min(i.owner) FROM exchange_inbox i WHERE i.owner > owners.owner) FROM owners
        WHERE owners.owner IS NOT NULL)
    SELECT (SELECT count(*) FROM exchange_outbox WHERE state = 'queued') AS outgoing,
        (SELECT min(last_updated) FROM exchange_outbox WHERE state = 'queued') AS outgoing_since,
        (SELECT count(*) FROM exchange_inbox) AS incoming,
        (SELECT min((SELECT r.received FROM exchange_inbox i
                JOIN exchange_received r ON r.owner = i.owner AND r.message_id = i.message_id
                WHERE i.owner = owners.owner ORDER BY i.number LIMIT 1))
            FROM owners WHERE owners.owner IS NOT NULL) AS incoming_since,
        (SELECT count(*) FROM exchange_set_aside) AS set_aside,
        (SELECT count(*) FROM exchange_conversations WHERE pollable = 1) AS pollable";

/// Counts what waits, in indexes.
pub async fn depths(store: &Store) -> store::Result<Depths> {
    store.read(|tx| tx.one(DEPTHS, params![])).await
}

#[cfg(test)]
mod tests {
    use super::*;

    testkit::on_every_store! {
        async fn nothing_waits_in_a_new_store(store: Store) {
            assert_eq!(depths(&store).await.expect("depths"), Depths::default());
        }
    }
}
