//! Which route a message takes now.

use std::sync::Arc;
use std::time::Duration;

use gateways::Urgency;
use jiff::{SignedDuration, Timestamp};
use types::PhoneNumber;

use super::shares::{drawn, shares};
use super::state::{Event, Mode, Standing, later};
use super::way::{Seat, Way};
use crate::Notify;
use crate::recipients::Channel;
use crate::sending::Fact;

/// How long instant messages leave it to others to try a half-open route, where they have another.
const OTHERS_FIRST: SignedDuration = SignedDuration::from_mins(1);
/// When to look again where no route serves a number at all.
const NEVER: Duration = Duration::from_secs(300);
/// How often a place on a busy route is asked for again.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// What is to be sent, as far as routes care.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) channel: Channel,
    /// To which number; none for e-mail.
    pub(crate) to: Option<&'a PhoneNumber>,
    pub(crate) urgency: Urgency,
    /// Routes that did not take it.
    pub(crate) tried: &'a [Arc<str>],
}

/// Whether there is a place.
#[derive(Debug)]
pub(crate) enum Found {
    /// There is, and it is taken.
    Seat(Seat),
    /// Not before this moment.
    Nobody(Timestamp),
}

impl Notify {
    /// Finds a place on a route that fits and is open, and waits for it for so long where all are busy.
    pub(crate) async fn find_way(&self, wanted: Wanted<'_>, patience: Duration) -> Found {
        let mut slept = Duration::ZERO;
        loop {
            let found = self.look_for_way(wanted).await;
            let busy = matches!(&found, Found::Nobody(again)
                if *again <= later(self.clock().now(), patience.saturating_sub(slept)));
            if !busy || slept >= patience {
                return found;
            }
            tokio::time::sleep(ASK_EVERY).await;
            slept += ASK_EVERY;
        }
    }

    async fn look_for_way(&self, wanted: Wanted<'_>) -> Found {
        let now = self.clock().now();
        let fitting = self.ways().fitting(wanted, now);
        let is_ready = |way: &&Arc<Way>| way.standing(now) == Standing::Ready;
        let mut ready: Vec<&Arc<Way>> = fitting.iter().filter(is_ready).collect();
        for way in &fitting {
            if let Standing::Due(since) = way.standing(now)
                && (wanted.urgency == Urgency::Ordinary
                    || ready.is_empty()
                    || now.duration_since(since) >= OTHERS_FIRST)
                && self.tell(way, Event::Try).await
            {
                return Found::Seat(way.sit_as_try());
            }
        }
        let mut again: Option<Timestamp> = None;
        let mut at = |moment: Timestamp| again = Some(again.map_or(moment, |again| again.min(moment)));
        for way in &fitting {
            if let Standing::Shut(until) = way.standing(now) {
                at(until);
            }
        }
        while !ready.is_empty() {
            let states: Vec<_> =
                ready.iter().map(|way| (way.terms.load().weight, way.state().score)).collect();
            let Some(place) = drawn(&shares(&states), self.random().fraction()) else { break };
            match ready.swap_remove(place).sit(wanted.urgency, now) {
                Ok(seat) => return Found::Seat(seat),
                Err(wait) => at(later(now, wait)),
            }
        }
        Found::Nobody(again.unwrap_or(later(now, NEVER)))
    }

    /// Gives a place back that was not used.
    pub(crate) async fn give_back(&self, seat: Seat) {
        if seat.is_try {
            self.tell(&seat.way, Event::NotTried).await;
        }
    }

    /// Counts what a call says about its route, and tells all nodes what they must know.
    pub(crate) async fn note_call(&self, seat: &Seat, fact: &Fact) {
        if let Some(event) = seat.way.note(seat.is_try, fact, self.clock().now()) {
            self.tell(&seat.way, event).await;
        }
    }
}

impl super::Ways {
    /// The routes that a message may take, open or not.
    fn fitting(&self, wanted: Wanted<'_>, now: Timestamp) -> Vec<Arc<Way>> {
        let fits = |way: &&Arc<Way>| {
            way.terms.load().fits(wanted.to, wanted.urgency)
                && !wanted.tried.contains(&way.name)
                && way.standing(now) != Standing::Off
        };
        let all = self.of(wanted.channel);
        let pinned = |way: &&Arc<Way>| way.state().mode == Mode::Only;
        // A route that everything is to take leaves no choice, even where it has just failed.
        if all.iter().any(|way| pinned(&way) && way.terms.load().fits(wanted.to, wanted.urgency)) {
            return all.iter().filter(pinned).filter(fits).cloned().collect();
        }
        all.iter().filter(fits).cloned().collect()
    }

    /// How many ordinary messages may begin now on a channel.
    pub(crate) fn room(&self, channel: Channel, now: Timestamp) -> usize {
        self.of(channel).iter().fold(0, |room: usize, way| room.saturating_add(way.room(now)))
    }

    /// Whether numbers must be known before a route can be chosen.
    pub(crate) fn have_prefixes(&self, channel: Channel) -> bool {
        self.of(channel).iter().any(|way| !way.terms.load().prefixes.is_empty())
    }
}
