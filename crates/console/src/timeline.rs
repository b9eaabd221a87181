//! How a story is shown, whatever it is about: rows in the order of time, each with a moment, who did it, what
//! it was, and facts about it. `timeline.html` writes them as a list.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// One row.
pub(crate) struct Row {
    /// In Norwegian time, to the millisecond.
    pub(crate) at: String,
    /// The same for machines.
    pub(crate) iso: String,
    /// Who did it.
    pub(crate) who: String,
    /// What it was.
    pub(crate) what: String,
    /// Whom of several it concerns.
    pub(crate) whom: String,
    /// What else there is to say, each with its name.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// `good`, `bad` or nothing.
    pub(crate) mood: &'static str,
    /// A webhook's delivery that can be told again.
    pub(crate) delivery: Option<Uuid>,
}

/// In Norwegian time, to the millisecond: `2026-03-02 11:00:00.123`.
pub(crate) fn precise(moment: Timestamp) -> String {
    let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
    moment.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// A fact, where there is one.
pub(crate) fn fact(name: &'static str, value: Option<String>) -> Option<(&'static str, String)> {
    value.filter(|value| !value.is_empty()).map(|value| (name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_norwegian_and_have_milliseconds() {
        let at = |text: &str| precise(text.parse().expect("a moment"));
        assert_eq!(at("2026-03-02T10:00:00.1234Z"), "2026-03-02 11:00:00.123");
        assert_eq!(at("2026-07-01T22:00:00Z"), "2026-07-02 00:00:00.000");
    }
}
