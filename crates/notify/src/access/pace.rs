//! How often each creator may call: a bucket of tokens for each, on this node.
//!
//! A bucket is kept as one moment, the one at which it will be full again (the generic cell rate
//! algorithm). Whoever comes when less than one token is left is told when to come again.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use types::time::Clock;

use super::Creator;
use crate::problem::Problem;

/// The name in the configuration that stands for every creator without a limit of its own.
const EVERYBODY: &str = "*";

/// How often a creator may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Calls that come back in a minute.
    pub per_minute: NonZeroU32,
    /// Calls at once, after a rest.
    pub burst: NonZeroU32,
}

/// The limits of creators by short name; `*` is for all others.
pub type Limits = BTreeMap<String, Limit>;

/// Who has called how often.
#[derive(Debug)]
pub(super) struct Pace {
    limits: ArcSwap<Limits>,
    clock: Clock,
    /// When each creator's bucket is full again.
    full_at: Mutex<HashMap<Creator, Timestamp>>,
}

impl Pace {
    pub(super) fn new(limits: Limits, clock: Clock) -> Self {
        Self { limits: ArcSwap::from_pointee(limits), clock, full_at: Mutex::default() }
    }

    /// Goes on with other limits. What has been counted counts.
    pub(super) fn set_limits(&self, limits: Limits) {
        self.limits.store(Arc::new(limits));
    }

    /// Counts one call.
    pub(super) fn count(&self, creator: &Creator) -> Result<(), Problem> {
        let limits = self.limits.load();
        let Some(limit) = limits.get(creator.as_str()).or_else(|| limits.get(EVERYBODY)) else {
            return Ok(());
        };
        let now = self.clock.now();
        let mut all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = all.get(creator).copied().unwrap_or(now);
        match limit.take(full_at, now) {
            Ok(full_at) => {
                all.insert(creator.clone(), full_at);
                Ok(())
            }
            Err(wait) => {
                tracing::info!(%creator, "refused a call: too many");
                let seconds = u64::try_from(wait.as_secs()).unwrap_or(0);
                Err(Problem::TooMany { after_seconds: seconds + u64::from(wait.subsec_nanos() > 0) })
            }
        }
    }
}

impl Limit {
    /// The moment of a full bucket after one more call, or how long to wait before it.
    fn take(self, full_at: Timestamp, now: Timestamp) -> Result<Timestamp, SignedDuration> {
        let one = SignedDuration::from_mins(1) / i32::try_from(self.per_minute.get()).unwrap_or(i32::MAX);
        let full_at = full_at.max(now);
        let spare = one * i32::try_from(self.burst.get() - 1).unwrap_or(i32::MAX);
        let missing = full_at.duration_since(now) - spare;
        if missing > SignedDuration::ZERO {
            Err(missing)
        } else {
            Ok(full_at.saturating_add(one).unwrap_or(now))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limit(per_minute: u32, burst: u32) -> Limit {
        let count = |count| NonZeroU32::new(count).expect("more than none");
        Limit { per_minute: count(per_minute), burst: count(burst) }
    }

    #[test]
    fn a_burst_passes_and_then_one_call_at_a_time_at_the_pace() {
        let clock = Clock::stepped("2026-03-02T10:00:00Z".parse().expect("a moment"));
        let limits = Limits::from([("bym".to_owned(), limit(6, 2)), (EVERYBODY.to_owned(), limit(1, 1))]);
        let pace = Pace::new(limits, clock.clone());
        let (bym, ttd) = (Creator::new("bym"), Creator::new("ttd"));
        let wait = |creator: &Creator| match pace.count(creator) {
            Ok(()) => 0,
            Err(Problem::TooMany { after_seconds }) => after_seconds,
            Err(other) => panic!("{other}"),
        };

        assert_eq!([wait(&bym), wait(&bym), wait(&bym)], [0, 0, 10]);
        assert_eq!([wait(&ttd), wait(&ttd)], [0, 60], "each has a bucket of its own");
        clock.advance(Duration::from_millis(9_500));
        assert_eq!(wait(&bym), 1);
        clock.advance(Duration::from_millis(500));
        assert_eq!([wait(&bym), wait(&bym)], [0, 10]);
        clock.advance(Duration::from_secs(600));
        assert_eq!([wait(&bym), wait(&bym), wait(&bym)], [0, 0, 10], "rest does not save up for more");
    }

    #[test]
    fn without_a_limit_nobody_is_counted() {
        let clock = Clock::stepped(Timestamp::UNIX_EPOCH);
        let pace = Pace::new(Limits::from([("ttd".to_owned(), limit(1, 1))]), clock);
        for _ in 0..100 {
            assert!(pace.count(&Creator::new("bym")).is_ok());
        }
    }
}
