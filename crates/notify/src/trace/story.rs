//! Puts a shipment's story together from what the commits wrote down.

use jiff::{SignedDuration, Timestamp};
use jobs::ledger::{self, Attempt, State as AttemptState};
use store::{Result, Tx};
use types::ids::OrderId;
use webhooks::{Told, Which};

use super::model::{Event, Recipient, Story, Wanted, What, Who};
use super::next::{self, Surroundings, Work};
use super::sql::{self, Reported, Routed};
use crate::Notify;
use crate::orders::expand::Expand;
use crate::orders::{self, Kind, Order, SendingTime, State};
use crate::recipients::Channel;
use crate::sending::{Notification, SendEmail, SendSms, Standing};
use crate::status::timeline::{self, Step};
use gateways::EmailResult;

/// Recipients on a page.
const RECIPIENTS: u32 = 25;
/// Entries of the audit log, and deliveries of one subject, that are shown at most.
const MOST: u32 = 200;

impl Notify {
    /// The story of a shipment, whoever owns it; `None` when there is none with this id.
    pub fn story(&self, tx: &mut Tx<'_>, id: OrderId, wanted: Wanted) -> Result<Option<Story>> {
        let Some(order) = orders::sql::find(tx, id)? else { return Ok(None) };
        let now = self.clock().now();
        let mut found = sql::recipients(tx, id, wanted, RECIPIENTS + 1)?;
        let more = found.len() > RECIPIENTS as usize;
        found.truncate(RECIPIENTS as usize);
        let mut events = of_order(tx, &order)?;
        let mut recipients = Vec::with_capacity(found.len());
        for routed in found {
            recipients.push(self.recipient(tx, &order, routed, now, &mut events)?);
        }
        events.extend(webhooks_about(tx, &order, &id.to_string())?);
        // Those of one moment stay in the order in which they are told, causes first.
        events.sort_by_key(|event| (event.at, event.what.follows()));
        let work = Work {
            put_off: jobs::put_off::<Self, _>(tx, &Expand { order: id })?,
            buried: jobs::buried_for::<Self, _>(tx, &Expand { order: id })?,
        };
        let (next, acts) = next::of_order(order.state, order.requested, &work, now);
        let siblings = order.chain.map(|chain| sql::siblings(tx, chain, id)).transpose()?;
        Ok(Some(Story {
            id,
            chain: order.chain,
            creator: order.creator,
            kind: order.kind,
            state: order.state,
            senders_reference: order.senders_reference,
            requested: order.requested,
            created: order.created,
            changed: order.changed,
            next,
            acts,
            siblings: siblings.unwrap_or_default(),
            more: recipients.last().map(|last| last.id).filter(|_| more),
            recipients,
            events,
        }))
    }

    /// A recipient as it stands now; what happened to it joins the events.
    fn recipient(
        &self,
        tx: &mut Tx<'_>,
        order: &Order,
        Routed(notification, route): Routed,
        now: Timestamp,
        events: &mut Vec<Event>,
    ) -> Result<Recipient> {
        let attempts = ledger::of(tx, notification.id.uuid())?;
        let reports = sql::reports(tx, notification.id)?;
        events.extend(of_notification(order, &notification, &attempts, &reports));
        let told = webhooks_about(tx, order, &notification.id.to_string())?;
        events.extend(told.into_iter().map(|event| event.of(notification.id)));
        let work = work_on(tx, &notification)?;
        let daytime = order.content.texts.sms.as_ref().map(|sms| sms.sending_time);
        let waits = notification.standing.channel() == Channel::Sms
            && daytime == Some(SendingTime::Daytime)
            && !self.window().is_open(now);
        let config = self.config();
        let grace = i64::try_from(config.expiry_grace_seconds).unwrap_or(i64::MAX);
        let around = Surroundings {
            work: &work,
            in_flight: attempts.iter().any(|attempt| attempt.state == AttemptState::InFlight),
            window: waits.then(|| self.window().next_open(now)),
            grace: SignedDuration::from_secs(grace),
            mail_reports: config.email_reports_expected,
            now,
        };
        let (next, acts) = next::of_notification(&notification, &around);
        Ok(Recipient { next, acts, ..Recipient::of(&notification, route) })
    }
}

/// The job that sends a notification, if it has been put off or set aside.
pub(super) fn work_on(tx: &mut Tx<'_>, notification: &Notification) -> Result<Work> {
    let id = notification.id;
    Ok(match notification.standing.channel() {
        Channel::Sms => Work {
            put_off: jobs::put_off::<Notify, _>(tx, &SendSms { notification: id })?,
            buried: jobs::buried_for::<Notify, _>(tx, &SendSms { notification: id })?,
        },
        Channel::Email => Work {
            put_off: jobs::put_off::<Notify, _>(tx, &SendEmail { notification: id })?,
            buried: jobs::buried_for::<Notify, _>(tx, &SendEmail { notification: id })?,
        },
    })
}

fn of_order(tx: &mut Tx<'_>, order: &Order) -> Result<Vec<Event>> {
    let mut events = vec![Event::new(order.created, Who::Sender, What::Ordered)];
    events.extend(timeline::of(tx, order.id)?.into_iter().filter_map(of_step));
    if let Some((at, number)) = sql::in_feed(tx, order.id, order.changed)? {
        events.push(Event::new(at, Who::Service, What::InFeed(number)));
    }
    for entry in audit::about(tx, &order.id.to_string(), MOST)? {
        let (who, what) = match entry.action.as_str() {
            "operated" => (Who::Operator(entry.actor), What::Operated),
            "reservation.overridden" => (Who::Sender, What::Overridden),
            // The acceptance is the order itself.
            _ => continue,
        };
        events.push(Event::new(entry.at, who, what).with(Some(entry.detail)));
    }
    Ok(events)
}

