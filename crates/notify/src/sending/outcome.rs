//! What follows from a call to a provider: decided here, recorded by `settle.rs`.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jobs::Stale;
use types::ids::{AttemptId, NotificationId, OrderId};

use super::{Standing, doubt};
use crate::access::Creator;
use crate::config::InDoubt;
use crate::orders::sql::Key;
use crate::recipients::Channel;
use crate::routes::Way;
use crate::text::without_nul;
use gateways::{EmailResult, HandOver, Holdup, SmsResult};

/// What whoever waits for an instant message hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The provider has answered, or nobody knows; either way the message is on record.
    OnRecord,
    /// It was certainly not taken, nothing is on record, and its key is free.
    NotSent,
    /// It was certainly not taken, and goes by another route now: that attempt is on disk.
    GoesOn,
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
    Taken {
        reference: Option<String>,
    },
    /// Taken; the provider says later what comes of it.
    UnderWay {
        reference: String,
        after: Option<Duration>,
    },
    Refused {
        standing: Standing,
        detail: String,
    },
    NotTaken {
        after: Option<Duration>,
        cause: Holdup,
    },
    Doubt {
        cause: String,
        /// Whether the provider was asked, and has not heard of it yet.
        not_known: bool,
    },
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
    /// As figures call it.
    pub(super) const fn in_one_word(&self) -> &'static str {
        match self {
            Self::Taken { .. } | Self::UnderWay { .. } => "taken",
            Self::Refused { .. } => "refused",
            Self::NotTaken { .. } => "not_taken",
            Self::Doubt { .. } => "in_doubt",
        }
    }

    fn of<R>(hand_over: HandOver<R>, standing: fn(R) -> Standing) -> Self {
        match hand_over {
            HandOver::Accepted { gateway_reference } => {
                Self::Taken { reference: gateway_reference.map(without_nul) }
            }
            HandOver::UnderWay { gateway_reference, after } => {
                Self::UnderWay { reference: without_nul(gateway_reference), after }
            }
            HandOver::Refused { result, detail } => {
                Self::Refused { standing: standing(result), detail: without_nul(detail) }
            }
            HandOver::TryLater { after, cause } => {
                let cause = match cause {
                    Holdup::Passing(detail) => Holdup::Passing(without_nul(detail)),
                    Holdup::RateLimited(detail) => Holdup::RateLimited(without_nul(detail)),
                    Holdup::Misconfigured(detail) => Holdup::Misconfigured(without_nul(detail)),
                    Holdup::TooLate => Holdup::TooLate,
                };
                Self::NotTaken { after, cause }
            }
            HandOver::Unknown { cause } => Self::Doubt { cause: without_nul(cause), not_known: false },
        }
    }

    /// A route was asked to carry what belongs to the other channel.
    pub(crate) fn of_another_channel() -> Self {
        Self::NotTaken { after: None, cause: Holdup::Misconfigured("a route of another channel".to_owned()) }
    }

    /// Whether another route may take the message: this one certainly has not.
    pub(super) const fn may_go_elsewhere(&self) -> bool {
        matches!(self, Self::NotTaken { cause, .. } if !matches!(cause, Holdup::TooLate))
    }

    /// The provider's own name for the message, if it has it.
    pub(super) fn reference(&self) -> Option<&str> {
        match self {
            Self::Taken { reference } => reference.as_deref(),
            Self::UnderWay { reference, .. } => Some(reference),
            _ => None,
        }
    }

    /// The attempt's outcome, and more about it.
    pub(super) fn in_ledger(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Taken { .. } | Self::UnderWay { .. } => ("accepted", None),
            Self::Refused { detail, .. } => ("refused", Some(detail)),
            Self::NotTaken { cause: Holdup::Misconfigured(detail), .. } => ("misconfigured", Some(detail)),
            Self::NotTaken { cause, .. } => ("not_taken", Some(cause.detail())),
            Self::Doubt { cause, not_known: true } => (doubt::NOT_KNOWN, Some(cause)),
            Self::Doubt { cause, not_known: false } => ("unknown", Some(cause)),
        }
    }
}

/// A call that is or was under way, with what is needed to record its end.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) notification: NotificationId,
    pub(crate) order: OrderId,
    /// Whose it is. A job's owner only says in whose turn it is done.
    pub(crate) creator: Creator,
    pub(crate) channel: Channel,
    pub(crate) attempt: AttemptId,
    /// The route it takes.
    pub(crate) way: Arc<Way>,
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
pub(super) struct Decision {
    pub(super) standing: Standing,
    pub(super) in_doubt: bool,
    pub(super) then: Then,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Finish,
    PutOff(Timestamp, String),
    /// As [`Then::PutOff`], but it was no try: the message had no part in what happened.
    PutBack(Timestamp, String),
    /// It goes by another route, and its job stays where it is.
    Another,
    /// As if it had never been asked for.
    Remove(Key),
}

/// Decides what follows. Pure.
pub(super) fn decide(call: &Call, fact: &Fact, policy: Policy, now: Timestamp) -> Decision {
    let channel = call.channel;
    let in_time =
        |pause: Duration| now.checked_add(pause).unwrap_or(Timestamp::MAX).min(call.expires.max(now));
    let decision = |standing, then| Decision { standing, in_doubt: call.was_in_doubt, then };
    match fact {
        Fact::Taken { .. } => decision(Standing::taken(channel), Then::Finish),
        // It is on its way for as long as the provider has not said that it is done with it.
        Fact::UnderWay { .. } => decision(Standing::sending(channel), Then::Finish),
        Fact::Refused { standing, .. } => decision(*standing, Then::Finish),
        Fact::NotTaken { after, cause } => {
            let at = in_time(policy.pause.max(after.unwrap_or_default()));
            let words = cause.detail().to_owned();
            let put_off = || match cause {
                Holdup::RateLimited(_) | Holdup::Misconfigured(_) => Then::PutBack(at, words),
                Holdup::Passing(_) | Holdup::TooLate => Then::PutOff(at, words),
            };
            decision(Standing::new(channel), call.key.clone().map_or_else(put_off, Then::Remove))
        }
        Fact::Doubt { cause, not_known: true } => {
            let then = Then::PutBack(in_time(doubt::SETTLES), cause.clone());
            Decision { standing: Standing::sending(channel), in_doubt: true, then }
        }
        Fact::Doubt { cause, not_known: false } => {
            let repeats = policy.in_doubt == InDoubt::RepeatOnce && !call.was_in_doubt;
            let then =
                if repeats { Then::PutOff(in_time(policy.doubt_wait), cause.clone()) } else { Then::Finish };
            Decision { standing: Standing::sending(channel), in_doubt: true, then }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            creator: Creator::new("bym"),
            channel: Channel::Sms,
            attempt: AttemptId::new(id),
            way: Way::nowhere(),
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
        let doubt = Fact::Doubt { cause: "silence".to_owned(), not_known: false };
        let first = decided(&call(Some(key())), &doubt, InDoubt::Stop);
        assert_eq!((first.standing.as_str(), first.in_doubt, first.then), ("Sending", true, Then::Finish));

        let repeated = decided(&call(None), &doubt, InDoubt::RepeatOnce);
        assert_eq!(repeated.then, Then::PutOff(at("2026-03-02T10:00:30Z"), "silence".to_owned()));
        let again = Call { was_in_doubt: true, ..call(None) };
        assert_eq!(decided(&again, &doubt, InDoubt::RepeatOnce).then, Then::Finish);
    }
}
