//! What an operator does to a shipment. Each is a plain function within the caller's commit, where the caller
//! also writes down who did it; it says what came of it, also when that is too late.

use jiff::Timestamp;
use jobs::{Due, ledger};
use store::{Result, Tx, params};
use types::ids::{NotificationId, OrderId};
use uuid::Uuid;
use webhooks::Again;

use super::story::work_on;
use crate::orders::expand::Expand;
use crate::orders::{Kind, State};
use crate::recipients::Channel;
use crate::sending::{Notification, SendEmail, SendSms};
use crate::status::{record, timeline};
use crate::{COMPOSED, EMAIL, Notify, ORDERS, SMS, orders, sending};

/// What came of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is done; its order is this.
    Now(OrderId),
    /// It had been done before, and nothing has changed.
    Already,
    /// It is too late: things have gone on meanwhile.
    TooLate,
    /// There is nothing with this id, or nothing of the kind to be done about it.
    Unknown,
}

/// An address that was asked for.
#[derive(Clone, Debug)]
pub struct Revealed {
    /// The order it belongs to.
    pub order: OrderId,
    /// The address; prints masked.
    pub destination: gateways::Text,
}

impl Notify {
    /// Cancels an order that nobody has taken in hand, whoever owns it and however close its time is. Call
    /// [`Notify::acted`] after the commit.
    pub fn cancel_by_hand(&self, tx: &mut Tx<'_>, id: OrderId, now: Timestamp) -> Result<Done> {
        let Some(order) = orders::sql::find(tx, id)? else { return Ok(Done::Unknown) };
        if order.state == State::Cancelled {
            return Ok(Done::Already);
        }
        // Whoever takes it in hand changes the same row from the same state, so one of us succeeds.
        if !orders::sql::advance(tx, id, State::Registered, State::Cancelled, now)? {
            return Ok(Done::TooLate);
        }
        record::ended(tx, id, now)?;
        Ok(Done::Now(id))
    }

    /// Processes an order now that waits for another try.
    pub fn process_now(&self, tx: &mut Tx<'_>, id: OrderId, now: Timestamp) -> Result<Done> {
        let job = jobs::put_off::<Self, _>(tx, &Expand { order: id })?;
        hurried(tx, job, id, now)
    }

    /// Sends a notification now that waits for another try.
    pub fn send_now(&self, tx: &mut Tx<'_>, id: NotificationId, now: Timestamp) -> Result<Done> {
        let Some(held) = sending::sql::hold(tx, id)? else { return Ok(Done::Unknown) };
        if held.standing.is_final() {
            return Ok(Done::TooLate);
        }
        let work = work_on(tx, &held)?;
        hurried(tx, work.put_off, held.order, now)
    }

    /// Puts an order whose processing was given up back into the queue.
    pub fn dig_up_order(&self, tx: &mut Tx<'_>, id: OrderId, now: Timestamp) -> Result<Done> {
        let job = jobs::buried_for::<Self, _>(tx, &Expand { order: id })?;
        dug_up(tx, job, id, now)
    }

    /// Puts a notification whose sending was given up back into the queue. What may have been sent is not
    /// sent again by this: the ledger decides, as for any job.
    pub fn dig_up_notification(&self, tx: &mut Tx<'_>, id: NotificationId, now: Timestamp) -> Result<Done> {
        let Some(held) = sending::sql::hold(tx, id)? else { return Ok(Done::Unknown) };
        if held.standing.is_final() {
            return Ok(Done::TooLate);
        }
        let work = work_on(tx, &held)?;
        dug_up(tx, work.buried, held.order, now)
    }

