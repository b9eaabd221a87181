//! Daytime or any time: when an SMS may go, and how long it is worth sending. Pure.
//!
//! The window is half-open, so that it opens at 09:00:00 sharp and is closed at 17:00:00 sharp, every
//! day of the week. Times of day are civil times in Norway; whatever the clocks do in March and
//! October, the window opens when clocks on the wall say so.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, Zoned};

use crate::orders::SendingTime;

/// How long a message is worth sending, but for instant SMS.
const LIFETIME: SignedDuration = SignedDuration::from_hours(48);

/// The hours in which people may be disturbed.
#[derive(Clone, Debug)]
pub struct Window {
    opens: Time,
    closes: Time,
    zone: TimeZone,
}

/// Hours that make no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the daytime window must open at an hour from 0 to 23 and close at a later one, at most 24")]
pub struct WindowError;

impl Window {
    /// The window between two full hours in Norway. It may close at 24, midnight.
    pub fn in_norway(opens: u8, closes: u8) -> Result<Self, WindowError> {
        let hour = |hour: u8| i8::try_from(hour).ok().filter(|hour| (0..=23).contains(hour));
        let opens_at = hour(opens).ok_or(WindowError)?;
        if closes <= opens || closes > 24 {
            return Err(WindowError);
        }
        let closes = match hour(closes) {
            Some(closes) => Time::constant(closes, 0, 0, 0),
            None => Time::MAX,
        };
        let zone = TimeZone::get("Europe/Oslo").map_err(|_| WindowError)?;
        Ok(Self { opens: Time::constant(opens_at, 0, 0, 0), closes, zone })
    }

    /// Whether it is open.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let time = at.to_zoned(self.zone.clone()).time();
        self.opens <= time && time < self.closes
    }

    /// The first moment from `at` on at which it is open.
    pub fn next_open(&self, at: Timestamp) -> Timestamp {
        if self.is_open(at) {
            return at;
        }
        let local = at.to_zoned(self.zone.clone());
        let day = if local.time() < self.opens {
            local.date()
        } else {
            local.date().saturating_add(Span::new().days(1))
        };
        self.opening(day).unwrap_or(at)
    }

    /// The moment after which an SMS is no longer worth sending.
    ///
    /// What waits for the window gets its 48 hours counted from the opening, on the wall clock: from
    /// the same day's before it opens, and a day longer after it has closed.
    pub fn expiry(&self, policy: SendingTime, requested: Timestamp) -> Timestamp {
        if policy == SendingTime::Anytime || self.is_open(requested) {
            return later(requested);
        }
        let local = requested.to_zoned(self.zone.clone());
        let days = if local.time() < self.opens { 2 } else { 3 };
        let day = local.date().saturating_add(Span::new().days(days));
        self.opening(day).unwrap_or_else(|| later(requested))
    }

    fn opening(&self, day: Date) -> Option<Timestamp> {
        let opening: Result<Zoned, _> = day.to_datetime(self.opens).to_zoned(self.zone.clone());
        opening.ok().map(|zoned| zoned.timestamp())
    }
}

/// The moment after which an e-mail is no longer worth sending.
pub fn email_expiry(requested: Timestamp) -> Timestamp {
    later(requested)
}

fn later(requested: Timestamp) -> Timestamp {
    requested.checked_add(LIFETIME).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window() -> Window {
        Window::in_norway(9, 17).expect("a window")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    /// Covers: NA-183, NP-21
    #[test]
    fn it_is_open_from_nine_to_five_on_every_day_of_the_week() {
        let table = [
            ("2025-08-25T06:59:59Z", false),
            ("2025-08-25T07:00:00Z", true),
            ("2025-08-25T14:59:59Z", true),
            ("2025-08-25T15:00:00Z", false),
            ("2025-12-01T07:59:59Z", false),
            ("2025-12-01T08:00:00Z", true),
            ("2025-12-01T16:00:00Z", false),
            ("2025-08-30T10:00:00Z", true),
            // The clocks go back at 03:00 on this day, and forward at 02:00 on the next.
            ("2025-10-26T07:59:59Z", false),
            ("2025-10-26T08:00:00Z", true),
            ("2026-03-29T06:59:59Z", false),
            ("2026-03-29T07:00:00Z", true),
            ("2025-10-26T15:59:59Z", true),
            ("2025-10-26T16:00:00Z", false),
            ("2026-03-29T14:59:59Z", true),
            ("2026-03-29T15:00:00Z", false),
        ];
        for (moment, expected) in table {
            assert_eq!(window().is_open(at(moment)), expected, "{moment}");
        }
    }

    #[test]
    fn what_comes_outside_waits_for_the_next_opening() {
        let table = [
            ("2025-08-25T05:00:00Z", "2025-08-25T07:00:00Z"),
            ("2025-08-25T10:00:00Z", "2025-08-25T10:00:00Z"),
            ("2025-08-25T16:00:00Z", "2025-08-26T07:00:00Z"),
            ("2025-10-25T16:00:00Z", "2025-10-26T08:00:00Z"),
            ("2026-03-28T17:00:00Z", "2026-03-29T07:00:00Z"),
            ("2025-12-31T23:30:00Z", "2026-01-01T08:00:00Z"),
        ];
        for (moment, expected) in table {
            assert_eq!(window().next_open(at(moment)), at(expected), "{moment}");
        }
    }

    /// Covers: NA-184
    #[test]
    fn lifetimes_are_those_of_the_contract_in_summer_and_winter() {
        let table = [
            ("2025-08-25T10:00:00Z", "2025-08-27T10:00:00Z"),
            ("2025-08-25T05:00:00Z", "2025-08-27T07:00:00Z"),
            ("2025-08-25T20:00:00Z", "2025-08-28T07:00:00Z"),
            ("2025-12-01T10:00:00Z", "2025-12-03T10:00:00Z"),
            ("2025-12-01T05:00:00Z", "2025-12-03T08:00:00Z"),
            ("2025-12-01T20:00:00Z", "2025-12-04T08:00:00Z"),
            // Over the night in which the clocks go back, wall-clock hours are kept.
            ("2025-10-25T05:00:00Z", "2025-10-27T08:00:00Z"),
            ("2025-10-25T20:00:00Z", "2025-10-28T08:00:00Z"),
        ];
        for (requested, expected) in table {
            assert_eq!(window().expiry(SendingTime::Daytime, at(requested)), at(expected), "{requested}");
        }
        let any = window().expiry(SendingTime::Anytime, at("2025-08-25T20:00:00Z"));
        assert_eq!(any, at("2025-08-27T20:00:00Z"));
        assert_eq!(email_expiry(at("2025-08-25T20:00:00Z")), at("2025-08-27T20:00:00Z"));
    }

    #[test]
    fn hours_that_make_no_window_are_refused() {
        assert!(Window::in_norway(17, 9).is_err());
        assert!(Window::in_norway(9, 9).is_err());
        assert!(Window::in_norway(24, 25).is_err());
        let whole = Window::in_norway(0, 24).expect("all day");
        assert!(whole.is_open(at("2025-08-25T21:59:59Z")));
    }
}
