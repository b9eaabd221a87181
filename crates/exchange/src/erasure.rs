//! Erasing what there is about one person who sends or receives messages, and saying beforehand what that is.
//!
//! Conversations that have come to their end go with their statuses, timeline and attempts, and drafts to the
//! person with their files. What is on its way, or waits for its client, stays: it goes with the next erasure
//! once it is finished. Organizations are no persons: messages between them are records, and stay.

use audit::{Action, Entry};
use jiff::Timestamp;
use store::blobs::BlobKey;
use store::{Result, Tx, params, row};
use types::erasure::{Share, Whom};
use types::{NationalId, OrgNumber};
use uuid::Uuid;

use crate::conversations::Direction;
use crate::outbox::State;
use crate::registry::embedded::sql_people;
use crate::{Exchange, conversations, outbox};

/// Conversations, and drafts, of one commit.
const BATCH: usize = 100;

macro_rules! theirs {
    ($side:literal) => {
        concat!(" FROM exchange_conversations WHERE owner = $1 AND ", $side, " = $2 AND finished = ")
    };
}

const COUNT_SENT: &str = concat!("SELECT count(*)", theirs!("sender_identifier"), "$3");
const COUNT_RECEIVED: &str = concat!("SELECT count(*)", theirs!("receiver_identifier"), "$3");
const SENT: &str = concat!("SELECT id", theirs!("sender_identifier"), "1 ORDER BY id LIMIT 100");
const RECEIVED: &str = concat!("SELECT id", theirs!("receiver_identifier"), "1 ORDER BY id LIMIT 100");
const COUNT_OUTBOX: &str = "SELECT count(*) FROM exchange_outbox
    WHERE owner = $1 AND receiver_identifier = $2 AND state = $3";
const DRAFTS: &str = "SELECT message_id FROM exchange_outbox
    WHERE owner = $1 AND receiver_identifier = $2 AND state = 'draft' LIMIT 100";

/// So much was found, or has gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    messages: i64,
    drafts: i64,
    registry: i64,
}

impl Tally {
    fn shares(self, left: Self) -> Vec<Share> {
        vec![
            Share::going("messages", "finished messages: conversation, statuses, timeline", self.messages)
                .but(left.messages, "they are not finished; erase once more when they are"),
            Share::going("drafts", "drafts, with their files", self.drafts)
                .but(left.drafts, "they are being sent"),
            Share::going("registry", "entries of the embedded service registry", self.registry),
        ]
    }
}

impl Exchange {
    /// What there is about a recipient, and what an erasure would leave. Nothing is changed.
    pub async fn held_about(&self, whom: &Whom) -> Result<Vec<Share>> {
        let Whom::Person(person) = whom else { return Ok(Vec::new()) };
        let (own, person) = (self.own(), person.clone());
        let (goes, stays) = self.store().read(move |tx| count(tx, own, &person)).await?;
        Ok(goes.shares(stays))
    }

    /// Erases what there is about a recipient, a batch and a commit at a time, each noted in the audit log as
    /// `actor`'s; answers what has gone and what is left. Whoever is interrupted calls it again.
    pub async fn erase(&self, whom: &Whom, actor: &str) -> Result<Vec<Share>> {
        let Whom::Person(person) = whom else { return Ok(Vec::new()) };
        let mut gone = Tally::default();
        loop {
            let (batch, full) = self.erase_some(person, actor).await?;
            gone = Tally {
                messages: gone.messages + batch.messages,
                drafts: gone.drafts + batch.drafts,
                registry: gone.registry + batch.registry,
            };
            if !full {
                break;
            }
        }
        let (own, person) = (self.own(), person.clone());
        let (_, left) = self.store().read(move |tx| count(tx, own, &person)).await?;
        Ok(gone.shares(left))
    }

    /// One commit; answers what it took, and whether there may be more.
    async fn erase_some(&self, person: &NationalId, actor: &str) -> Result<(Tally, bool)> {
        let (own, person, actor, now) = (self.own(), person.clone(), actor.to_owned(), self.now());
        let entry = self.random().uuid_v7(now);
        let commit = self.store().write(move |tx| {
            let (drafts, blobs) = drafts(tx, own, &person)?;
            let messages = messages(tx, own, &person)?;
            let registry = sql_people::remove_citizen(tx, &person)?.into();
            let gone = Tally { messages, drafts, registry };
            if gone != Tally::default() {
                let entry = noted(entry, now, &actor, &person, gone);
                audit::record(tx, &[entry])?;
            }
            Ok::<_, store::Error>((gone, blobs))
        });
        let (gone, blobs) = commit.await?;
        self.drop_blobs(blobs).await;
        let full = |number: i64| usize::try_from(number).is_ok_and(|number| number >= BATCH);
        Ok((gone, full(gone.messages) || full(gone.drafts)))
    }
}

