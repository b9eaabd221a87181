//! A route at work on this node: what is known of it, places on it, and what its calls say about it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use gateways::{Holdup, Urgency};
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::carrier::Carrier;
use super::pace::Pace;
use super::shares::Counts;
use super::state::{Event, Standing, State, later};
use super::terms::Terms;
use super::window::Window;
use crate::recipients::Channel;
use crate::sending::Fact;

/// The seconds over which a route's calls are counted together.
const TOGETHER: i64 = 10;
/// How long a route rests whose provider asks for patience and does not say how long.
const PATIENCE_SMS: Duration = Duration::from_secs(5);
const PATIENCE_EMAIL: Duration = Duration::from_secs(60);

/// A route at work.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) name: Arc<str>,
    pub(crate) channel: Channel,
    pub(super) terms: ArcSwap<Terms>,
    pub(crate) carrier: Carrier,
    seats: Option<Seats>,
    local: Mutex<Local>,
}

/// What this node knows.
#[derive(Debug)]
struct Local {
    state: State,
    window: Window,
    pace: Option<Pace>,
    /// How many nodes share the pace.
    nodes: u32,
    /// Counted and not told yet, by the beginnings of their times in seconds.
    counts: BTreeMap<i64, Counts>,
}

/// Places for calls under way.
#[derive(Debug)]
struct Seats {
    ordinary: Arc<Semaphore>,
    /// A fifth, for instant messages only.
    reserved: Arc<Semaphore>,
}

/// A place on a route, for one call.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) way: Arc<Way>,
    /// Whether it is the one message of a half-open route.
    pub(super) is_try: bool,
    _place: Option<OwnedSemaphorePermit>,
}

impl Way {
    pub(super) fn new(name: String, channel: Channel, terms: Terms, carrier: Carrier) -> Arc<Self> {
        let seats = terms.at_once.map(|all| {
            let reserved = if all > 1 { all.div_ceil(5) } else { 0 };
            let places = |number| Arc::new(Semaphore::new(number));
            Seats { ordinary: places(all - reserved), reserved: places(reserved) }
        });
        let local = Local {
            state: State::default(),
            window: Window::default(),
            pace: terms.per_second.map(Pace::new),
            nodes: 1,
            counts: BTreeMap::new(),
        };
        let terms = ArcSwap::from_pointee(terms);
        Arc::new(Self { name: name.into(), channel, terms, carrier, seats, local: Mutex::new(local) })
    }

    /// Goes on with these; its places stay as many as they are.
    pub(super) fn set_terms(&self, terms: Terms) {
        let mut local = self.local();
        match (&mut local.pace, terms.per_second) {
            (Some(pace), Some(rate)) => pace.set_rate(rate),
            (pace, rate) => *pace = rate.map(Pace::new),
        }
        self.terms.store(Arc::new(terms));
    }

    fn local(&self) -> MutexGuard<'_, Local> {
        self.local.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> State {
        self.local().state.clone()
    }

    /// What all nodes know by now.
    pub(super) fn learn(&self, state: State) {
        let mut local = self.local();
        if local.state.breaker != state.breaker {
            local.window.clear();
        }
        local.state = state;
    }

    pub(super) fn set_nodes(&self, nodes: u32) {
        self.local().nodes = nodes;
    }

    pub(super) fn standing(&self, now: Timestamp) -> Standing {
        self.local().state.standing(now)
    }

    /// Takes a place for a call, or says how long it is until there may be one.
    pub(super) fn sit(self: &Arc<Self>, urgency: Urgency, now: Timestamp) -> Result<Seat, Duration> {
        let place = match &self.seats {
            None => None,
            Some(seats) => Some(seats.take(urgency).ok_or(Duration::from_millis(50))?),
        };
        let local = &mut *self.local();
        if let Some(pace) = &mut local.pace {
            pace.take(urgency, local.nodes, now)?;
        }
        Ok(Seat { way: Arc::clone(self), is_try: false, _place: place })
    }

    /// The place of the one message that a half-open route lets through.
    pub(super) fn sit_as_try(self: &Arc<Self>) -> Seat {
        Seat { way: Arc::clone(self), is_try: true, _place: None }
    }

    /// Places for ordinary messages now.
    pub(super) fn room(&self, now: Timestamp) -> usize {
        let seats = self.seats.as_ref().map_or(usize::MAX, |seats| seats.ordinary.available_permits());
        let local = &mut *self.local();
        match local.state.standing(now) {
            Standing::Ready => {}
            Standing::Due(_) => return 1,
            Standing::Shut(_) | Standing::Off => return 0,
        }
        let pace = local.pace.as_mut().map_or(usize::MAX, |pace| pace.room(local.nodes, now));
        seats.min(pace)
    }

    /// Counts what a call says about the route; answers what all nodes must know.
    pub(super) fn note(&self, is_try: bool, fact: &Fact, now: Timestamp) -> Option<Event> {
        let mut local = self.local();
        match fact {
            Fact::Taken { .. } | Fact::UnderWay { .. } => {
                local.count(now, |counts| counts.taken += 1);
                local.window.count(now, false);
                is_try.then_some(Event::Answered)
            }
            Fact::Refused { .. } => {
                local.window.count(now, false);
                is_try.then_some(Event::Answered)
            }
            Fact::NotTaken { after, cause: Holdup::RateLimited(words) } => {
                let usual = match self.channel {
                    Channel::Sms => PATIENCE_SMS,
                    Channel::Email => PATIENCE_EMAIL,
                };
                if let Some(pace) = &mut local.pace {
                    pace.slow_down();
                }
                Some(Event::Limited(later(now, after.unwrap_or(usual)), words.clone()))
            }
            Fact::NotTaken { cause: Holdup::Misconfigured(words), .. } => Some(Event::Tripped(words.clone())),
            Fact::NotTaken { cause: Holdup::TooLate, .. } => is_try.then_some(Event::NotTried),
            Fact::NotTaken { cause: Holdup::Passing(words), .. } | Fact::Doubt { cause: words, .. } => {
                local.count(now, |counts| counts.errors += 1);
                let trips = local.window.count(now, true);
                (trips || is_try).then(|| Event::Tripped(words.clone()))
            }
        }
    }

    /// Counts a report about a message that was taken at that moment.
    pub(super) fn note_report(&self, taken: Timestamp, is_quick: bool) {
        self.local().count(taken, |counts| {
            counts.reported += 1;
            counts.quick += i64::from(is_quick);
        });
    }

    /// What was counted since this was asked last.
    pub(super) fn counted(&self) -> BTreeMap<i64, Counts> {
        std::mem::take(&mut self.local().counts)
    }
}

impl Local {
    fn count(&mut self, at: Timestamp, add: impl FnOnce(&mut Counts)) {
        add(self.counts.entry(at.as_second().div_euclid(TOGETHER) * TOGETHER).or_default());
    }
}

impl Seats {
    fn take(&self, urgency: Urgency) -> Option<OwnedSemaphorePermit> {
        let from = |places: &Arc<Semaphore>| Arc::clone(places).try_acquire_owned().ok();
        match urgency {
            Urgency::Instant => from(&self.reserved).or_else(|| from(&self.ordinary)),
            Urgency::Ordinary => from(&self.ordinary),
        }
    }
}
