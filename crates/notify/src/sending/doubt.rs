//! Attempts in doubt: the provider is asked where it can be, before anything is repeated or given up.
//!
//! A provider that has never heard of an attempt may hear of it yet: only when it says so twice, five seconds
//! apart, was the message certainly not taken. Where it cannot be asked, the sender's policy holds.

use std::time::Duration;

use gateways::LookUp;
use jiff::Timestamp;
use jobs::{Taken, ledger};
use store::Tx;
use types::ids::AttemptId;

use super::begin::Beginning;
use super::outcome::{Call, Fact, RecordError};
use super::settle::{Concluded, Next, conclude};
use super::{Notification, Standing, sql};
use crate::Notify;
use crate::config::InDoubt;
use crate::routes::Way;
use crate::status::timeline;
use crate::text::without_nul;

/// How long after the first question the second is asked.
pub(super) const SETTLES: Duration = Duration::from_secs(5);
/// The outcome of an attempt that its provider did not know when it was asked once.
pub(super) const NOT_KNOWN: &str = "not_known";

/// A notification with attempts whose effect nobody knows.
pub(super) struct Doubt {
    pub(super) notification: Notification,
    pub(super) attempts: Vec<ledger::Attempt>,
}

/// What came of asking.
pub(super) enum Resolved {
    /// The message is to be sent now.
    GoOn,
    /// The job has been dealt with.
    Over,
}

/// What the providers say about all attempts of a message.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Taken(usize, Option<String>),
    AllUnknown,
    Nothing,
}

/// Asks right after a call that gave no readable answer.
pub(super) async fn ask_at_once(way: &Way, attempt: AttemptId, fact: Fact) -> Fact {
    let Fact::Doubt { cause, .. } = fact else {
        return fact;
    };
    match way.carrier.look_up(attempt).await {
        LookUp::Taken { gateway_reference } => taken_by(way, gateway_reference.map(without_nul)),
        LookUp::Unknown => Fact::Doubt { cause, not_known: true },
        LookUp::CannotTell => Fact::Doubt { cause, not_known: false },
    }
}

/// The provider has the message after all; where it works on what it takes, it says later what comes of it.
fn taken_by(way: &Way, reference: Option<String>) -> Fact {
    match (way.carrier.following(), reference) {
        (Some(_), Some(reference)) => Fact::UnderWay { reference, after: None },
        (_, reference) => Fact::Taken { reference },
    }
}

/// Asks about attempts and decides what follows.
pub(super) async fn resolve(
    app: &Notify,
    taken: &Taken,
    doubt: Doubt,
    beginning: &Beginning,
) -> Result<Resolved, RecordError> {
    let now = app.clock().now();
    match ask_all(app, &doubt).await {
        Said::Taken(place, reference) => {
            let call = call_of(app, &doubt, place, beginning);
            let fact = taken_by(&call.way, reference);
            conclude(app, Concluded { taken: taken.clone(), call, fact, next: Next::None }).await;
            Ok(Resolved::Over)
        }
        Said::AllUnknown if doubt.attempts.iter().all(|attempt| is_settled(attempt, now)) => {
            write_not_taken(app, taken, doubt, now).await
        }
        Said::AllUnknown => write_not_known(app, taken, doubt, now).await,
        Said::Nothing => follow_policy(app, taken, doubt, beginning, now).await,
    }
}

async fn ask_all(app: &Notify, doubt: &Doubt) -> Said {
    let channel = doubt.notification.standing.channel();
    let mut unknown = 0;
    for (place, attempt) in doubt.attempts.iter().enumerate() {
        let Some(way) = app.ways().named(channel, Some(&attempt.route)) else { continue };
        match way.carrier.look_up(attempt.id).await {
            LookUp::Taken { gateway_reference } => {
                return Said::Taken(place, gateway_reference.map(without_nul));
            }
            LookUp::Unknown => unknown += 1,
            LookUp::CannotTell => {}
        }
    }
    if unknown == doubt.attempts.len() { Said::AllUnknown } else { Said::Nothing }
}

/// Whether a provider has said before that it does not know the attempt, and long enough ago.
fn is_settled(attempt: &ledger::Attempt, now: Timestamp) -> bool {
    let settled = |asked: Timestamp| asked.checked_add(SETTLES).is_ok_and(|settled| settled <= now);
    attempt.outcome.as_deref() == Some(NOT_KNOWN) && attempt.ended.is_some_and(settled)
}

fn call_of(app: &Notify, doubt: &Doubt, place: usize, beginning: &Beginning) -> Call {
    let Doubt { notification, attempts } = doubt;
    let channel = notification.standing.channel();
    let way = app.ways().named(channel, Some(&attempts[place].route)).unwrap_or(&beginning.way);
    Call {
        notification: notification.id,
        order: notification.order,
        creator: notification.creator.clone(),
        channel,
        attempt: attempts[place].id,
        way: std::sync::Arc::clone(way),
        expires: notification.expires,
        was_in_doubt: false,
        key: None,
    }
}