fn noted(id: Uuid, now: Timestamp, actor: &str, person: &NationalId, gone: Tally) -> Entry {
    let Tally { messages, drafts, registry } = gone;
    let detail = format!("erased of {person}: messages {messages}, drafts {drafts}, registry {registry}");
    Entry::new(id, now, actor, Action::Operated, &"erasure", detail)
}

/// What would go, and what would stay.
fn count(tx: &mut Tx<'_>, own: OrgNumber, person: &NationalId) -> Result<(Tally, Tally)> {
    let mut messages = |finished: bool| {
        let sent: i64 = tx.one(COUNT_SENT, params![own, person.reveal(), finished])?;
        let received: i64 = tx.one(COUNT_RECEIVED, params![own, person.reveal(), finished])?;
        Ok::<_, store::Error>(sent + received)
    };
    let (over, open) = (messages(true)?, messages(false)?);
    let drafts: i64 = tx.one(COUNT_OUTBOX, params![own, person.reveal(), "draft"])?;
    let queued: i64 = tx.one(COUNT_OUTBOX, params![own, person.reveal(), "queued"])?;
    let registry = sql_people::citizen(tx, person)?.is_some().into();
    // A draft's conversation goes with it.
    let goes = Tally { messages: over, drafts, registry };
    Ok((goes, Tally { messages: (open - drafts).max(0), drafts: queued, registry: 0 }))
}

/// Removes drafts with their files and conversations.
fn drafts(tx: &mut Tx<'_>, own: OrgNumber, person: &NationalId) -> Result<(i64, Vec<BlobKey>)> {
    let mut ids: Vec<String> = tx.all(DRAFTS, params![own, person.reveal()])?;
    // Two who erase side by side hold them in one order.
    ids.sort_unstable();
    let (mut gone, mut blobs) = (0, Vec::new());
    for message_id in ids {
        let Some(draft) =
            outbox::sql::lock(tx, own, &message_id)?.filter(|draft| draft.state == State::Draft)
        else {
            continue;
        };
        blobs.extend(outbox::sql::remove(tx, draft.id)?);
        if let Some(story) = conversations::find_message(tx, own, &message_id, Direction::Outgoing)? {
            conversations::delete(tx, story.id)?;
        }
        gone += 1;
    }
    Ok((gone, blobs))
}

/// Removes finished conversations with all that was noted about them, the lowest number first.
fn messages(tx: &mut Tx<'_>, own: OrgNumber, person: &NationalId) -> Result<i64> {
    const OUTGOING: &str = "SELECT outgoing FROM exchange_conversations WHERE id = $1";
    let mut ids: Vec<i64> = tx.all(SENT, params![own, person.reveal()])?;
    ids.extend(tx.all::<i64>(RECEIVED, params![own, person.reveal()])?);
    ids.sort_unstable();
    ids.dedup();
    let mut attempts = Vec::new();
    for id in &ids {
        let outgoing: Option<Option<Uuid>> = tx.optional(OUTGOING, params![id])?;
        attempts.extend(outgoing.flatten());
        conversations::delete(tx, *id)?;
    }
    let rows: Vec<_> = attempts.iter().map(|subject| row![subject]).collect();
    tx.each("DELETE FROM attempts WHERE subject = $1", &rows)?;
    Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use testkit::{on_every_store, plan};

    use super::*;

    /// Drafts that have nothing in common: on an empty table every index is as good as another.
    const FILL: &str = "INSERT INTO exchange_outbox
            (id, number, owner, state, message_id, conversation_id, process, sender_identifier,
             receiver_identifier, service, sbd, files_bytes, expires, last_updated)
        VALUES ($1, $2, '310000001', 'draft', $3, $3, 'p', 's', $3, 'DPI', '{}', 0, 0, 0)";

    on_every_store! {
        async fn what_there_is_about_a_person_is_found_by_indexes(store: Store) {
            let fill = |tx: &mut Tx<'_>| {
                let all: Vec<(Uuid, i64, String)> =
                    (0..2_000).map(|at: i64| (Uuid::from_u64_pair(7, at.cast_unsigned()), at, at.to_string())).collect();
                let rows: Vec<_> = all.iter().map(|(id, number, text)| row![id, number, text]).collect();
                tx.each(FILL, &rows).map(drop)
            };
            store.write(fill).await.expect("rows");
            plan::figures(&store, "exchange_outbox").await;
            let look = |tx: &mut Tx<'_>| {
                let (own, who) = ("310000001", "13858130624");
                plan::of_an_index(tx, DRAFTS, params![own, who], "exchange_outbox_receiver")?;
                plan::of_an_index(tx, COUNT_OUTBOX, params![own, who, "draft"], "exchange_outbox_receiver")?;
                plan::of_an_index(tx, SENT, params![own, who], "exchange_conversations_sender")?;
                plan::of_an_index(tx, RECEIVED, params![own, who], "exchange_conversations_receiver")
            };
            store.write(look).await.expect("plans");
        }
    }
}
