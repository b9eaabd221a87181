//! JOB: an order that is due becomes notifications.
//!
//! The send condition is asked and the register is asked; then notifications, their jobs and the new
//! state are one commit. An order whose register does not answer waits and is tried again, until the
//! time of its messages would be up; then they have failed visibly.

use std::time::Duration;

use jiff::Timestamp;
use jobs::{Due, Job, Lane, Outcome, Taken};
use serde::{Deserialize, Serialize};
use store::Tx;
use types::ids::{NotificationId, OrderId};

use super::model::{Kind, Order, SendingTime, State};
use super::plan::{Draft, addresses};
use super::{asked, sql};
use crate::recipients::{Channel, RegisterError};
use crate::sending::hours::email_expiry;
use crate::sending::{self, Notification, RecordError, SendEmail, SendSms, Standing};
use crate::status::{record, timeline};
use crate::{COMPOSED, EMAIL, Notify, SMS, audited, work};
use gateways::sms::SmsParts;

/// Turns one order into notifications.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Expand {
    pub(crate) order: OrderId,
}

impl Job<Notify> for Expand {
    const KIND: &'static str = "notify.expand_order";

    async fn run(self, app: Notify, taken: Taken) -> Outcome {
        trace::about(trace::About::Order, self.order);
        match expand(&app, &taken, self.order).await {
            Ok(()) => Outcome::Settled,
            Err(error) => work::after_error(&taken, error),
        }
    }
}

async fn expand(app: &Notify, taken: &Taken, id: OrderId) -> Result<(), RecordError> {
    let now = app.clock().now();
    let job = taken.clone();
    let Some(order) = app.store().write(move |tx| claim(tx, &job, id, now)).await? else {
        return Ok(());
    };
    if !asked::goes_on(app, taken, &order).await? {
        return Ok(());
    }
    match addresses(app, &order).await {
        Ok(planned) => store_notifications(app, taken, &order, planned).await,
        Err(error) => wait_for_register(app, taken, &order, &error).await,
    }
}

/// Takes the order in hand. `None`: it is no longer ours to process, and the job is finished.
fn claim(tx: &mut Tx<'_>, taken: &Taken, id: OrderId, now: Timestamp) -> Result<Option<Order>, RecordError> {
    sql::advance(tx, id, State::Registered, State::Processing, now)?;
    let order = sql::find(tx, id)?.filter(|order| order.state == State::Processing);
    if order.is_none() {
        taken.finish::<RecordError>(tx)?;
    }
    Ok(order)
}

/// Tries again after a pause.
pub(super) async fn put_off(
    app: &Notify,
    taken: &Taken,
    id: OrderId,
    pause: Duration,
    why: String,
) -> Result<(), RecordError> {
    let (now, taken) = (app.clock().now(), taken.clone());
    let at = now.checked_add(pause).unwrap_or(Timestamp::MAX);
    let work = move |tx: &mut Tx<'_>| {
        taken.put_off::<RecordError>(tx, at, &why)?;
        sql::count_try(tx, id)?;
        timeline::record(tx, id, "put off", Some(&why), now)?;
        Ok(())
    };
    app.store().write(work).await
}

/// The register gave no answer: later, or, when the messages' time would be up, never.
async fn wait_for_register(
    app: &Notify,
    taken: &Taken,
    order: &Order,
    error: &RegisterError,
) -> Result<(), RecordError> {
    let now = app.clock().now();
    if now >= email_expiry(order.requested) {
        let schema = order.content.schema;
        let channels = [(schema.may_email(), Channel::Email), (schema.may_sms(), Channel::Sms)];
        let channels = channels.into_iter().filter(|(wanted, _)| *wanted);
        let drafts = channels.map(|(_, channel)| Draft::nobody(Standing::timed_out(channel))).collect();
        return store_notifications(app, taken, order, drafts).await;
    }
    let asked = match error {
        RegisterError::Passing { after, .. } => *after,
        RegisterError::Misconfigured(_) => None,
    };
    tracing::warn!(%error, "an order waits for a register");
    let ladder = &app.config().process_again_after_seconds;
    let pause = ladder.pause(order.tries.saturating_add(1), app.random().fraction(), asked);
    put_off(app, taken, order.id, pause, error.to_string()).await
}

