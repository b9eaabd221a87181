//! Moments as callers write them.

use jiff::Timestamp;
use jiff::civil::DateTime;

/// A moment in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// With `Z` or an offset: a definite moment, in whole microseconds.
    At(Timestamp),
    /// Without any zone, which says too little.
    WithoutZone,
}

impl Moment {
    /// Reads an ISO 8601 date and time. `None` when the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim() != text {
            return None;
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Timestamp::from_microsecond(at.as_microsecond()).ok().map(Self::At);
        }
        text.parse::<DateTime>().ok().map(|_| Self::WithoutZone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_utc_and_a_missing_zone_is_noticed() {
        let at = |text: &str| Some(Moment::At(text.parse().expect("a moment")));
        assert_eq!(Moment::parse("2026-09-01T08:00:00Z"), at("2026-09-01T08:00:00Z"));
        assert_eq!(Moment::parse("2026-09-01T10:00:00+02:00"), at("2026-09-01T08:00:00Z"));
        assert_eq!(Moment::parse("2026-09-01T08:00:00.1234567Z"), at("2026-09-01T08:00:00.123456Z"));
        assert_eq!(Moment::parse("2030-01-01T10:00:00"), Some(Moment::WithoutZone));
        assert_eq!(Moment::parse("2030-01-01"), Some(Moment::WithoutZone));
        for wrong in ["tomorrow", "", "2030-13-01T10:00:00Z", " 2030-01-01T10:00:00Z"] {
            assert_eq!(Moment::parse(wrong), None, "{wrong}");
        }
    }
}
