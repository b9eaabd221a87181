//! Where the marks of a plot's axes stand.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Unit;
use crate::history::Range;

/// Marks on the upright axis, from zero on; the last is not below `most`.
pub(super) fn levels(unit: Unit, most: f64) -> Vec<f64> {
    let step = unit.step(most.max(f64::MIN_POSITIVE));
    let mut marks = vec![0.0];
    let mut mark = 0.0;
    while mark < most && marks.len() < 8 {
        mark += step;
        marks.push(mark);
    }
    marks
}

/// A moment as this stretch of time calls it: an hour and a minute, or a day, in Norwegian time.
pub(super) fn moment(at: Timestamp, range: Range) -> String {
    let form = if range == Range::Month { "%-d.%-m. %H:%M" } else { "%H:%M" };
    at.to_zoned(zone()).strftime(form).to_string()
}

/// Which slots are marked on the lying axis, and how.
pub(super) fn marks(times: &[Timestamp], range: Range) -> Vec<(usize, String)> {
    let zone = zone();
    let mut marks = Vec::new();
    for (place, at) in times.iter().enumerate() {
        let local = at.to_zoned(zone.clone());
        let form = match range {
            Range::Hour if local.minute() % 10 == 0 => "%H:%M",
            Range::Day if local.minute() == 0 && local.hour() % 4 == 0 => "%H:%M",
            Range::Month if local.hour() < 6 && local.day() % 5 == 1 && local.day() < 30 => "%-d.%-m.",
            _ => continue,
        };
        marks.push((place, local.strftime(form).to_string()));
    }
    marks
}

fn zone() -> TimeZone {
    TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn slots(range: Range, count: i64) -> Vec<(usize, String)> {
        let begin: Timestamp = "2026-03-02T11:00:00Z".parse().expect("a moment");
        let times = (0..count).map(|slot| begin + SignedDuration::from_secs(slot * range.slot().as_secs()));
        marks(&times.collect::<Vec<_>>(), range)
    }

    #[test]
    fn the_last_mark_is_not_below_the_highest_value() {
        assert_eq!(levels(Unit::Amount, 3.0), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(levels(Unit::Amount, 101.0), [0.0, 50.0, 100.0, 150.0]);
        assert!(levels(Unit::Seconds, 1e9).len() <= 8);
    }

    #[test]
    fn hours_days_and_months_have_marks_in_norwegian_time() {
        let words = |range, count| slots(range, count).into_iter().map(|(_, word)| word).collect::<Vec<_>>();
        assert_eq!(words(Range::Hour, 60), ["12:00", "12:10", "12:20", "12:30", "12:40", "12:50"]);
        assert_eq!(words(Range::Day, 96), ["12:00", "16:00", "20:00", "00:00", "04:00", "08:00"]);
        assert_eq!(words(Range::Month, 120), ["6.3.", "11.3.", "16.3.", "21.3.", "26.3.", "1.4."]);
        assert_eq!(slots(Range::Day, 96)[1].0, 16);
    }
}
