//! Which message is next.
//!
//! Every filter has an index that begins with it and goes on with the places in the queue, so a peek reads
//! the first message that fits and nobody holds, however many wait. The statement is put together from the
//! filters that are there, so that each engine sees which index that is.

use jiff::Timestamp;
use store::{Result, Tx, params};
use types::OrgNumber;

use super::model::{Filter, InMessage};
use crate::access::Client;
use crate::conditions::Conditions;

/// What one client wants of the queue.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    owner: OrgNumber,
    conditions: Conditions,
}

impl Wanted {
    pub(super) fn of(client: &Client, filter: &Filter, now: Timestamp) -> Self {
        let Filter { message_id, conversation_id, process, sender, receiver, service } = filter;
        let conditions = Conditions::default()
            .and("owner", "=", &client.owner)
            .and("expires", ">", &now)
            .and_if("message_id", message_id.as_ref())
            .and_if("conversation_id", conversation_id.as_ref())
            .and_if("process", process.as_ref())
            .and_if("sender_identifier", sender.as_ref())
            .and_if("receiver_identifier", receiver.as_ref())
            .and_if("service", service.as_ref())
            .within(&client.reach, "receiver_identifier");
        Self { owner: client.owner, conditions }
    }

    fn first(&self) -> String {
        let wanted = self.conditions.to_where();
        format!("SELECT id FROM exchange_inbox{wanted} AND locked = 0 ORDER BY place, number LIMIT 1")
    }

    /// Whether a message that fits waits, or any has a lock that has run out.
    pub(super) fn waits(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool> {
        const OVER: &str = "SELECT EXISTS (SELECT 1 FROM exchange_inbox
            WHERE owner = $1 AND locked = 1 AND locked_until <= $2)";
        if tx.optional::<uuid::Uuid>(&self.first(), self.conditions.values())?.is_some() {
            return Ok(true);
        }
        tx.one(OVER, params![self.owner, now])
    }

    /// Locks the next message that fits, and reads it. No two readers get the same, and none waits for
    /// another: each passes over what the others are just taking.
    pub(super) fn lock_next(
        &self,
        tx: &mut Tx<'_>,
        until: Timestamp,
        user_agent: Option<&str>,
    ) -> Result<Option<InMessage>> {
        let mut conditions = self.conditions.clone();
        let (until, agent) = (conditions.bind(&until), conditions.bind(&user_agent));
        let sql = format!(
            "UPDATE exchange_inbox SET locked = 1, locked_until = {until}, user_agent = {agent}
            WHERE id = ({} FOR UPDATE SKIP LOCKED) RETURNING *",
            self.first()
        );
        tx.optional(&sql, conditions.values())
    }
}

#[cfg(test)]
mod tests {
    use store::{Engine, Error, Store};
    use testkit::{on_every_store, plan};

    use super::*;
    use crate::access::Reach;

    const OWNER: &str = "310000001";
    const CUSTOMER: &str = "310000004";

    /// A hundred thousand messages wait, all alike but the last.
    const FILL: &str = "WITH RECURSIVE numbers (i) AS
            (SELECT FIRST UNION ALL SELECT i + 1 FROM numbers WHERE i < LAST)
        INSERT INTO exchange_inbox
            (id, number, owner, message_id, conversation_id, process, sender_identifier, receiver_identifier,
             service, kind, sbd, place, locked, locked_until, releases, expires, last_updated)
        SELECT ID, i, '310000001', 'message-' || CAST(i AS TEXT), 'story-' || CAST(i AS TEXT),
            CASE WHEN i = 100000 THEN 'another' ELSE 'usual' END,
            CASE WHEN i = 100000 THEN '310000009' ELSE '310000002' END,
            CASE WHEN i = 100000 THEN '310000004' ELSE '310000001' END,
            CASE WHEN i = 100000 THEN 'DPE' ELSE 'DPO' END, 'avtalt', '{}', i, 0, 0, 0, 4000000000000000, 1 FROM numbers";

    async fn fill(store: &Store) {
        let id = match store.engine() {
            Engine::Sqlite => "randomblob(16)",
            Engine::Postgres => "decode(md5(CAST(i AS TEXT)), 'hex')",
        };
        for part in 0..20 {
            let (first, last) = (part * 5_000 + 1, (part + 1) * 5_000);
            let sql = FILL.replace("ID,", &format!("{id},"));
            let sql = sql.replace("FIRST", &first.to_string()).replace("LAST", &last.to_string());
            let filled = store.write(move |tx| tx.execute(&sql, params![])).await;
            assert_eq!(Result::<_, Error>::expect(filled, "rows"), 5_000);
        }
        plan::figures(store, "exchange_inbox").await;
    }

    fn client(reach: Reach) -> Client {
        let owner = OWNER.parse().expect("a number");
        Client { owner, reach, subscriber: owner, user_agent: None }
    }

    /// Each filter, the index it goes down, and the number of the message that it finds first.
    fn peeks() -> Vec<(Wanted, &'static str, &'static str)> {
        let filter = |change: fn(&mut Filter)| {
            let mut filter = Filter::default();
            change(&mut filter);
            Wanted::of(&client(Reach::All), &filter, Timestamp::UNIX_EPOCH)
        };
        let customer = Reach::Only([CUSTOMER.parse().expect("a number")].as_slice().into());
        let limited = Wanted::of(&client(customer), &Filter::default(), Timestamp::UNIX_EPOCH);
        vec![
            (filter(|_| ()), "exchange_inbox_queue", "message-1"),
            (filter(|it| it.process = Some("another".into())), "exchange_inbox_process", "message-100000"),
            (filter(|it| it.sender = Some("310000009".into())), "exchange_inbox_sender", "message-100000"),
            (filter(|it| it.receiver = Some(CUSTOMER.into())), "exchange_inbox_receiver", "message-100000"),
            (limited, "exchange_inbox_receiver", "message-100000"),
            (filter(|it| it.service = Some("DPE".into())), "exchange_inbox_service", "message-100000"),
            (
                filter(|it| it.conversation_id = Some("story-70000".into())),
                "exchange_inbox_conversation",
                "message-70000",
            ),
            (
                filter(|it| it.message_id = Some("message-80000".into())),
                "exchange_inbox_message",
                "message-80000",
            ),
        ]
    }

    on_every_store! {
        async fn a_peek_reads_one_entry_of_an_index_though_a_hundred_thousand_messages_wait(store: Store) {
            fill(&store).await;
            for (wanted, index, _) in peeks() {
                let look = move |tx: &mut Tx<'_>| {
                    let (sql, values) = (wanted.first(), wanted.conditions.values());
                    plan::of_an_index(tx, &sql, values, index)
                };
                store.read(look).await.expect("a plan");
            }
            for (wanted, _, found) in peeks() {
                let lock = move |tx: &mut Tx<'_>| {
                    let until = Timestamp::from_second(2_000_000_000).expect("a moment");
                    let locked = wanted.lock_next(tx, until, Some("a reader"))?;
                    tx.execute("UPDATE exchange_inbox SET locked = 0 WHERE locked = 1", params![])?;
                    Ok::<_, Error>(locked)
                };
                let locked = store.write(lock).await.expect("no failure");
                assert_eq!(locked.map(|message| message.message_id).as_deref(), Some(found));
            }
        }
    }
}