    /// Sends a notification again of which nobody knows whether it was taken, **though its recipient may then
    /// get it twice**; the caller has had somebody say so. Too late once it has a result, a provider has it,
    /// or its time is up.
    pub fn send_again(&self, tx: &mut Tx<'_>, id: NotificationId, now: Timestamp) -> Result<Done> {
        let Some(held) = sending::sql::hold(tx, id)? else { return Ok(Done::Unknown) };
        if held.standing.is_final() || held.reference.is_some() || held.expires <= now {
            return Ok(Done::TooLate);
        }
        if !held.in_doubt {
            return Ok(Done::Unknown);
        }
        let job = work_on(tx, &held)?.put_off;
        if job.as_ref().is_some_and(|job| job.in_hand) {
            return Ok(Done::TooLate);
        }
        settle_doubt(tx, &held)?;
        let words = Some("by an operator; the first copy may have arrived");
        timeline::record(tx, held.order, "sent again", words, now)?;
        match job {
            Some(job) => jobs::hurry(tx, job.id, now).map(drop)?,
            None => self.queue_again(tx, &held, now)?,
        }
        Ok(Done::Now(held.order))
    }

    fn queue_again(&self, tx: &mut Tx<'_>, held: &Notification, now: Timestamp) -> Result<()> {
        let (id, job) = (held.id, self.random().uuid_v7(now));
        let due = |lane| Due::now(lane, held.creator.as_str(), now).until(held.expires);
        if held.standing.channel() == Channel::Sms {
            return jobs::enqueue::<Self, _>(tx, job, &SendSms { notification: id }, &due(SMS), now);
        }
        let kind: Kind = tx.one("SELECT kind FROM notify_orders WHERE id = $1", params![held.order])?;
        let lane = if kind == Kind::Composed { COMPOSED } else { EMAIL };
        jobs::enqueue::<Self, _>(tx, job, &SendEmail { notification: id }, &due(lane), now)
    }

    /// Tells one delivery of a creator's webhook once more.
    pub fn tell_again(
        &self,
        tx: &mut Tx<'_>,
        order: OrderId,
        delivery: Uuid,
        now: Timestamp,
    ) -> Result<Again> {
        let Some(order) = orders::sql::find(tx, order)? else { return Ok(Again::Gone) };
        self.webhooks().tell_again(tx, &crate::subscriptions::owner(&order.creator), delivery, now)
    }

    /// Wakes whoever goes on with what an operator has done; to be called after the commit.
    pub fn acted(&self) {
        for lane in [ORDERS, SMS, EMAIL, COMPOSED] {
            self.ring(lane);
        }
        self.ring_feed();
        self.webhooks().ring();
    }
}

/// Shows where a notification goes. The caller writes down who asked, in the same commit.
pub fn reveal(tx: &mut Tx<'_>, id: NotificationId) -> Result<Option<Revealed>> {
    const SQL: &str = "SELECT order_id, destination FROM notify_notifications WHERE id = $1";
    let found: Option<(OrderId, String)> = tx.optional(SQL, params![id])?;
    Ok(found.map(|(order, destination)| Revealed { order, destination: destination.into() }))
}

fn hurried(tx: &mut Tx<'_>, job: Option<jobs::PutOff>, order: OrderId, now: Timestamp) -> Result<Done> {
    let Some(job) = job else { return Ok(Done::Unknown) };
    Ok(if jobs::hurry(tx, job.id, now)? { Done::Now(order) } else { Done::TooLate })
}

fn dug_up(tx: &mut Tx<'_>, job: Option<jobs::Buried>, order: OrderId, now: Timestamp) -> Result<Done> {
    let Some(job) = job else { return Ok(Done::Unknown) };
    Ok(if jobs::dig_up(tx, job.id, now)? { Done::Now(order) } else { Done::TooLate })
}

/// Closes the attempts that nobody knows the end of, so that they are no reason to wait any more. Their times
/// stay as they were.
fn settle_doubt(tx: &mut Tx<'_>, held: &Notification) -> Result<()> {
    for attempt in ledger::unknown(tx, held.id.uuid())? {
        let detail = attempt.detail.as_deref();
        let end = ledger::End { outcome: "unknown", detail, reference: None };
        ledger::end(tx, attempt.id, &end, attempt.ended.unwrap_or(attempt.prepared))?;
    }
    sending::sql::clear_doubt(tx, held.id)
}