/// Every provider has said twice that it does not know the message: it was certainly not taken.
async fn write_not_taken(
    app: &Notify,
    taken: &Taken,
    doubt: Doubt,
    now: Timestamp,
) -> Result<Resolved, RecordError> {
    let (job, doubt) = (taken.clone(), std::sync::Arc::new(doubt));
    let work = move |tx: &mut Tx<'_>| {
        job.check::<RecordError>(tx)?;
        let Doubt { notification, attempts } = &*doubt;
        sql::clear_doubt(tx, notification.id)?;
        for attempt in attempts {
            let detail = Some("the provider was asked twice and does not know it");
            ledger::end(tx, attempt.id, &ledger::End { outcome: "not_taken", detail, reference: None }, now)?;
        }
        timeline::record(tx, notification.order, "doubt resolved", Some("it was not taken"), now)?;
        Ok(Resolved::GoOn)
    };
    app.store().write(work).await
}

/// A provider does not know the message yet: it is asked once more.
async fn write_not_known(
    app: &Notify,
    taken: &Taken,
    doubt: Doubt,
    now: Timestamp,
) -> Result<Resolved, RecordError> {
    let (job, attempts) = (taken.clone(), doubt.attempts);
    let work = move |tx: &mut Tx<'_>| {
        let again = now.checked_add(SETTLES).unwrap_or(Timestamp::MAX);
        job.put_back::<RecordError>(tx, again, "the provider is asked again")?;
        for attempt in &attempts {
            if attempt.outcome.as_deref() != Some(NOT_KNOWN) {
                let detail = attempt.detail.as_deref();
                let end = ledger::End { outcome: NOT_KNOWN, detail, reference: None };
                ledger::mark_unknown(tx, attempt.id, &end, now)?;
            }
        }
        Ok(Resolved::Over)
    };
    app.store().write(work).await
}

/// What the sender wants when nobody can be asked.
#[derive(Debug, PartialEq, Eq)]
enum Silence {
    Repeat,
    Wait(Timestamp),
    Stop,
}

fn after_silence(policy: InDoubt, wait: Duration, attempts: &[ledger::Attempt], now: Timestamp) -> Silence {
    // One repetition; the second doubt is the last.
    let [only] = attempts else { return Silence::Stop };
    if policy == InDoubt::Stop {
        return Silence::Stop;
    }
    let since = only.ended.unwrap_or(now);
    let at = since.checked_add(wait).unwrap_or(Timestamp::MAX);
    if at <= now { Silence::Repeat } else { Silence::Wait(at) }
}

async fn follow_policy(
    app: &Notify,
    taken: &Taken,
    doubt: Doubt,
    beginning: &Beginning,
    now: Timestamp,
) -> Result<Resolved, RecordError> {
    let follows = after_silence(beginning.in_doubt, beginning.doubt_wait, &doubt.attempts, now);
    let (job, notification) = (taken.clone(), doubt.notification);
    let repeats = follows == Silence::Repeat;
    let work = move |tx: &mut Tx<'_>| match follows {
        Silence::Stop => job.finish::<RecordError>(tx),
        Silence::Wait(at) => {
            job.put_off::<RecordError>(tx, at.min(notification.expires.max(now)), "in doubt")
        }
        Silence::Repeat => {
            job.check::<RecordError>(tx)?;
            let words = Some("the first copy may have arrived");
            Ok(timeline::record(tx, notification.order, "sent again", words, now)?)
        }
    };
    app.store().write(work).await?;
    if !repeats {
        return Ok(Resolved::Over);
    }
    app.count_duplicate_risk(&beginning.way).await;
    Ok(Resolved::GoOn)
}

/// Marks attempts whose worker was lost: they may have had their effect.
pub(super) fn mark_lost(
    tx: &mut Tx<'_>,
    notification: &Notification,
    lost: &mut [ledger::Attempt],
    beginning: &Beginning,
) -> Result<(), RecordError> {
    let now = beginning.now;
    for attempt in lost.iter_mut() {
        let end = ledger::End { outcome: "unknown", detail: Some("the worker was lost"), reference: None };
        ledger::mark_unknown(tx, attempt.id, &end, now)?;
        attempt.ended = Some(now);
    }
    let sending = Standing::sending(notification.standing.channel());
    let Notification { id, order, .. } = *notification;
    let route = std::sync::Arc::clone(&beginning.way.name);
    let end = sql::CallEnd {
        notification: id,
        order,
        to: sending,
        reference: None,
        route,
        in_doubt: true,
        at: now,
    };
    sql::record_calls(tx, &[end])?;
    let words = Some("the worker was lost during a hand-over");
    timeline::record(tx, order, "in doubt", words, now)?;
    Ok(())
}
