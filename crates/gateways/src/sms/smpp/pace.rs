//! How fast we may go: slower as soon as the message centre says so, and faster again bit by bit.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The first pause after being told to slow down; it doubles while nothing is taken in between.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A message waits here for its turn so long; one that would wait longer goes back to its queue.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// After so long without a complaint the pace is raised by a quarter.
const CALM: Duration = Duration::from_secs(5);
/// Faster than this is no limit at all.
const SHORTEST_GAP: Duration = Duration::from_millis(1);

/// The pace of one bind.
#[derive(Debug)]
pub(super) struct Pace(Mutex<State>);

#[derive(Debug)]
struct State {
    paused_until: Instant,
    pause: Duration,
    /// Between two messages, after a complaint.
    gap: Option<Duration>,
    next: Instant,
    /// When the gap was last changed.
    changed: Instant,
    /// Since when and how many were taken, to know how fast we were.
    counted_since: Instant,
    taken: u32,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self(Mutex::new(State {
            paused_until: now,
            pause: Duration::ZERO,
            gap: None,
            next: now,
            changed: now,
            counted_since: now,
            taken: 0,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the next message may go, or after how long it is worth asking again.
    pub(super) fn admit(&self, now: Instant) -> Result<Instant, Duration> {
        let mut state = self.state();
        if state.paused_until > now {
            return Err(state.paused_until - now);
        }
        let Some(gap) = state.gap else {
            return Ok(now);
        };
        let turn = state.next.max(now);
        if turn - now > LONGEST_WAIT {
            return Err(turn - now);
        }
        state.next = turn + gap;
        Ok(turn)
    }

    /// One was taken.
    pub(super) fn taken(&self, now: Instant) {
        let mut state = self.state();
        state.pause = Duration::ZERO;
        if now - state.counted_since > Duration::from_secs(1) {
            (state.counted_since, state.taken) = (now, 0);
        }
        state.taken += 1;
        if let Some(gap) = state.gap.filter(|_| now - state.changed >= CALM) {
            state.gap = Some(gap * 4 / 5).filter(|gap| *gap > SHORTEST_GAP);
            state.changed = now;
        }
    }

    /// One was refused for our pace. How long the pause is.
    pub(super) fn throttled(&self, now: Instant) -> Duration {
        let mut state = self.state();
        // Those that were already on their way complain about the same pace.
        if state.paused_until > now {
            return state.paused_until - now;
        }
        state.pause = (state.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        state.paused_until = now + state.pause;
        state.slow_down(now);
        state.pause
    }

    /// The message centre says how busy it is, in percent.
    pub(super) fn congested(&self, now: Instant, level: u8) {
        let mut state = self.state();
        if state.paused_until > now {
            return;
        }
        if level > 95 {
            state.paused_until = now + FIRST_PAUSE;
        } else if level > 80 && now - state.changed >= FIRST_PAUSE {
            state.slow_down(now);
        }
    }
}

impl State {
    /// Halves the pace: of what was taken in the last second, or of what was allowed.
    fn slow_down(&mut self, now: Instant) {
        let taken = if now - self.counted_since > Duration::from_secs(2) { 1 } else { self.taken.max(1) };
        let measured = Duration::from_secs(1) / taken;
        self.gap = Some((measured.max(self.gap.unwrap_or_default()) * 2).min(FIRST_PAUSE));
        (self.changed, self.next) = (now, self.paused_until.max(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_until_something_is_taken() {
        let start = Instant::now();
        let pace = Pace::new(start);
        let mut now = start;
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            assert_eq!(pace.throttled(now), SECOND * expected);
            assert_eq!(pace.throttled(now), SECOND * expected, "the same burst");
            assert_eq!(pace.admit(now), Err(SECOND * expected));
            now += SECOND * expected;
        }
        assert!(pace.admit(now).is_ok());
        pace.taken(now);
        assert_eq!(pace.throttled(now), SECOND);
    }

    #[test]
    fn after_a_complaint_messages_go_at_half_the_pace_and_then_faster_again() {
        let start = Instant::now();
        let pace = Pace::new(start);
        for _ in 0..10 {
            assert_eq!(pace.admit(start), Ok(start));
            pace.taken(start);
        }
        pace.throttled(start);

        let now = start + SECOND;
        let turns: Vec<_> = (0..3).map(|_| pace.admit(now).map(|turn| turn - now)).collect();
        let gap = Duration::from_millis(200);
        assert_eq!(turns, [Ok(Duration::ZERO), Ok(gap), Ok(gap * 2)]);
        let refused = (0..20).filter(|_| pace.admit(now).is_err()).count();
        assert_eq!(refused, 12, "who would wait longer than two seconds goes back");

        let mut now = now;
        for _ in 0..40 {
            now += CALM;
            pace.taken(now);
        }
        assert_eq!((pace.admit(now), pace.admit(now)), (Ok(now), Ok(now)));
    }

    #[test]
    fn a_busy_message_centre_is_spared() {
        let start = Instant::now();
        let pace = Pace::new(start);
        pace.congested(start, 80);
        assert_eq!((pace.admit(start), pace.admit(start)), (Ok(start), Ok(start)));
        pace.congested(start, 96);
        assert_eq!(pace.admit(start), Err(SECOND));
        let later = start + SECOND;
        pace.congested(later, 81);
        assert_eq!(pace.admit(later), Ok(later));
        assert!(pace.admit(later).is_ok_and(|turn| turn > later));
    }
}