/// What the timeline has written down. That the order was registered is told already.
fn of_step(step: Step) -> Option<Event> {
    let asked = step.detail.as_deref().is_some_and(|detail| detail.starts_with("the send condition"));
    let (who, what) = match step.cause.as_str() {
        "registered" => return None,
        "condition met" => (Who::Condition, What::ConditionMet),
        "condition not met" => (Who::Condition, What::ConditionNotMet),
        "condition unknown, sent anyway" => (Who::Condition, What::ConditionUnknownSent),
        "condition unknown, dropped" => (Who::Condition, What::ConditionUnknownDropped),
        "put off" if asked => (Who::Condition, What::PutOff),
        "put off" => (Who::Register, What::PutOff),
        "processed" => (Who::Service, What::Processed),
        "in doubt" => (Who::Service, What::InDoubt),
        "doubt resolved" => (Who::Gateway, What::DoubtResolved),
        "sent again" => (Who::Service, What::SentAgain),
        "ended" => {
            let named = |state: &State| step.detail.as_deref() == Some(state.wire());
            let ended =
                [State::Completed, State::SendConditionNotMet, State::Cancelled].into_iter().find(named);
            return Some(Event::new(step.at, Who::Service, What::Ended(ended.unwrap_or(State::Completed))));
        }
        other => (Who::Service, What::Other(other.to_owned())),
    };
    Some(Event::new(step.at, who, what).with(step.detail))
}

fn of_notification(
    order: &Order,
    notification: &Notification,
    attempts: &[Attempt],
    reports: &[Reported],
) -> Vec<Event> {
    let standing = notification.standing;
    let mut events = Vec::with_capacity(2 + attempts.len() * 2 + reports.len());
    if standing.is_final() && attempts.is_empty() && notification.changed == notification.created {
        let who = if notification.identity.is_some() { Who::Register } else { Who::Service };
        events.push(Event::new(notification.created, who, What::NotSent(standing)));
    } else if order.kind != Kind::Instant {
        let who = if notification.identity.is_some() { Who::Register } else { Who::Sender };
        events.push(Event::new(notification.created, who, What::Made));
    }
    events.extend(attempts.iter().flat_map(of_attempt));
    events.extend(reports.iter().map(of_report));
    let counted = reports.iter().any(|report| report.applied);
    if standing == Standing::timed_out(standing.channel()) && !attempts_end_it(attempts) && !counted {
        events.push(Event::new(notification.changed, Who::Service, What::TimeUp));
    }
    if standing == Standing::Email(EmailResult::Delivered) && !counted {
        events.push(Event::new(notification.changed, Who::Service, What::AssumedDelivered));
    }
    events.into_iter().map(|event| event.of(notification.id)).collect()
}

/// Whether the last attempt was refused: then its gateway has ended the notification.
fn attempts_end_it(attempts: &[Attempt]) -> bool {
    attempts.last().is_some_and(|last| last.outcome.as_deref() == Some("refused"))
}

/// The beginning of an attempt and, where there is one, its end.
fn of_attempt(attempt: &Attempt) -> Vec<Event> {
    let began = attempt.started.unwrap_or(attempt.prepared);
    let by_route = |event: Event| Event { route: Some(attempt.route.clone()), ..event };
    let mut events = vec![by_route(Event::new(began, Who::Service, What::HandedOver))];
    let what = match (attempt.state, attempt.outcome.as_deref()) {
        (AttemptState::Prepared | AttemptState::InFlight, _) => return events,
        (AttemptState::Unknown, _) | (AttemptState::Ended, Some("unknown" | "not_known")) => What::InDoubt,
        (AttemptState::Ended, Some("accepted")) => What::Taken,
        (AttemptState::Ended, Some("refused")) => What::Refused,
        (AttemptState::Ended, _) => What::NotTaken,
    };
    let suppressed = attempt.detail.as_deref().is_some_and(|detail| detail.starts_with("suppressed"));
    // Our own list stands between; no gateway was called.
    let who = if what == What::InDoubt || suppressed { Who::Service } else { Who::Gateway };
    let end = Event::new(attempt.ended.unwrap_or(began), who, what).with(attempt.detail.clone());
    events.push(Event { reference: attempt.reference.clone(), ..by_route(end) });
    events
}

fn of_report(report: &Reported) -> Event {
    let Reported { result, state, occurred, received, applied, route } = report;
    let what = What::Reported { result: result.clone(), counted: *applied, occurred: *occurred };
    let event = Event::new(*received, Who::Gateway, what).with(Some(state.clone()));
    Event { route: route.clone(), ..event }
}

fn webhooks_about(tx: &mut Tx<'_>, order: &Order, subject: &str) -> Result<Vec<Event>> {
    let owner = crate::subscriptions::owner(&order.creator);
    let told = webhooks::told(tx, &owner, Which::About(subject), MOST)?;
    Ok(told.into_iter().map(of_delivery).collect())
}

fn of_delivery(told: Told) -> Event {
    let Told { name, standing, .. } = told;
    let what = What::Webhook {
        delivery: standing.id,
        subscription: name,
        event: standing.event.unwrap_or_default(),
        state: standing.state,
        tries: standing.tries,
    };
    Event::new(standing.ended.unwrap_or(standing.created), Who::Service, what).with(standing.outcome)
}
