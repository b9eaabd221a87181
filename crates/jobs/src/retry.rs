//! When to try again: a list of pauses, a little chance, and what the other side asked for.

use std::time::Duration;

/// Pauses between tries; the last one repeats as long as trying goes on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Ladder {
    /// In whole seconds.
    seconds: Vec<u64>,
}

impl Ladder {
    /// A ladder of pauses in seconds.
    pub fn seconds(pauses: &[u64]) -> Self {
        Self { seconds: pauses.to_vec() }
    }

    /// The pause before the next try, after `tries` have been made.
    ///
    /// `chance` in `0.0..1.0` lengthens it by up to a tenth, so that what failed together does not
    /// come back together. `asked` is the other side's `Retry-After`; it wins when it is longer.
    pub fn pause(&self, tries: u32, chance: f64, asked: Option<Duration>) -> Duration {
        let rung = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
        let pause = self.seconds.get(rung).or(self.seconds.last()).copied().unwrap_or(60);
        let pause = Duration::from_secs(pause);
        (pause + pause.mul_f64(chance / 10.0)).max(asked.unwrap_or_default())
    }

    /// Whether the ladder has a rung for the next try, for those who stop at its top.
    pub fn has_rung(&self, tries: u32) -> bool {
        usize::try_from(tries).is_ok_and(|tries| tries <= self.seconds.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pause_repeats_and_the_other_side_may_ask_for_more() {
        let ladder = Ladder::seconds(&[1, 5, 60]);

        assert_eq!(ladder.pause(1, 0.0, None), Duration::from_secs(1));
        assert_eq!(ladder.pause(2, 0.0, None), Duration::from_secs(5));
        assert_eq!(ladder.pause(9, 0.0, None), Duration::from_secs(60));
        assert_eq!(ladder.pause(1, 0.0, Some(Duration::from_secs(30))), Duration::from_secs(30));
        assert_eq!(ladder.pause(3, 0.0, Some(Duration::from_secs(30))), Duration::from_secs(60));
    }

    #[test]
    fn chance_lengthens_by_at_most_a_tenth() {
        let ladder = Ladder::seconds(&[10]);
        assert_eq!(ladder.pause(1, 0.5, None), Duration::from_millis(10_500));
    }

    #[test]
    fn a_ladder_knows_its_top() {
        let ladder = Ladder::seconds(&[1, 5]);
        assert!(ladder.has_rung(2));
        assert!(!ladder.has_rung(3));
    }
}
