//! Moments, as the crate gets and gives them. It has no clock of its own.

use der::DateTime;
use std::time::Duration;

/// Whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub u64);

impl UnixTime {
    pub(crate) fn from_duration(since_1970: Duration) -> Self {
        Self(since_1970.as_secs())
    }

    /// The moment as ASN.1 knows it; `None` after the year 9999.
    pub(crate) fn date_time(self) -> Option<DateTime> {
        DateTime::from_unix_duration(Duration::from_secs(self.0)).ok()
    }
}

impl From<u64> for UnixTime {
    fn from(seconds: u64) -> Self {
        Self(seconds)
    }
}

impl std::fmt::Display for UnixTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.date_time() {
            Some(time) => time.fmt(f),
            None => write!(f, "{} s after 1970", self.0),
        }
    }
}
