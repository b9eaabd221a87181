//! One event becomes deliveries, inside the commit that caused it.

use std::time::Duration;

use jiff::Timestamp;
use jobs::Due;
use store::{Result, Tx};
use types::OrgNumber;

use crate::deliver::Drain;
use crate::model::{Delivery, Filter, Subscription};
use crate::{LANE, Webhooks, sql};

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
    pub fields: &'a [(&'a str, &'a str)],
    /// What is posted, as JSON.
    pub body: &'a str,
}

impl Webhooks {
    /// Queues the event for everybody who wants it. Ring with [`Webhooks::ring`] after the commit.
    pub fn announce(
        &self,
        tx: &mut Tx<'_>,
        owner: OrgNumber,
        event: &Event<'_>,
        now: Timestamp,
    ) -> Result<()> {
        for subscription in sql::all(tx, owner)?.iter().filter(|subscription| wants(subscription, event)) {
            let delivery = Delivery {
                id: self.0.random.uuid_v7(now),
                event_id: event.id.to_owned(),
                body: event.body.to_owned(),
                expires: self.expiry(now),
                tries: 0,
            };
            sql::insert_delivery(tx, subscription, &delivery, now)?;
            self.begin_draining(tx, subscription, now)?;
        }
        Ok(())
    }

    /// Sends again what was announced since `since`, in the old order; answers how many events.
    pub fn replay(
        &self,
        tx: &mut Tx<'_>,
        subscription: &Subscription,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<u64> {
        let reopened = sql::reopen(tx, subscription.id, since, self.expiry(now))?;
        if reopened > 0 {
            self.begin_draining(tx, subscription, now)?;
        }
        Ok(reopened)
    }

    fn begin_draining(&self, tx: &mut Tx<'_>, subscription: &Subscription, now: Timestamp) -> Result<()> {
        if !sql::begin_draining(tx, subscription.id)? {
            return Ok(());
        }
        let job = Drain { owner: subscription.owner, subscription: subscription.id };
        let due = Due::now(LANE, &subscription.owner, now);
        jobs::enqueue::<Self, Drain>(tx, self.0.random.uuid_v7(now), &job, &due, now)
    }

    fn expiry(&self, now: Timestamp) -> Timestamp {
        let life = Duration::from_secs(self.0.config.give_up_after_seconds);
        now.checked_add(life).unwrap_or(Timestamp::MAX)
    }
}

fn wants(subscription: &Subscription, event: &Event<'_>) -> bool {
    let is = |wanted: &str, found: &str| wanted == "all" || wanted == found;
    is(&subscription.resource, event.resource)
        && is(&subscription.event, event.event)
        && subscription.filter.as_ref().is_none_or(|filter: &Filter| filter.matches(event.fields))
}
