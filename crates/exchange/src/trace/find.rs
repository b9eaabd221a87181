//! Messages by whatever somebody knows of them: the latest first, a page at a time, each question on an index.

use std::fmt;

use store::{Result, Tx, params};
use types::{NationalId, OrgNumber};

use super::story::hide;
use crate::overview::MessageLine;

/// What is known of a message. Prints without numbers of persons.
#[derive(Clone)]
pub enum Sought {
    /// The id of a message or a conversation.
    Id(String),
    /// The number of its conversation here.
    Number(i64),
    /// An organization that sends or receives.
    Organization(OrgNumber),
    /// A person who sends or receives.
    Person(NationalId),
    /// The sender's reference, or the channel's for what it carries.
    Reference(String),
}

/// Some of what was found.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The latest first.
    pub hits: Vec<MessageLine>,
    /// Older ones than this number, if there are more.
    pub next: Option<i64>,
}

macro_rules! messages {
    ($condition:literal) => {
        concat!(
            "SELECT c.*, c.user_agent AS client, (SELECT s.status FROM exchange_statuses s
                WHERE s.conversation = c.id ORDER BY s.id DESC LIMIT 1) AS status
            FROM exchange_conversations c WHERE c.owner = $1 AND ",
            $condition,
            " AND c.id < $3 ORDER BY c.id DESC LIMIT $4"
        )
    };
}

const BY_MESSAGE: &str = messages!("c.message_id = $2");
const BY_CONVERSATION: &str = messages!("c.conversation_id = $2");
const BY_NUMBER: &str = messages!("c.id = $2");
const BY_SENDER: &str = messages!("c.sender_identifier = $2");
const BY_RECEIVER: &str = messages!("c.receiver_identifier = $2");
const BY_REFERENCE: &str = messages!("c.message_reference = $2");
const BY_TRANSFER: &str = messages!("c.external_system_reference = $2");

/// Finds messages of an organization's gateway by any of these, at most `most`; after an earlier page, those
/// older than its `next`.
pub fn find(
    tx: &mut Tx<'_>,
    owner: OrgNumber,
    sought: &[Sought],
    after: Option<i64>,
    most: u32,
) -> Result<Page> {
    let search = Search { owner, after: after.unwrap_or(i64::MAX), most: most.saturating_add(1) };
    let mut hits = Vec::new();
    for sought in sought {
        hits.extend(search.by(tx, sought)?);
    }
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.id));
    // Whoever sends to himself, or begins a conversation with the message's own id, is found twice.
    hits.dedup_by_key(|hit| hit.id);
    let wanted = usize::try_from(most).unwrap_or(usize::MAX);
    let more = hits.len() > wanted;
    hits.truncate(wanted);
    hits.iter_mut().for_each(hide);
    let next = if more { hits.last().map(|hit| hit.id) } else { None };
    Ok(Page { hits, next })
}

struct Search {
    owner: OrgNumber,
    after: i64,
    most: u32,
}

impl Search {
    fn by(&self, tx: &mut Tx<'_>, sought: &Sought) -> Result<Vec<MessageLine>> {
        match sought {
            Sought::Id(id) => self.either(tx, [BY_MESSAGE, BY_CONVERSATION], id),
            Sought::Number(number) => tx.all(BY_NUMBER, params![self.owner, *number, self.after, self.most]),
            Sought::Organization(number) => self.either(tx, [BY_SENDER, BY_RECEIVER], &number.to_string()),
            Sought::Person(id) => self.either(tx, [BY_SENDER, BY_RECEIVER], id.reveal()),
            Sought::Reference(text) => self.either(tx, [BY_REFERENCE, BY_TRANSFER], text),
        }
    }

    fn either(&self, tx: &mut Tx<'_>, sql: [&'static str; 2], text: &str) -> Result<Vec<MessageLine>> {
        let mut hits = Vec::new();
        for sql in sql {
            hits.extend(tx.all::<MessageLine>(sql, params![self.owner, text, self.after, self.most])?);
        }
        Ok(hits)
    }
}

impl fmt::Debug for Sought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id(_) => "Id(…)",
            Self::Number(_) => "Number(…)",
            Self::Organization(_) => "Organization(…)",
            Self::Person(_) => "Person(…)",
            Self::Reference(_) => "Reference(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use testkit::{on_every_store, plan};

    use super::*;

    /// Messages of one gateway that have nothing in common: on an empty table every index is as good as another.
    const FILL: &str =
        "WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 5000)
        INSERT INTO exchange_conversations
            (id, owner, direction, message_id, conversation_id, sender, sender_identifier, receiver,
             receiver_identifier, process_identifier, document_identifier, message_reference, message_title,
             service, external_system_reference, pollable, finished, expiry, last_update)
        SELECT i, '310000001', 'OUTGOING', CAST(i AS TEXT), CAST(i AS TEXT), 's', CAST(i AS TEXT), 'r',
            CAST(i AS TEXT), 'p', 'd', CAST(i AS TEXT), 't', 'DPO', CAST(i AS TEXT), 0, 0, i, i FROM numbers";

    on_every_store! {
        async fn nothing_is_looked_for_without_an_index(store: Store) {
            let fill = store.write(|tx: &mut Tx<'_>| tx.execute(FILL, params![])).await;
            assert_eq!(Result::<_, store::Error>::expect(fill, "rows"), 5_000);
            plan::figures(&store, "exchange_conversations").await;
            let look = |tx: &mut Tx<'_>| {
                for (sql, index) in [
                    (BY_MESSAGE, "exchange_conversations_message"),
                    (BY_CONVERSATION, "exchange_conversations_conversation"),
                    (BY_SENDER, "exchange_conversations_sender"),
                    (BY_RECEIVER, "exchange_conversations_receiver"),
                    (BY_REFERENCE, "exchange_conversations_reference"),
                    (BY_TRANSFER, "exchange_conversations_transfer"),
                ] {
                    plan::of_an_index(tx, sql, params!["310000001", "7", 4_000, 10], index)?;
                }
                Ok::<_, store::Error>(())
            };
            store.write(look).await.expect("plans");
        }
    }
}
