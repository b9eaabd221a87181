//! Moments, as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// In Norwegian time, as operators read it: `2026-03-02 11:00:00`.
pub fn when(moment: Timestamp) -> String {
    let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
    moment.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
