//! What all nodes know about a route: whether it is open, how long it rests, how much of its share it has.
//! Pure: a state and an event make the next state.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The first pause after the circuit breaker has opened; each is twice as long as the one before.
const FIRST_REST: Duration = Duration::from_secs(15);
/// The longest.
const LONGEST_REST: Duration = Duration::from_secs(300);
/// How long the answer to the one message of a half-open route is waited for.
const TRY_LASTS: Duration = Duration::from_secs(180);
/// A route's full score.
pub(crate) const FULL: i64 = 100;
/// The lowest, so that live messages show when it has recovered.
pub(crate) const FLOOR: i64 = 10;
/// One step of the score.
pub(crate) const STEP: i64 = 10;

/// What all nodes know about a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) breaker: Breaker,
    /// How often the breaker has opened without the route having recovered.
    pub(crate) trips: u32,
    /// The provider has asked for patience until then.
    pub(crate) paused: Option<Timestamp>,
    /// From [`FLOOR`] to [`FULL`]: how much is left of its resting share.
    pub(crate) score: i64,
    /// When the score went down last.
    pub(crate) lowered: Option<Timestamp>,
    /// When it went up last.
    pub(crate) raised: Option<Timestamp>,
    pub(crate) mode: Mode,
    /// The last trouble, in the provider's words and without addresses.
    pub(crate) trouble: Option<String>,
    /// Messages sent again though the first may have arrived.
    pub(crate) duplicate_risks: i64,
}

/// Whether messages are let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// All of them.
    Closed,
    /// None, before this moment.
    Open(Timestamp),
    /// One is under way, whose answer is waited for until this moment.
    HalfOpen(Timestamp),
}

/// What operators want of a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As its weight and health have it.
    #[default]
    Auto,
    /// Nothing takes it.
    Off,
    /// Everything that it serves takes it, and nothing else.
    Only,
}

impl Mode {
    pub(crate) const ALL: [Self; 3] = [Self::Auto, Self::Off, Self::Only];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Off => "off",
            Self::Only => "only",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

/// What can happen to a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Too much has failed, or the account is wrong, or the one message of a half-open route failed.
    Tripped(String),
    /// Somebody wants to let one message through.
    Try,
    /// That message came to nothing, which says nothing about the route.
    NotTried,
    /// It was answered.
    Answered,
    /// The provider asks for patience.
    Limited(Timestamp, String),
    /// Too many errors or too slow.
    Lower(String),
    /// Quiet for long enough.
    Raise,
    /// An operator has decided.
    Set(Mode),
    /// An operator, or a new configuration, lets it be tried at once.
    Reset,
    /// A message whose first copy may have arrived is sent again.
    DuplicateRisk,
}

impl Default for State {
    fn default() -> Self {
        Self {
            breaker: Breaker::Closed,
            trips: 0,
            paused: None,
            score: FULL,
            lowered: None,
            raised: None,
            mode: Mode::Auto,
            trouble: None,
            duplicate_risks: 0,
        }
    }
}

/// Whether a route can be taken now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It can.
    Ready,
    /// By one message, whoever is first to say so; since this moment.
    Due(Timestamp),
    /// Not before this moment.
    Shut(Timestamp),
    /// Not as long as an operator wants it so.
    Off,
}

impl State {
    /// Whether it can be taken now.
    pub(crate) fn standing(&self, now: Timestamp) -> Standing {
        if self.mode == Mode::Off {
            return Standing::Off;
        }
        if let Some(paused) = self.paused.filter(|paused| *paused > now) {
            return Standing::Shut(paused);
        }
        match self.breaker {
            Breaker::Closed => Standing::Ready,
            Breaker::Open(until) | Breaker::HalfOpen(until) if until > now => Standing::Shut(until),
            Breaker::Open(until) | Breaker::HalfOpen(until) => Standing::Due(until),
        }
    }

    /// The state after an event; none where it changes nothing.
    pub(crate) fn after(&self, event: &Event, now: Timestamp) -> Option<Self> {
        let next = self.clone().changed(event, now);
        (next != *self).then_some(next)
    }

