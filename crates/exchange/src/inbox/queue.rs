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
