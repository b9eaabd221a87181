//! When contact details are too old to be used.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// How long an address counts as good after somebody changed or confirmed it: calendar months, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    months: u16,
}

impl Default for Freshness {
    /// The 18 months of the national register.
    fn default() -> Self {
        Self { months: 18 }
    }
}

impl Freshness {
    /// So many calendar months.
    pub const fn months(months: u16) -> Self {
        Self { months }
    }

    /// Whether an address was confirmed longer ago than that, or never. Exactly that long ago is fresh.
    pub(super) fn is_stale(self, confirmed: Option<Timestamp>, now: Timestamp) -> bool {
        let limit = now.to_zoned(TimeZone::UTC).checked_sub(i64::from(self.months).months());
        match (confirmed, limit) {
            (Some(confirmed), Ok(limit)) => confirmed < limit.timestamp(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers: NP-86
    #[test]
    fn exactly_eighteen_months_is_fresh_and_a_second_more_is_stale() {
        let now: Timestamp = "2026-08-31T12:00:00Z".parse().expect("a moment");
        let is_stale = |text: &str| {
            let confirmed = text.parse::<Timestamp>().expect("a moment");
            Freshness::default().is_stale(Some(confirmed), now)
        };
        assert!(!is_stale("2025-02-28T12:00:00Z"));
        assert!(is_stale("2025-02-28T11:59:59Z"));
        assert!(Freshness::default().is_stale(None, now));
        assert!(Freshness::months(6).is_stale(Some(now - jiff::SignedDuration::from_hours(24 * 200)), now));
    }
}