    fn changed(mut self, event: &Event, now: Timestamp) -> Self {
        match event {
            Event::Tripped(words) => self.trip(words, now),
            Event::Try => {
                if matches!(self.standing(now), Standing::Due(_)) {
                    self.breaker = Breaker::HalfOpen(later(now, TRY_LASTS));
                }
            }
            Event::NotTried if matches!(self.breaker, Breaker::HalfOpen(_)) => {
                self.breaker = Breaker::Open(now);
            }
            Event::NotTried => {}
            Event::Answered => {
                self.breaker = Breaker::Closed;
                self.trips = 0;
            }
            Event::Limited(until, words) => {
                // A pause is never made shorter by what comes later.
                self.paused = Some(self.paused.map_or(*until, |paused| paused.max(*until)));
                self.trouble = Some(words.clone());
                if matches!(self.breaker, Breaker::HalfOpen(_)) {
                    self.breaker = Breaker::Open(*until);
                }
            }
            Event::Lower(words) => {
                self.score = (self.score - STEP).max(FLOOR);
                self.lowered = Some(now);
                self.trouble = Some(words.clone());
            }
            Event::Raise => {
                self.score = (self.score + STEP).min(FULL);
                self.raised = Some(now);
            }
            Event::Set(mode) => self.mode = *mode,
            Event::Reset => {
                self.paused = None;
                if self.breaker != Breaker::Closed {
                    self.breaker = Breaker::Open(now);
                }
            }
            Event::DuplicateRisk => self.duplicate_risks += 1,
        }
        self
    }

    fn trip(&mut self, words: &str, now: Timestamp) {
        // What was under way when it opened tells nothing new.
        if matches!(self.breaker, Breaker::Open(_)) {
            return;
        }
        let rest = FIRST_REST.saturating_mul(1 << self.trips.min(5)).min(LONGEST_REST);
        self.breaker = Breaker::Open(later(now, rest));
        self.trips = self.trips.saturating_add(1);
        self.trouble = Some(words.to_owned());
    }
}

pub(super) fn later(now: Timestamp, pause: Duration) -> Timestamp {
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}

/// Whether a moment is at least so long ago; true where there was none.
pub(super) fn is_past(moment: Option<Timestamp>, seconds: i64, now: Timestamp) -> bool {
    moment.is_none_or(|moment| now.duration_since(moment) >= SignedDuration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).expect("a moment")
    }

    fn tripped() -> Event {
        Event::Tripped("no connection".to_owned())
    }

    #[test]
    fn each_rest_is_twice_as_long_as_the_one_before_up_to_five_minutes() {
        let (mut state, mut now) = (State::default(), 0);
        let mut rests = Vec::new();
        for _ in 0..7 {
            state = state.after(&tripped(), at(now)).expect("an opening");
            let Standing::Shut(until) = state.standing(at(now)) else { panic!("{state:?}") };
            rests.push(until.duration_since(at(now)).as_secs());
            now += rests[rests.len() - 1];
            assert_eq!(state.standing(at(now)), Standing::Due(at(now)));
            state = state.after(&Event::Try, at(now)).expect("a try");
        }
        assert_eq!(rests, [15, 30, 60, 120, 240, 300, 300]);

        let state = state.after(&Event::Answered, at(now)).expect("a recovery");
        assert_eq!((state.standing(at(now)), state.trips), (Standing::Ready, 0));
    }

    #[test]
    fn one_message_goes_through_a_half_open_route() {
        let open = State::default().after(&tripped(), at(0)).expect("an opening");
        assert_eq!(open.after(&Event::Try, at(14)), None);
        let half = open.after(&Event::Try, at(15)).expect("a try");
        assert_eq!(half.after(&Event::Try, at(16)), None);
        // Whoever had it in hand was lost: the next may try.
        assert!(half.after(&Event::Try, at(15 + 180)).is_some());
    }

    #[test]
    fn a_second_failure_of_what_was_under_way_opens_nothing() {
        let open = State::default().after(&tripped(), at(0)).expect("an opening");
        assert_eq!(open.after(&tripped(), at(1)), None);
    }

    #[test]
    fn a_pause_is_never_made_shorter() {
        let limited = |until| Event::Limited(at(until), "slower".to_owned());
        let paused = State::default().after(&limited(60), at(0)).expect("a pause");
        assert_eq!(paused.after(&limited(20), at(1)), None);
        assert_eq!(paused.standing(at(59)), Standing::Shut(at(60)));
        assert_eq!(paused.standing(at(60)), Standing::Ready);
    }

    #[test]
    fn the_score_moves_in_steps_between_floor_and_full() {
        let mut state = State::default();
        assert_eq!(state.after(&Event::Raise, at(0)).map(|state| state.score), Some(FULL));
        for _ in 0..20 {
            state = state.clone().changed(&Event::Lower("errors".to_owned()), at(0));
        }
        assert_eq!(state.score, FLOOR);
    }
}
