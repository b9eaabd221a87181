//! Events become deliveries, inside the commit that caused them.

use std::time::Duration;

use jiff::Timestamp;
use jobs::Due;
use store::{Result, Tx};

use crate::deliver::Drain;
use crate::model::{Delivery, Filter, Owner, Since, Subscription};
use crate::{Webhooks, sql};

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Its id; subscribers get it as `webhook-id` together with their own delivery's.
    pub id: &'a str,
    /// The resource it belongs to.
    pub resource: &'a str,
    /// Its kind.
    pub event: &'a str,
    /// What filters look at: name and value.
    pub fields: Vec<(&'a str, &'a str)>,
    /// What is posted, as JSON.
    pub body: &'a str,
}

impl Webhooks {
    /// Queues the events for everybody who wants them, in their order. Ring with [`Webhooks::ring`] after
    /// the commit.
    ///
    /// Every subscription concerned is locked until that commit, the one with the lowest number first. So
    /// this is called once in a piece of work, with everything it has to tell, and as late as possible.
    pub fn announce(
        &self,
        tx: &mut Tx<'_>,
        owner: impl Into<Owner>,
        events: &[Event<'_>],
        now: Timestamp,
    ) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        for subscription in sql::all(tx, &owner.into())? {
            let wanted: Vec<_> = events.iter().filter(|event| wants(&subscription, event)).collect();
            if !wanted.is_empty() {
                self.queue(tx, &subscription, &wanted, now)?;
            }
        }
        Ok(())
    }

    fn queue(
        &self,
        tx: &mut Tx<'_>,
        subscription: &Subscription,
        events: &[&Event<'_>],
        now: Timestamp,
    ) -> Result<()> {
        let delivery = |event: &&Event<'_>| Delivery {
            id: self.0.random.uuid_v7(now),
            number: 0,
            event_id: event.id.to_owned(),
            event: Some(event.event.to_owned()),
            body: event.body.to_owned(),
            expires: self.expiry(now),
            tries: 0,
        };
        let deliveries: Vec<_> = events.iter().map(delivery).collect();
        // Whoever has unsubscribed since the list was read is told nothing.
        let Some(queue) = sql::lengthen(tx, subscription.id, deliveries.len())? else { return Ok(()) };
        sql::insert_deliveries(tx, subscription, &deliveries, &queue, now)?;
        if queue.draining || queue.held {
            return Ok(());
        }
        // It was read before it was locked, and may have been let go on meanwhile.
        self.begin_draining(tx, &Subscription { turn: queue.turn, ..subscription.clone() }, now)
    }

    /// Sends again what was told or given up since `since`, in the old order; answers how many events.
    pub fn replay(
        &self,
        tx: &mut Tx<'_>,
        subscription: &Subscription,
        since: &Since,
        now: Timestamp,
    ) -> Result<u64> {
        let Some(draining) = sql::lock(tx, subscription.id)? else { return Ok(0) };
        // As it stands now that nobody else can change it.
        let Some(subscription) = sql::find(tx, &subscription.owner, subscription.id)? else { return Ok(0) };
        let reopened = sql::reopen(tx, subscription.id, since, self.expiry(now))?;
        if reopened > 0 && !draining && !subscription.held {
            self.begin_draining(tx, &subscription, now)?;
        }
        Ok(reopened)
    }

    /// Leaves a job that empties the queue. The caller holds the subscription's row, and nobody drains.
    pub(crate) fn begin_draining(
        &self,
        tx: &mut Tx<'_>,
        subscription: &Subscription,
        now: Timestamp,
    ) -> Result<()> {
        sql::begin_draining(tx, subscription.id)?;
        let job = Drain {
            owner: subscription.owner.clone(),
            subscription: subscription.id,
            turn: subscription.turn,
        };
        let due = Due::now(self.0.lane, &subscription.owner, now);
        jobs::enqueue::<Self, Drain>(tx, self.0.random.uuid_v7(now), &job, &due, now)
    }

    pub(crate) fn expiry(&self, now: Timestamp) -> Timestamp {
        let life = Duration::from_secs(self.config().give_up_after_seconds);
        now.checked_add(life).unwrap_or(Timestamp::MAX)
    }
}

fn wants(subscription: &Subscription, event: &Event<'_>) -> bool {
    (subscription.resource == "all" || subscription.resource == event.resource)
        && subscription.hears(event.event)
        && subscription.filter.as_ref().is_none_or(|filter: &Filter| filter.matches(&event.fields))
}
