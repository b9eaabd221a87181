//! Moments, and the clock they are read from.
//!
//! Logic never asks the operating system what time it is: it is given a [`Clock`], so that tests
//! can turn it. A moment is whole microseconds, the precision both databases keep.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// Where the time comes from: the operating system, or a hand that tests turn.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// The machine's, corrected by so many microseconds.
    Corrected(Arc<AtomicI64>),
    Stepped(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// The clock of the machine, corrected by as many microseconds as `correction` says at the time. Nodes
    /// that share a database follow its clock, so that they agree about leases.
    pub const fn corrected(correction: Arc<AtomicI64>) -> Self {
        Self(Source::Corrected(correction))
    }

    /// A clock that stands at `start` until somebody turns it with [`Clock::advance`].
    pub fn stepped(start: Timestamp) -> Self {
        Self(Source::Stepped(Arc::new(AtomicI64::new(start.as_microsecond()))))
    }

    /// The moment it is now, in whole microseconds.
    pub fn now(&self) -> Timestamp {
        let microseconds = match &self.0 {
            Source::System => Timestamp::now().as_microsecond(),
            Source::Corrected(by) => {
                Timestamp::now().as_microsecond().saturating_add(by.load(Ordering::Relaxed))
            }
            Source::Stepped(hand) => hand.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(microseconds).expect("the clock stays within jiff's range")
    }

    /// Turns a stepped clock forward; every clone sees it. The system clock ignores it.
    pub fn advance(&self, by: Duration) {
        if let Source::Stepped(hand) = &self.0 {
            let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            hand.fetch_add(by, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stepped_clock_stands_until_it_is_turned() {
        let clock = Clock::stepped("2026-03-02T10:15:00Z".parse().expect("a moment"));
        let twin = clock.clone();

        assert_eq!(clock.now(), twin.now());
        clock.advance(Duration::from_secs(90));

        assert_eq!(twin.now().to_string(), "2026-03-02T10:16:30Z");
    }
}
