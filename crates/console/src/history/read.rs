//! The past as a line of slots of equal length, the oldest first.

use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use store::{Result, Tx};

use super::model::{Figures, Grain};
use super::{History, sql};

/// How long what was read serves everybody who asks.
const FRESH: SignedDuration = SignedDuration::from_secs(10);

/// How far back somebody looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Range {
    /// Sixty minutes.
    #[default]
    Hour,
    /// Twenty-four hours, by quarters of an hour.
    Day,
    /// Thirty days, by quarters of a day.
    Month,
}

impl Range {
    /// All, the shortest first.
    pub(crate) const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Month];

    /// As addresses have it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// Reads what [`Range::as_str`] wrote; the last hour for anything else.
    pub(crate) fn named(text: &str) -> Self {
        Self::ALL.into_iter().find(|range| range.as_str() == text).unwrap_or_default()
    }

    const fn grain(self) -> Grain {
        match self {
            Self::Hour => Grain::Minute,
            Self::Day => Grain::Quarter,
            Self::Month => Grain::Hour,
        }
    }

    /// The length of a slot.
    pub(crate) const fn slot(self) -> SignedDuration {
        SignedDuration::from_secs(match self {
            Self::Hour => 60,
            Self::Day => 15 * 60,
            Self::Month => 6 * 3_600,
        })
    }

    const fn slots(self) -> i64 {
        match self {
            Self::Hour => 60,
            Self::Day => 96,
            Self::Month => 120,
        }
    }

    /// When the last slot ends. The minute that is not over is left out; of longer slots the last is under
    /// way.
    fn end(self, now: Timestamp) -> Timestamp {
        let slot = self.slot().as_secs();
        let begun = now.as_second() - now.as_second().rem_euclid(slot);
        let end = if self == Self::Hour { begun } else { begun + slot };
        Timestamp::from_second(end).unwrap_or(Timestamp::MAX)
    }
}

/// The figures of a stretch of time.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// How far it reaches.
    pub(crate) range: Range,
    /// When each slot began, and its figures; none where nobody wrote any down.
    pub(crate) slots: Vec<(Timestamp, Option<Figures>)>,
}

impl Past {
    /// An empty line of slots up to now.
    fn empty(range: Range, now: Timestamp) -> Self {
        let (end, slot) = (range.end(now).as_second(), range.slot().as_secs());
        let begin = |back: i64| Timestamp::from_second(end - back * slot).unwrap_or(Timestamp::MIN);
        Self { range, slots: (1..=range.slots()).rev().map(|back| (begin(back), None)).collect() }
    }

    /// Puts the figures of shorter intervals into their slots.
    fn fill(mut self, intervals: Vec<(Timestamp, Figures)>) -> Self {
        let slot = self.range.slot().as_secs();
        let first = self.slots.first().map_or(0, |(at, _)| at.as_second());
        for (at, figures) in intervals {
            let place = usize::try_from((at.as_second() - first).div_euclid(slot)).ok();
            if let Some((_, kept)) = place.and_then(|place| self.slots.get_mut(place)) {
                kept.get_or_insert_default().add(&figures);
            }
        }
        self
    }

    /// Everything added up.
    pub(crate) fn total(&self) -> Figures {
        let mut all = Figures::default();
        self.slots.iter().filter_map(|(_, figures)| figures.as_ref()).for_each(|figures| all.add(figures));
        all
    }
}

/// What was read when.
pub(super) type Kept = (Timestamp, Arc<Past>);

impl History {
    /// What the figures were; read anew every few seconds at most.
    pub(crate) async fn past(&self, range: Range) -> Result<Arc<Past>> {
        let now = self.0.clock.now();
        let known = self.0.read.lock().unwrap_or_else(PoisonError::into_inner).get(&range).cloned();
        if let Some((at, past)) = known
            && now.duration_since(at).abs() < FRESH
        {
            return Ok(past);
        }
        let past = Past::empty(range, now);
        let from = past.slots.first().map_or(now, |(at, _)| *at);
        let to = range.end(now);
        let intervals =
            self.0.store.read(move |tx: &mut Tx<'_>| sql::between(tx, range.grain(), from, to)).await?;
        let past = Arc::new(past.fill(intervals));
        let kept = (now, Arc::clone(&past));
        self.0.read.lock().unwrap_or_else(PoisonError::into_inner).insert(range, kept);
        Ok(past)
    }
}