async fn store_notifications(
    app: &Notify,
    taken: &Taken,
    order: &Order,
    drafts: Vec<Draft>,
) -> Result<(), RecordError> {
    let now = app.clock().now();
    let ready: Vec<_> = drafts.into_iter().map(|draft| build(app, order, &taken.owner, draft, now)).collect();
    let (id, taken) = (order.id, taken.clone());
    let work = move |tx: &mut Tx<'_>| {
        taken.finish::<RecordError>(tx)?;
        if !sql::advance(tx, id, State::Processing, State::Processed, now)? {
            return Ok(());
        }
        let notifications: Vec<_> = ready.iter().map(|made| &made.notification).collect();
        sending::sql::insert_all(tx, &notifications)?;
        audit::record(tx, &ready.iter().filter_map(|made| made.audited.clone()).collect::<Vec<_>>())?;
        enqueue_all(tx, &ready, now)?;
        timeline::record(tx, id, "processed", Some(&format!("{} notifications", ready.len())), now)?;
        record::complete_if_done(tx, id, now)?;
        Ok(())
    };
    app.store().write(work).await.inspect(|()| {
        app.ring(SMS);
        app.ring(mail_lane(order));
        app.ring_feed();
    })
}

/// E-mail with files takes long and much memory, and keeps nobody else waiting.
fn mail_lane(order: &Order) -> Lane {
    if order.kind == Kind::Composed { COMPOSED } else { EMAIL }
}

/// A notification with the job that will send it.
struct Made {
    notification: Notification,
    job: uuid::Uuid,
    due: Due,
    audited: Option<audit::Entry>,
}

/// The messages take the same turn among the jobs as their order did.
fn build(app: &Notify, order: &Order, turn: &str, draft: Draft, now: Timestamp) -> Made {
    let id = NotificationId::new(app.random().uuid_v7(now));
    let channel = draft.standing.channel();
    // What is processed late still gets its full time.
    let from = order.requested.max(now);
    let sms = order.content.texts.sms.as_ref();
    let policy = sms.map_or(SendingTime::Anytime, |sms| sms.sending_time);
    let (lane, at, expires) = match (channel, policy) {
        (Channel::Email, _) => (mail_lane(order), now, email_expiry(from)),
        (Channel::Sms, SendingTime::Anytime) => (SMS, now, app.window().expiry(policy, from)),
        (Channel::Sms, SendingTime::Daytime) => {
            (SMS, app.window().next_open(now), app.window().expiry(policy, from))
        }
    };
    let text = draft.body.as_ref().or(sms.map(|sms| &sms.body)).filter(|_| channel == Channel::Sms);
    let parts = text.and_then(|text| u32::try_from(SmsParts::of(text.reveal()).parts).ok());
    let notification = Notification {
        id,
        order: order.id,
        creator: order.creator.clone(),
        standing: draft.standing,
        destination: draft.destination,
        identity: draft.identity,
        subject: draft.subject,
        body: draft.body,
        expires,
        reference: None,
        in_doubt: false,
        parts,
        created: now,
        changed: now,
    };
    let due = Due::at(lane, turn, at).until(expires);
    let audited = (draft.overrides && !notification.standing.is_final())
        .then(|| audited::overridden(app.random().uuid_v7(now), order, id, channel, now));
    Made { notification, job: app.random().uuid_v7(now), due, audited }
}

/// The jobs that send what is still to be sent.
fn enqueue_all(tx: &mut Tx<'_>, made: &[Made], now: Timestamp) -> Result<(), store::Error> {
    let (mut sms, mut emails) = (Vec::new(), Vec::new());
    for Made { notification, job, due, .. } in made {
        let Notification { id, standing, .. } = *notification;
        match standing.channel() {
            _ if standing.is_final() => {}
            Channel::Sms => sms.push((*job, SendSms { notification: id }, due.clone())),
            Channel::Email => emails.push((*job, SendEmail { notification: id }, due.clone())),
        }
    }
    jobs::enqueue_all::<Notify, _>(tx, &sms, now)?;
    jobs::enqueue_all::<Notify, _>(tx, &emails, now)
}
