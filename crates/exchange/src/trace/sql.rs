//! The rows that a message's story is made of. Each is read by a key or an index.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params};
use types::OrgNumber;
use uuid::Uuid;

use crate::overview::{MessageLine, SetAside};

/// What a conversation knows besides its line.
pub(super) struct Head {
    pub(super) line: MessageLine,
    pub(super) reference: String,
    pub(super) channel_reference: Option<String>,
    pub(super) expiry: Timestamp,
    pub(super) finished: bool,
    /// When the channel is asked about it the next time, if it is.
    pub(super) asked: Option<Timestamp>,
    /// Under which id the ledger has its attempts.
    pub(super) outgoing: Option<Uuid>,
}

impl FromRow for Head {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let asked: bool = row.get("pollable")?;
        let at: Option<Timestamp> = row.get("ask_at")?;
        Ok(Self {
            line: MessageLine::from_row(row)?,
            reference: row.get("message_reference")?,
            channel_reference: row.get("external_system_reference")?,
            expiry: row.get("expiry")?,
            finished: row.get("finished")?,
            asked: at.filter(|_| asked),
            outgoing: row.get("outgoing")?,
        })
    }
}

/// The conversation with this number.
pub(super) fn head(tx: &mut Tx<'_>, owner: OrgNumber, id: i64) -> Result<Option<Head>> {
    const SQL: &str = "SELECT c.*, c.user_agent AS client, (SELECT s.status FROM exchange_statuses s
            WHERE s.conversation = c.id ORDER BY s.id DESC LIMIT 1) AS status
        FROM exchange_conversations c WHERE c.owner = $1 AND c.id = $2";
    tx.optional(SQL, params![owner, id])
}

/// Other messages of a conversation, the latest first.
pub(super) fn others(
    tx: &mut Tx<'_>,
    owner: OrgNumber,
    conversation: &str,
    but: i64,
) -> Result<Vec<MessageLine>> {
    const SQL: &str = "SELECT c.*, c.user_agent AS client, (SELECT s.status FROM exchange_statuses s
            WHERE s.conversation = c.id ORDER BY s.id DESC LIMIT 1) AS status
        FROM exchange_conversations c WHERE c.owner = $1 AND c.conversation_id = $2 AND c.id <> $3
        ORDER BY c.id DESC LIMIT 50";
    tx.all(SQL, params![owner, conversation, but])
}

/// A status on its way back.
pub(super) struct Back {
    pub(super) id: Uuid,
    pub(super) status: String,
    pub(super) created: Timestamp,
}

impl FromRow for Back {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { id: row.get("id")?, status: row.get("status")?, created: row.get("created")? })
    }
}

pub(super) const ANSWERS: &str = "SELECT id, status, created FROM exchange_feedback
    WHERE owner = $1 AND message_id = $2 ORDER BY id LIMIT 20";

/// Statuses that the sender of a message has not been told yet.
pub(super) fn answers(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<Vec<Back>> {
    tx.all(ANSWERS, params![owner, message_id])
}

pub(super) const SET_ASIDE: &str =
    "SELECT * FROM exchange_set_aside WHERE owner = $1 AND message_id = $2 ORDER BY id LIMIT 20";

/// Packages with the id of a message that were set aside.
pub(super) fn set_aside(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Result<Vec<SetAside>> {
    tx.all(SET_ASIDE, params![owner, message_id])
}

/// When a message came in, and under which of the channel's references; forgotten after a while.
pub(super) fn arrived(
    tx: &mut Tx<'_>,
    owner: OrgNumber,
    message_id: &str,
) -> Result<Option<(Timestamp, String)>> {
    const SQL: &str =
        "SELECT received, reference FROM exchange_received WHERE owner = $1 AND message_id = $2";
    tx.optional(SQL, params![owner, message_id])
}

/// What a message is called, and which way it goes.
pub(super) struct Named {
    pub(super) message_id: String,
    pub(super) direction: String,
}

impl FromRow for Named {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { message_id: row.get("message_id")?, direction: row.get("direction")? })
    }
}

/// The message of the conversation with this number.
pub(super) fn named(tx: &mut Tx<'_>, owner: OrgNumber, id: i64) -> Result<Option<Named>> {
    const SQL: &str = "SELECT message_id, direction FROM exchange_conversations WHERE owner = $1 AND id = $2";
    tx.optional(SQL, params![owner, id])
}

#[cfg(test)]
mod tests {
    use testkit::{on_every_store, plan};

    use super::*;

    on_every_store! {
        async fn what_belongs_to_one_message_is_found_by_indexes(store: Store) {
            let look = |tx: &mut Tx<'_>| {
                let of = params!["310000001", "a"];
                plan::of_an_index(tx, ANSWERS, of, "exchange_feedback_message")?;
                plan::of_an_index(tx, SET_ASIDE, of, "exchange_set_aside_message")
            };
            store.write(look).await.expect("plans");
        }
    }
}
