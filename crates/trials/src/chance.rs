//! Chance that can be repeated.

use std::time::Duration;

/// Numbers that look random and follow from a seed (xorshift64, Marsaglia 2003).
#[derive(Clone, Debug)]
pub struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    /// Chance of this seed, or of a new one.
    pub fn new(seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 >> 1) | 1;
        Self { seed, state: seed }
    }

    /// What repeats it.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// A number below `end`; 0 when `end` is.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        match end {
            0 => 0,
            end => (self.state >> 8) % end,
        }
    }

    /// A time shorter than `end`, to the millisecond.
    pub fn time_below(&mut self, end: Duration) -> Duration {
        Duration::from_millis(self.below(u64::try_from(end.as_millis()).unwrap_or(u64::MAX)))
    }
}
