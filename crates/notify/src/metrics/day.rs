//! Days and months in UTC, and the figures of a creator. Pure.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::access::Creator;

/// Years before the current one that may be asked for.
const YEARS_BACK: i16 = 5;
/// How long after its end a day is counted again.
const AGAIN_AFTER: [SignedDuration; 3] =
    [SignedDuration::from_hours(24), SignedDuration::from_hours(3 * 24), SignedDuration::from_hours(8 * 24)];

/// A day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(Date);

impl Day {
    /// The day that a moment lies in.
    pub(super) fn of(at: Timestamp) -> Self {
        Self(at.to_zoned(TimeZone::UTC).date())
    }

    /// Its first moment.
    pub(super) fn begins(self) -> Timestamp {
        self.0.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |midnight| midnight.timestamp())
    }

    /// The first moment after it.
    pub(super) fn ends(self) -> Timestamp {
        self.next().begins()
    }

    pub(super) fn next(self) -> Self {
        Self(self.0.saturating_add(1.day()))
    }

    pub(super) fn before(self) -> Self {
        Self(self.0.saturating_sub(1.day()))
    }

    /// Such as `20260301`.
    pub(super) fn compact(self) -> String {
        self.0.strftime("%Y%m%d").to_string()
    }

    /// Whether its figures should be counted now, when they were last counted at this moment or never.
    pub(super) fn is_due(self, counted: Option<Timestamp>, now: Timestamp) -> bool {
        let ends = self.ends();
        let rounds = |at: Timestamp| {
            let after = at.duration_since(ends);
            usize::from(at >= ends) + AGAIN_AFTER.iter().filter(|again| after >= **again).count()
        };
        rounds(now) > counted.map_or(0, rounds)
    }
}

/// A month that may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Month {
    pub(super) year: i16,
    pub(super) month: i8,
}

impl Month {
    pub(super) fn of(at: Timestamp) -> Self {
        let date = at.to_zoned(TimeZone::UTC).date();
        Self { year: date.year(), month: date.month() }
    }

    /// The years that may be asked for, the latest first.
    pub(super) fn years(now: Timestamp) -> impl Iterator<Item = i16> {
        let current = Self::of(now).year;
        (current - YEARS_BACK..=current).rev()
    }

    /// Reads what a form says.
    pub(super) fn parse(month: &str, year: &str, now: Timestamp) -> Option<Self> {
        let month = month.trim().parse().ok().filter(|month| (1..=12).contains(month))?;
        let year = year.trim().parse().ok().filter(|year| Self::years(now).any(|known| known == *year))?;
        Some(Self { year, month })
    }

    /// Its days.
    pub(super) fn days(self) -> impl Iterator<Item = Day> {
        let first = Date::new(self.year, self.month, 1).ok();
        let within = move |day: &Day| (day.0.year(), day.0.month()) == (self.year, self.month);
        std::iter::successors(first.map(Day), |day| Some(day.next())).take_while(within)
    }
}

/// What a creator ordered and sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) orders: i64,
    pub(super) emails: i64,
    pub(super) emails_succeeded: i64,
    pub(super) sms_parts: i64,
    pub(super) sms_succeeded: i64,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.orders += other.orders;
        self.emails += other.emails;
        self.emails_succeeded += other.emails_succeeded;
        self.sms_parts += other.sms_parts;
        self.sms_succeeded += other.sms_succeeded;
    }
}

/// The figures of all creators.
pub(super) type ByCreator = BTreeMap<Creator, Figures>;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_month_is_its_days_and_only_of_the_last_years() {
        let now = at("2026-03-02T10:00:00Z");
        let days = |month, year| Month::parse(month, year, now).map(|month| month.days().count());
        assert_eq!(
            [days("2", "2024"), days("02", "2026"), days("12", "2021")],
            [Some(29), Some(28), Some(31)]
        );
        for (month, year) in
            [("13", "2026"), ("0", "2026"), ("1", "2020"), ("1", "2027"), ("", ""), ("x", "2026")]
        {
            assert_eq!(days(month, year), None, "{month} {year}");
        }
        let first = Month::of(now).days().next().expect("a day");
        assert_eq!((first.begins(), first.ends()), (at("2026-03-01T00:00:00Z"), at("2026-03-02T00:00:00Z")));
        assert_eq!((first.compact(), first.next().before()), ("20260301".to_owned(), first));
    }

    #[test]
    fn a_day_is_counted_when_it_is_over_and_while_its_results_come_in() {
        let day = Day::of(at("2026-03-01T12:00:00Z"));
        let due = |counted: Option<&str>, now: &str| day.is_due(counted.map(at), at(now));
        assert!(!due(None, "2026-03-01T23:59:59Z"));
        assert!(due(None, "2026-03-02T00:00:00Z"));
        assert!(due(Some("2026-03-01T12:00:00Z"), "2026-03-02T00:00:00Z"));
        assert!(!due(Some("2026-03-02T00:00:00Z"), "2026-03-02T23:59:59Z"));
        assert!(due(Some("2026-03-02T00:00:00Z"), "2026-03-03T00:00:00Z"));
        assert!(due(Some("2026-03-03T00:00:00Z"), "2026-03-10T00:00:00Z"));
        assert!(!due(Some("2026-03-10T00:00:00Z"), "2027-01-01T00:00:00Z"));
    }
}
