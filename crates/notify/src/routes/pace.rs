//! How many messages a second a route lets through. Pure.
//!
//! Two token buckets make up the rate: a fifth is kept for instant messages, which may also draw on the rest.
//! A provider that asks for patience halves the rate; it comes back by a twentieth a minute.

use std::time::Duration;

use gateways::Urgency;
use jiff::Timestamp;

/// The share that is kept for instant messages.
const RESERVED: f64 = 0.2;
/// What comes back of the rate each minute.
const A_MINUTE: f64 = 0.05;
/// The least that is left of it.
const LEAST: f64 = 0.05;

/// One node's pace on a route.
#[derive(Debug)]
pub(super) struct Pace {
    per_second: f64,
    /// What is left of the rate.
    share: f64,
    ordinary: f64,
    reserved: f64,
    at: Option<Timestamp>,
}

impl Pace {
    pub(super) fn new(per_second: f64) -> Self {
        let ordinary = room(per_second * (1.0 - RESERVED));
        Self { per_second, share: 1.0, ordinary, reserved: room(per_second * RESERVED), at: None }
    }

    /// Lets so many through from here on; what a provider has slowed down stays slow.
    pub(super) const fn set_rate(&mut self, per_second: f64) {
        self.per_second = per_second;
    }

    /// Takes a place, or says how long it is until there may be one.
    pub(super) fn take(&mut self, urgency: Urgency, nodes: u32, now: Timestamp) -> Result<(), Duration> {
        self.refill(nodes, now);
        let rate = self.rate(nodes) * (1.0 - RESERVED);
        let bucket = match urgency {
            Urgency::Instant if self.reserved >= 1.0 => &mut self.reserved,
            Urgency::Instant | Urgency::Ordinary => &mut self.ordinary,
        };
        if *bucket >= 1.0 {
            *bucket -= 1.0;
            return Ok(());
        }
        Err(Duration::try_from_secs_f64((1.0 - *bucket) / rate).unwrap_or(Duration::from_secs(60)))
    }

    /// Places for ordinary messages now.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole places, and never fewer than none"
    )]
    pub(super) fn room(&mut self, nodes: u32, now: Timestamp) -> usize {
        self.refill(nodes, now);
        self.ordinary as usize
    }

    /// The provider asks for patience.
    pub(super) fn slow_down(&mut self) {
        self.share = (self.share / 2.0).max(LEAST);
    }

    fn rate(&self, nodes: u32) -> f64 {
        self.per_second * self.share / f64::from(nodes.max(1))
    }

    fn refill(&mut self, nodes: u32, now: Timestamp) {
        let last = *self.at.get_or_insert(now);
        let passed = now.duration_since(last).as_secs_f64();
        if passed <= 0.0 {
            return;
        }
        self.at = Some(now);
        self.share = (self.share + A_MINUTE * passed / 60.0).min(1.0);
        let rate = self.rate(nodes);
        let fill = |held: f64, rate: f64| (held + passed * rate).min(room(rate));
        self.ordinary = fill(self.ordinary, rate * (1.0 - RESERVED));
        self.reserved = fill(self.reserved, rate * RESERVED);
    }
}

/// A second's worth, and at least one.
const fn room(rate: f64) -> f64 {
    rate.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_780_000_000_000 + milliseconds).expect("a moment")
    }

    fn taken(pace: &mut Pace, urgency: Urgency, from: i64, to: i64, nodes: u32) -> usize {
        (from..to).step_by(10).filter(|now| pace.take(urgency, nodes, at(*now)).is_ok()).count()
    }

    #[test]
    fn a_fifth_of_the_rate_is_left_for_instant_messages() {
        let mut pace = Pace::new(10.0);
        // The first second begins with a second's worth.
        taken(&mut pace, Urgency::Ordinary, 0, 1000, 1);
        assert_eq!(taken(&mut pace, Urgency::Ordinary, 1000, 11_000, 1), 80);
        assert!(pace.take(Urgency::Ordinary, 1, at(11_000)).is_err());
        assert!(pace.take(Urgency::Instant, 1, at(11_000)).is_ok());
        assert!(pace.take(Urgency::Instant, 1, at(11_000)).is_ok());
    }

    #[test]
    fn nodes_share_a_rate() {
        let mut pace = Pace::new(20.0);
        taken(&mut pace, Urgency::Ordinary, 0, 1000, 2);
        assert_eq!(taken(&mut pace, Urgency::Ordinary, 1000, 11_000, 2), 80);
    }

    #[test]
    fn a_halved_rate_comes_back_by_a_twentieth_a_minute() {
        let mut pace = Pace::new(10.0);
        pace.take(Urgency::Ordinary, 1, at(0)).expect("a place");
        pace.slow_down();
        assert!((pace.share - 0.5).abs() < 1e-9);
        pace.room(1, at(60_000));
        assert!((pace.share - 0.55).abs() < 1e-9);
        pace.room(1, at(20 * 60_000));
        assert!((pace.share - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_slow_route_lets_one_through_at_a_time() {
        let mut pace = Pace::new(0.5);
        assert_eq!(pace.take(Urgency::Ordinary, 1, at(0)), Ok(()));
        let wait = pace.take(Urgency::Ordinary, 1, at(0)).expect_err("a wait");
        assert!((wait.as_secs_f64() - 2.5).abs() < 0.01, "{wait:?}");
        assert_eq!(pace.take(Urgency::Ordinary, 1, at(2_600)), Ok(()));
    }
}
