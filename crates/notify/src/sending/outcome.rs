//! What follows from a call to a provider: decided here, recorded in one commit.

use std::time::Duration;

use jiff::Timestamp;
use jobs::{Outcome, Stale, Taken, ledger};
use store::Tx;
use types::ids::{AttemptId, NotificationId, OrderId};

use super::{Standing, sql};
use crate::Notify;
use crate::config::InDoubt;
use crate::orders::sql::Key;
use crate::providers::{EmailResult, HandOver, Holdup, SmsResult};
use crate::recipients::Channel;
use crate::reports;
use crate::status::{record, timeline};

/// How often a result is offered to the store before it is left to the lease.
const RECORD_TRIES: u32 = 4;

/// What whoever waits for an instant message hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The provider has answered, or nobody knows; either way the message is on record.
    OnRecord,
    /// It was certainly not taken, nothing is on record, and its key is free.
    NotSent,
}

/// Why a result could not be recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error(transparent)]
    Stale(#[from] Stale),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What the provider did, on either channel.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    Taken { reference: Option<String> },
    Refused { standing: Standing, detail: String },
    NotTaken { after: Option<Duration>, cause: Holdup },
    Doubt { cause: String },
}

impl From<HandOver<SmsResult>> for Fact {
    fn from(hand_over: HandOver<SmsResult>) -> Self {
        Self::of(hand_over, Standing::Sms)
    }
}

impl From<HandOver<EmailResult>> for Fact {
    fn from(hand_over: HandOver<EmailResult>) -> Self {
        Self::of(hand_over, Standing::Email)
    }
}

impl Fact {
    fn of<R>(hand_over: HandOver<R>, standing: fn(R) -> Standing) -> Self {
        match hand_over {
            HandOver::Accepted { gateway_reference } => Self::Taken { reference: gateway_reference },
            HandOver::Refused { result, detail } => Self::Refused { standing: standing(result), detail },
            HandOver::TryLater { after, cause } => Self::NotTaken { after, cause },
            HandOver::Unknown { cause } => Self::Doubt { cause },
        }
    }

    /// The attempt's outcome, and more about it.
    fn in_ledger(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Taken { .. } => ("accepted", None),
            Self::Refused { detail, .. } => ("refused", Some(detail)),
            Self::NotTaken { cause: Holdup::Misconfigured(detail), .. } => ("misconfigured", Some(detail)),
            Self::NotTaken { cause, .. } => ("not_taken", Some(cause.detail())),
            Self::Doubt { cause } => ("unknown", Some(cause)),
        }
    }
}

/// A call that is or was under way, with what is needed to record its end.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) notification: NotificationId,
    pub(crate) order: OrderId,
    pub(crate) channel: Channel,
    pub(crate) attempt: AttemptId,
    pub(crate) expires: Timestamp,
    /// Whether an earlier attempt may have had its effect.
    pub(crate) was_in_doubt: bool,
    /// The key to free when an instant SMS was certainly not taken.
    pub(crate) key: Option<Key>,
}

/// How tries follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) in_doubt: InDoubt,
    pub(crate) doubt_wait: Duration,
    /// The ladder's pause after this many tries.
    pub(crate) pause: Duration,
}

/// What is to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Decision {
    standing: Standing,
    in_doubt: bool,
    then: Then,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Then {
    Finish,
    PutOff(Timestamp, String),
    /// As if it had never been asked for.
    Remove(Key),
}

/// Decides what follows. Pure.
fn decide(call: &Call, fact: &Fact, policy: Policy, now: Timestamp) -> Decision {
    let channel = call.channel;
    let in_time =
        |pause: Duration| now.checked_add(pause).unwrap_or(Timestamp::MAX).min(call.expires.max(now));
    let decision = |standing, then| Decision { standing, in_doubt: call.was_in_doubt, then };
    match fact {
        Fact::Taken { .. } => decision(Standing::taken(channel), Then::Finish),
        Fact::Refused { standing, .. } => decision(*standing, Then::Finish),
        Fact::NotTaken { after, cause } => {
            let at = in_time(policy.pause.max(after.unwrap_or_default()));
            let put_off = || Then::PutOff(at, cause.detail().to_owned());
            decision(Standing::new(channel), call.key.clone().map_or_else(put_off, Then::Remove))
        }
        Fact::Doubt { cause } => {
            let repeats = policy.in_doubt == InDoubt::RepeatOnce && !call.was_in_doubt;
            let then =
                if repeats { Then::PutOff(in_time(policy.doubt_wait), cause.clone()) } else { Then::Finish };
            Decision { standing: Standing::sending(channel), in_doubt: true, then }
        }
    }
}

