//! How long things took, as a distribution: counts below fixed bounds, so that nodes and minutes add up.

use std::time::Duration;

/// Upper bounds in seconds; what took longer than the last has a place of its own.
pub const BOUNDS: [f64; 20] = [
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0,
    3_600.0, 14_400.0, 86_400.0,
];

/// How many things took how long: one count for each bound, and one for what is beyond them all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread([u64; BOUNDS.len() + 1]);

impl Spread {
    /// A spread of these counts, in the order of the bounds; missing ones are zero.
    pub fn of(counts: &[u64]) -> Self {
        let mut spread = Self::default();
        for (kept, count) in spread.0.iter_mut().zip(counts) {
            *kept = *count;
        }
        spread
    }

    /// One more thing that took so long.
    pub fn add(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        let place = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.0[place] = self.0[place].saturating_add(1);
    }

    /// The counts, each of what took longer than the bound before and no longer than its own.
    pub const fn counts(&self) -> &[u64] {
        &self.0
    }

    /// How many things there were.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Those of both.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
        self
    }

    /// Those that were not there before. Where `before` has more, nothing is left rather than less than
    /// nothing.
    #[must_use]
    pub fn since(mut self, before: &Self) -> Self {
        for (count, earlier) in self.0.iter_mut().zip(before.0) {
            *count = count.saturating_sub(earlier);
        }
        self
    }

    /// The time in seconds that this share of all things did not exceed, guessed within its bounds; none
    /// where there were no things. Beyond the last bound nobody can tell, and it is that bound.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        let wanted = share.clamp(0.0, 1.0) * total as f64;
        let (mut below, mut lower) = (0.0, 0.0);
        for (count, bound) in self.0.iter().zip(BOUNDS) {
            let here = *count as f64;
            if *count > 0 && below + here >= wanted {
                return Some(lower + (bound - lower) * ((wanted - below) / here));
            }
            below += here;
            lower = bound;
        }
        Some(BOUNDS[BOUNDS.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(milliseconds: &[u64]) -> Spread {
        let mut spread = Spread::default();
        for took in milliseconds {
            spread.add(Duration::from_millis(*took));
        }
        spread
    }

    #[test]
    fn a_quantile_lies_within_the_bounds_of_what_it_speaks_of() {
        let hundred = spread(&[[40; 95].as_slice(), &[4_000; 5]].concat());
        let median = hundred.quantile(0.5).expect("a median");
        let last = hundred.quantile(0.99).expect("the slowest");
        assert!((0.025..=0.05).contains(&median), "{median}");
        assert!((3.0..=5.0).contains(&last), "{last}");
        assert_eq!(spread(&[]).quantile(0.5), None);
        assert_eq!(spread(&[999_999_999]).quantile(0.5), Some(86_400.0));
    }

    #[test]
    fn what_was_there_before_is_taken_out_and_never_more() {
        let (before, now) = (spread(&[5, 40]), spread(&[5, 40, 40]));
        assert_eq!(now.since(&before), spread(&[40]));
        assert_eq!(before.since(&now).total(), 0);
        assert_eq!(before.with(&spread(&[40])), now);
    }
}
