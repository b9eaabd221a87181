//! Moments as they stand in documents: ISO 8601 with an offset, kept as written.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment together with the text it was written as, so that an echo keeps the sender's offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    text: String,
    at: Timestamp,
}

/// A text that is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a date and time with an offset, such as 2026-09-01T10:15:30+02:00")]
pub struct MomentError;

impl Moment {
    /// A moment of our own, written with Norway's offset.
    pub fn from_us(at: Timestamp) -> Self {
        Self { text: oslo(at), at }
    }

    /// Reads a moment. Without an offset it is taken to be Norway's time, at that date.
    pub fn parse(text: &str) -> Result<Self, MomentError> {
        if let Ok(at) = text.parse::<Timestamp>() {
            let text = text.strip_suffix("+00:00").map_or_else(|| text.to_owned(), |rest| format!("{rest}Z"));
            return Ok(Self { text, at });
        }
        let local: DateTime = text.parse().map_err(|_| MomentError)?;
        let zoned = norway().to_ambiguous_zoned(local).compatible().map_err(|_| MomentError)?;
        Ok(Self::from_us(zoned.timestamp()))
    }

    /// The moment itself.
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

/// The time zone of the contract.
pub fn norway() -> TimeZone {
    TimeZone::get("Europe/Oslo").expect("the time zones are compiled in")
}

/// A moment as the API writes it: ISO 8601 with Norway's offset.
pub fn oslo(at: Timestamp) -> String {
    let zoned: Zoned = at.to_zoned(norway());
    zoned.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_of_the_writer_is_kept_and_utc_is_written_as_z() {
        for (text, written) in [
            ("2026-09-01T10:15:30.123+02:00", "2026-09-01T10:15:30.123+02:00"),
            ("2026-09-01T10:15:30Z", "2026-09-01T10:15:30Z"),
            ("2026-09-01T10:15:30+00:00", "2026-09-01T10:15:30Z"),
        ] {
            assert_eq!(Moment::parse(text).expect(text).to_string(), written);
        }
    }

    #[test]
    fn without_an_offset_it_is_norwegian_time_at_that_date() {
        let summer = Moment::parse("2026-07-01T10:00:00").expect("summer");
        let winter = Moment::parse("2026-12-01T10:00:00").expect("winter");
        assert_eq!(summer.to_string(), "2026-07-01T10:00:00+02:00");
        assert_eq!(winter.to_string(), "2026-12-01T10:00:00+01:00");
        assert_eq!(Moment::parse("yesterday"), Err(MomentError));
    }
}
