//! Leaves a register alone that has stopped answering.
//!
//! ```text
//! closed ── five failures in a row, one misconfiguration, or Retry-After ──▶ open
//!   ▲                                                                    │ 15 s, doubling to 5 min
//!   └──────────── an answer ──────────── half open ◀─────────────────────┘
//!                                            └── a failure ──▶ open
//! ```
//!
//! While it is open nobody waits for the register: orders stay where they are, and a sender gets a 503
//! at once. A node's own judgement; another node may find the register well.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// Failures in a row that open it.
const MOST_FAILURES: u32 = 5;
/// The first pause; each following one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// The longest pause, unless the register asks for more.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// The longest pause that a register may ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// A breaker. It takes the moment as a value.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug)]
struct State {
    failures: u32,
    pause: Duration,
    open_until: Option<Timestamp>,
}

impl Default for State {
    fn default() -> Self {
        Self { failures: 0, pause: FIRST_PAUSE, open_until: None }
    }
}

/// How a call went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// No answer, or none of use. With the pause that was asked for.
    Passing(Option<Duration>),
    /// Nothing will change until somebody changes a setting.
    Misconfigured,
}

impl Breaker {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing can panic half-way through a change of it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call may begin; otherwise how long none may.
    pub(super) fn admit(&self, now: Timestamp) -> Result<(), Duration> {
        match self.state().open_until {
            Some(until) if until > now => {
                Err(Duration::try_from(until.duration_since(now)).unwrap_or_default())
            }
            _ => Ok(()),
        }
    }

    /// The register answered.
    pub(super) fn good(&self) {
        *self.state() = State::default();
    }

    /// The register did not. Answers whether that has just opened it.
    pub(super) fn bad(&self, how: Bad, now: Timestamp) -> bool {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        let (asked, at_once) = match how {
            Bad::Passing(asked) => (asked, asked.is_some()),
            Bad::Misconfigured => (None, true),
        };
        let already = state.open_until.is_some_and(|until| until > now);
        if already || (state.failures < MOST_FAILURES && !at_once && state.open_until.is_none()) {
            return false;
        }
        let pause = state.pause.max(asked.unwrap_or_default().min(LONGEST_ASKED));
        state.open_until = now.checked_add(pause).ok();
        state.pause = (state.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a moment")
    }

    #[test]
    fn it_opens_after_five_failures_in_a_row_and_pauses_longer_each_time() {
        let breaker = Breaker::default();
        for _ in 0..4 {
            assert!(!breaker.bad(Bad::Passing(None), at(0)));
        }
        breaker.good();
        for _ in 0..4 {
            assert!(!breaker.bad(Bad::Passing(None), at(0)));
        }
        assert_eq!(breaker.admit(at(0)), Ok(()));
        assert!(breaker.bad(Bad::Passing(None), at(0)));
        assert_eq!(breaker.admit(at(5)), Err(Duration::from_secs(10)));
        assert!(!breaker.bad(Bad::Passing(None), at(6)), "a straggler changes nothing");

        let mut now = 15;
        for pause in [30, 60, 120, 240, 300, 300] {
            assert_eq!(breaker.admit(at(now)), Ok(()), "half open");
            assert!(breaker.bad(Bad::Passing(None), at(now)));
            assert_eq!(breaker.admit(at(now)), Err(Duration::from_secs(pause)));
            now += i64::try_from(pause).expect("small");
        }
        breaker.good();
        assert!(!breaker.bad(Bad::Passing(None), at(now)));
        assert_eq!(breaker.admit(at(now)), Ok(()));
    }

    #[test]
    fn a_misconfiguration_opens_it_at_once_and_a_wish_for_patience_is_granted_within_reason() {
        let breaker = Breaker::default();
        assert!(breaker.bad(Bad::Misconfigured, at(0)));
        assert_eq!(breaker.admit(at(0)), Err(FIRST_PAUSE));
        breaker.good();
        assert!(breaker.bad(Bad::Passing(Some(Duration::from_secs(90))), at(0)));
        assert_eq!(breaker.admit(at(0)), Err(Duration::from_secs(90)));
        breaker.good();
        assert!(breaker.bad(Bad::Passing(Some(Duration::from_secs(1))), at(0)));
        assert_eq!(breaker.admit(at(0)), Err(FIRST_PAUSE));
        breaker.good();
        assert!(breaker.bad(Bad::Passing(Some(Duration::MAX)), at(0)));
        assert_eq!(breaker.admit(at(0)), Err(LONGEST_ASKED));
    }
}
