//! How messages are shared between a channel's routes, and when shares move. Pure.
//!
//! At rest, shares are as the weights. Errors and slowness take ten points from a route's share at a time and
//! give them to the routes that are well; quiet brings them back. Gradual, because a full switch on the
//! first error flaps, and meets the other gateway cold.

use jiff::{SignedDuration, Timestamp};

use super::state::{Event, FULL, State, is_past};

/// More errors than this in [`ERRORS_WITHIN`] lower a score.
const MANY_ERRORS: i64 = 50;
const ERRORS_WITHIN: SignedDuration = SignedDuration::from_secs(60);
/// Seconds between two steps down for errors.
const BETWEEN_ERRORS: i64 = 60;
/// Seconds between two steps down for slowness.
const BETWEEN_SLOW: i64 = 300;
/// Messages of this time are looked at for slowness.
const SLOW_WITHIN: SignedDuration = SignedDuration::from_mins(15);
/// A message that is not delivered within this time is slow.
pub(super) const SLOW: SignedDuration = SignedDuration::from_mins(5);
/// Seconds without a step down before the score comes back.
const QUIET: i64 = 900;
/// Seconds between two steps back.
const BETWEEN_RAISES: i64 = 300;
/// The least share of a route, in hundredths, unless its resting share is smaller.
const LEAST: f64 = 5.0;

/// What was counted about a route in some seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Calls that failed by the provider's fault.
    pub(super) errors: i64,
    /// Messages that were taken.
    pub(super) taken: i64,
    /// Those of them that were delivered within [`SLOW`].
    pub(super) quick: i64,
    /// Those of them of which anything was reported.
    pub(super) reported: i64,
}

impl Counts {
    pub(super) const fn is_empty(self) -> bool {
        self.errors == 0 && self.taken == 0 && self.quick == 0 && self.reported == 0
    }
}

/// What is known of a route when shares are looked at.
pub(super) struct Seen {
    pub(super) state: State,
    /// With the beginnings of their times, at least the last 15 minutes.
    pub(super) counts: Vec<(Timestamp, Counts)>,
}

impl Seen {
    fn has_many_errors(&self, now: Timestamp) -> bool {
        let since = now - ERRORS_WITHIN;
        let recent = self.counts.iter().filter(|(at, _)| *at > since);
        recent.map(|(_, counts)| counts.errors).sum::<i64>() > MANY_ERRORS
    }

    /// Whether at least 15 % of its messages took too long. A route that reports nothing tells nothing.
    fn is_slow(&self, now: Timestamp) -> bool {
        let since = now - SLOW_WITHIN;
        let recent = || self.counts.iter().filter(|(at, _)| *at > since);
        if recent().all(|(_, counts)| counts.reported == 0)
            && self.counts.iter().all(|(_, c)| c.reported == 0)
        {
            return false;
        }
        let taken: i64 = recent().map(|(_, counts)| counts.taken).sum();
        let old = recent().filter(|(at, _)| now.duration_since(*at) > SLOW);
        let slow: i64 = old.map(|(_, counts)| counts.taken - counts.quick).sum();
        slow > 0 && slow * 100 >= taken * 15
    }
}

/// Which scores move now, by the routes' places in the list.
pub(super) fn steps(routes: &[Seen], now: Timestamp) -> Vec<(usize, Event)> {
    let slow: Vec<bool> = routes.iter().map(|route| route.is_slow(now)).collect();
    let all_slow = slow.iter().all(|slow| *slow);
    let step = |(place, route): (usize, &Seen)| {
        let State { score, lowered, raised, .. } = route.state;
        if route.has_many_errors(now) && is_past(lowered, BETWEEN_ERRORS, now) {
            return Some((place, Event::Lower("more than 50 errors in a minute".to_owned())));
        }
        // Where all are slow, the cause is elsewhere.
        if slow[place] && !all_slow && is_past(lowered, BETWEEN_SLOW, now) {
            return Some((place, Event::Lower("many messages take more than five minutes".to_owned())));
        }
        let recovers = score < FULL && is_past(lowered, QUIET, now) && is_past(raised, BETWEEN_RAISES, now);
        recovers.then_some((place, Event::Raise))
    };
    routes.iter().enumerate().filter_map(step).collect()
}