/// A call that has ended, in the hands of the job that made it.
#[derive(Clone, Debug)]
pub(crate) struct Concluded {
    pub(crate) taken: Taken,
    pub(crate) call: Call,
    pub(crate) fact: Fact,
}

/// Records how a call ended, together with all that follows, and tells what a waiting caller hears.
///
/// When the store fails, it is tried again for a moment; after that the attempt stays open in the
/// ledger, and the lease brings the job back to find it in doubt.
pub(crate) async fn conclude(app: &Notify, concluded: Concluded) -> (Outcome, Ended) {
    let policy = app.sending_policy(concluded.call.channel, concluded.taken.tries);
    warn_of(&concluded.fact);
    let mut pause = Duration::from_millis(20);
    let mut may_be_recorded = false;
    for _ in 0..RECORD_TRIES {
        let now = app.clock().now();
        let decision = decide(&concluded.call, &concluded.fact, policy, now);
        let ended = if matches!(decision.then, Then::Remove(_)) { Ended::NotSent } else { Ended::OnRecord };
        let piece = concluded.clone();
        let written = app.store().write(move |tx| settle(tx, &piece, &decision, now)).await;
        match written {
            Ok(()) => return (Outcome::Settled, ended),
            // The job is gone because we have finished it: only the answer was lost.
            Err(RecordError::Stale(_)) if may_be_recorded => return (Outcome::Settled, ended),
            Err(RecordError::Stale(_)) => {
                record_late(app, concluded).await;
                return (Outcome::Settled, Ended::OnRecord);
            }
            Err(RecordError::Store(error)) => {
                may_be_recorded |= matches!(error, store::Error::OutcomeUnknown);
                tracing::error!(%error, "could not record how a hand-over ended; trying again");
            }
        }
        tokio::time::sleep(pause).await;
        pause *= 4;
    }
    (Outcome::Settled, Ended::OnRecord)
}

fn settle(
    tx: &mut Tx<'_>,
    concluded: &Concluded,
    decision: &Decision,
    now: Timestamp,
) -> Result<(), RecordError> {
    let Concluded { taken, call, .. } = concluded;
    close_attempt(tx, concluded, now)?;
    match &decision.then {
        Then::Remove(key) => {
            crate::orders::sql::remove_chain(tx, key, call.order)?;
            return taken.finish(tx);
        }
        Then::Finish => taken.finish::<RecordError>(tx)?,
        Then::PutOff(at, reason) => taken.put_off::<RecordError>(tx, *at, reason)?,
    }
    apply(tx, concluded, decision.standing, decision.in_doubt, now)?;
    Ok(())
}

/// The lease had run out, but what the provider said is true all the same.
async fn record_late(app: &Notify, concluded: Concluded) {
    let now = app.clock().now();
    let standing = match &concluded.fact {
        Fact::Taken { .. } => Some(Standing::taken(concluded.call.channel)),
        Fact::Refused { standing, .. } => Some(*standing),
        Fact::NotTaken { .. } | Fact::Doubt { .. } => None,
    };
    let written: Result<(), store::Error> = app
        .store()
        .write(move |tx| {
            close_attempt(tx, &concluded, now)?;
            match standing {
                Some(standing) => apply(tx, &concluded, standing, false, now),
                None => Ok(()),
            }
        })
        .await;
    if let Err(error) = written {
        tracing::error!(%error, "could not record a hand-over that ended after its lease");
    }
}

fn close_attempt(tx: &mut Tx<'_>, concluded: &Concluded, now: Timestamp) -> Result<(), store::Error> {
    let (outcome, detail) = concluded.fact.in_ledger();
    let reference = match &concluded.fact {
        Fact::Taken { reference } => reference.as_deref(),
        _ => None,
    };
    let end = ledger::End { outcome, reference, detail };
    match &concluded.fact {
        Fact::Doubt { .. } => ledger::mark_unknown(tx, concluded.call.attempt, &end, now),
        _ => ledger::end(tx, concluded.call.attempt, &end, now),
    }
}

