//! What one node has seen of a route lately: when the circuit breaker opens. Pure.

use std::collections::VecDeque;

use jiff::Timestamp;

/// Failures in a row that open the breaker.
const IN_A_ROW: u32 = 5;
/// Calls that say something about the share of failures among them.
const ENOUGH: u32 = 20;
/// How long a call counts, in seconds.
const SECONDS: i64 = 30;

/// The calls of the last 30 seconds, second by second.
#[derive(Debug, Default)]
pub(super) struct Window {
    in_a_row: u32,
    seconds: VecDeque<Second>,
}

#[derive(Debug)]
struct Second {
    at: i64,
    calls: u32,
    failures: u32,
}

impl Window {
    /// Counts a call; answers whether there are too many failures now.
    pub(super) fn count(&mut self, now: Timestamp, failed: bool) -> bool {
        let at = now.as_second();
        while self.seconds.front().is_some_and(|second| second.at <= at - SECONDS) {
            self.seconds.pop_front();
        }
        if self.seconds.back().is_none_or(|second| second.at < at) {
            self.seconds.push_back(Second { at, calls: 0, failures: 0 });
        }
        if let Some(second) = self.seconds.back_mut() {
            second.calls += 1;
            second.failures += u32::from(failed);
        }
        if !failed {
            self.in_a_row = 0;
            return false;
        }
        self.in_a_row += 1;
        let calls: u32 = self.seconds.iter().map(|second| second.calls).sum();
        let failures: u32 = self.seconds.iter().map(|second| second.failures).sum();
        self.in_a_row >= IN_A_ROW || (calls >= ENOUGH && failures * 2 > calls)
    }

    /// Forgets everything: the breaker has changed.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).expect("a moment")
    }

    #[test]
    fn five_failures_in_a_row_are_too_many() {
        let mut window = Window::default();
        let counted: Vec<bool> = (0..5).map(|_| window.count(at(0), true)).collect();
        assert_eq!(counted, [false, false, false, false, true]);

        let mut window = Window::default();
        let counted = (0..40).any(|call| window.count(at(call * 10), call % 5 != 0));
        assert!(!counted, "a success in between begins the row anew");
    }

    #[test]
    fn more_than_half_of_twenty_calls_in_thirty_seconds_are_too_many() {
        // F S F S …: ten failures of nineteen calls, and the eleventh failure is of twenty-one.
        let mut window = Window::default();
        let trips = (0..21).find(|call| window.count(at(*call), call % 2 == 0));
        assert_eq!(trips, Some(20));

        let mut window = Window::default();
        let trips = (0..100).find(|call| window.count(at(call * 2), call % 2 == 0));
        assert_eq!(trips, None, "fifteen calls in thirty seconds are not enough");
    }

    #[test]
    fn half_is_not_more_than_half() {
        let mut window = Window::default();
        let trips = (0..30).any(|call| window.count(at(0), call % 2 == 1));
        assert!(!trips);
    }
}