/// The shares of routes by weight and score, in hundredths.
#[expect(clippy::cast_precision_loss, reason = "scores are at most a hundred")]
pub(super) fn shares(routes: &[(u32, i64)]) -> Vec<f64> {
    let total: f64 = routes.iter().map(|(weight, _)| f64::from(*weight)).sum();
    if total == 0.0 {
        return vec![100.0 / routes.len().max(1) as f64; routes.len()];
    }
    let rest: Vec<f64> = routes.iter().map(|(weight, _)| 100.0 * f64::from(*weight) / total).collect();
    let kept = |(rest, (_, score)): (&f64, &(u32, i64))| {
        let cut = (FULL - score) as f64;
        (rest - cut).max(rest.min(LEAST))
    };
    let kept: Vec<f64> = rest.iter().zip(routes).map(kept).collect();
    let is_well = |score: i64| score >= FULL;
    let well: f64 = rest.iter().zip(routes).filter(|(_, route)| is_well(route.1)).map(|(rest, _)| rest).sum();
    let moved = 100.0 - kept.iter().sum::<f64>();
    let all = kept.iter().zip(&rest).zip(routes);
    all.map(|((kept, rest), (_, score))| match (is_well(*score), well > 0.0) {
        (true, true) => kept + moved * rest / well,
        (false, true) => *kept,
        // Nobody is well: what is left is shared as it is.
        (_, false) => kept * 100.0 / (100.0 - moved),
    })
    .collect()
}

/// The place that a draw from 0 up to 1 falls on.
pub(super) fn drawn(shares: &[f64], draw: f64) -> Option<usize> {
    let total: f64 = shares.iter().sum();
    let mut left = draw * total;
    for (place, share) in shares.iter().enumerate() {
        left -= share;
        if left < 0.0 {
            return Some(place);
        }
    }
    shares.len().checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).expect("a moment")
    }

    fn seen(state: State, counts: &[(i64, Counts)]) -> Seen {
        Seen { state, counts: counts.iter().map(|(seconds, counts)| (at(*seconds), *counts)).collect() }
    }

    fn whole(routes: &[(u32, i64)]) -> Vec<i64> {
        #[expect(clippy::cast_possible_truncation, reason = "hundredths")]
        shares(routes).into_iter().map(|share| share.round() as i64).collect()
    }

    #[test]
    fn points_move_from_the_troubled_route_to_the_other() {
        assert_eq!(whole(&[(51, 100), (49, 100)]), [51, 49]);
        assert_eq!(whole(&[(51, 90), (49, 100)]), [41, 59]);
        assert_eq!(whole(&[(51, 10), (49, 100)]), [5, 95]);
        assert_eq!(whole(&[(51, 90), (49, 90)]), [51, 49]);
        assert_eq!(whole(&[(50, 80), (25, 100), (25, 100)]), [30, 35, 35]);
        assert_eq!(whole(&[(0, 100), (100, 100)]), [0, 100]);
        assert_eq!(whole(&[(100, 50)]), [100]);
    }

    #[test]
    fn draws_fall_as_the_shares_are() {
        let places: Vec<_> = (0..10).map(|tenth| drawn(&[30.0, 70.0], f64::from(tenth) / 10.0)).collect();
        assert_eq!(places.iter().filter(|place| **place == Some(0)).count(), 3);
        assert_eq!((drawn(&[0.0, 1.0], 0.0), drawn(&[], 0.5)), (Some(1), None));
    }

    #[test]
    fn more_than_fifty_errors_in_a_minute_lower_the_score_once_a_minute() {
        let errors = |errors| Counts { errors, ..Counts::default() };
        let lowers = |state: State, counts: &[(i64, Counts)], now| {
            matches!(steps(&[seen(state, counts)], at(now))[..], [(0, Event::Lower(_))])
        };
        assert!(!lowers(State::default(), &[(0, errors(25)), (30, errors(25))], 40));
        assert!(lowers(State::default(), &[(0, errors(25)), (30, errors(26))], 40));
        assert!(!lowers(State::default(), &[(0, errors(25)), (30, errors(26))], 61));
        let lowered = State { lowered: Some(at(0)), ..State::default() };
        assert!(!lowers(lowered.clone(), &[(30, errors(60))], 59));
        assert!(lowers(lowered, &[(30, errors(60))], 60));
    }

    #[test]
    fn a_slow_route_is_lowered_unless_all_are_slow() {
        let taken = |taken, quick| Counts { taken, quick, reported: 1, ..Counts::default() };
        let slow = || seen(State::default(), &[(0, taken(100, 85))]);
        let quick = || seen(State::default(), &[(0, taken(100, 86))]);
        let now = at(301);
        assert!(matches!(steps(&[slow(), quick()], now)[..], [(0, Event::Lower(_))]));
        assert_eq!(steps(&[slow(), slow()], now), []);
        assert_eq!(steps(&[quick(), quick()], now), []);
        // Not slow yet, and not looked at any more.
        assert_eq!(steps(&[slow(), quick()], at(299)), []);
        assert_eq!(steps(&[slow(), quick()], at(900)), []);
    }

    #[test]
    fn quiet_brings_points_back_one_step_in_five_minutes() {
        let lowered = State { score: 70, lowered: Some(at(0)), ..State::default() };
        let raises = |state: &State, now| steps(&[seen(state.clone(), &[])], at(now)) == [(0, Event::Raise)];
        assert!(!raises(&lowered, 899));
        assert!(raises(&lowered, 900));
        let once = State { raised: Some(at(900)), ..lowered };
        assert!(!raises(&once, 1199));
        assert!(raises(&once, 1200));
    }
}