fn apply(
    tx: &mut Tx<'_>,
    concluded: &Concluded,
    standing: Standing,
    in_doubt: bool,
    now: Timestamp,
) -> Result<(), store::Error> {
    let Concluded { call, fact, .. } = concluded;
    let reference = match fact {
        Fact::Taken { reference } => reference.as_deref(),
        _ => None,
    };
    let changed = sql::record_call(tx, call.notification, standing, reference, in_doubt, now)?;
    if let Fact::Doubt { cause } = fact {
        timeline::record(tx, call.order, "in doubt", Some(cause), now)?;
    }
    if changed && standing.is_final() {
        record::complete_if_done(tx, call.order, now)?;
    }
    match reference {
        // A fast gateway reports before its answer is stored.
        Some(reference) => reports::adopt(tx, call.channel, reference, now),
        None => Ok(()),
    }
}

fn warn_of(fact: &Fact) {
    match fact {
        Fact::NotTaken { cause: Holdup::Misconfigured(detail), .. } => {
            tracing::error!(%detail, "a provider does not accept our configuration; messages wait");
        }
        Fact::Doubt { cause } => tracing::warn!(%cause, "nobody knows whether a message was taken"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Creator;
    use crate::orders::sql::Space;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    const NOW: &str = "2026-03-02T10:00:00Z";

    fn call(key: Option<Key>) -> Call {
        let id = uuid::Uuid::from_u128(7);
        Call {
            notification: NotificationId::new(id),
            order: OrderId::new(id),
            channel: Channel::Sms,
            attempt: AttemptId::new(id),
            expires: at("2026-03-02T10:01:00Z"),
            was_in_doubt: false,
            key,
        }
    }

    fn key() -> Key {
        let idempotency_id = "a".to_owned();
        Key { creator: Creator::new("bym"), space: Space::Instant, idempotency_id }
    }

    fn policy(in_doubt: InDoubt) -> Policy {
        let seconds = Duration::from_secs;
        Policy { in_doubt, doubt_wait: seconds(30), pause: seconds(2) }
    }

    fn decided(call: &Call, fact: &Fact, in_doubt: InDoubt) -> Decision {
        decide(call, fact, policy(in_doubt), at(NOW))
    }

    fn passing(after: Option<u64>) -> Fact {
        let cause = Holdup::Passing("busy".to_owned());
        Fact::NotTaken { after: after.map(Duration::from_secs), cause }
    }

    #[test]
    fn what_was_not_taken_is_tried_again_in_time() {
        let again = |fact: &Fact| decided(&call(None), fact, InDoubt::Stop).then;
        let at = |text: &str| Then::PutOff(at(text), "busy".to_owned());
        assert_eq!(again(&passing(None)), at("2026-03-02T10:00:02Z"));
        assert_eq!(again(&passing(Some(20))), at("2026-03-02T10:00:20Z"));
        assert_eq!(again(&passing(Some(600))), at("2026-03-02T10:01:00Z"));
    }

    #[test]
    fn an_instant_message_that_was_not_taken_frees_its_key() {
        let decision = decided(&call(Some(key())), &passing(None), InDoubt::Stop);
        assert_eq!(decision.then, Then::Remove(key()));
    }

    #[test]
    fn doubt_stops_or_repeats_once() {
        let doubt = Fact::Doubt { cause: "silence".to_owned() };
        let first = decided(&call(Some(key())), &doubt, InDoubt::Stop);
        assert_eq!((first.standing.as_str(), first.in_doubt, first.then), ("Sending", true, Then::Finish));

        let repeated = decided(&call(None), &doubt, InDoubt::RepeatOnce);
        assert_eq!(repeated.then, Then::PutOff(at("2026-03-02T10:00:30Z"), "silence".to_owned()));
        let again = Call { was_in_doubt: true, ..call(None) };
        assert_eq!(decided(&again, &doubt, InDoubt::RepeatOnce).then, Then::Finish);
    }
}
