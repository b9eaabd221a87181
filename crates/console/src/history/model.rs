//! Intervals, and the figures of one. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use meter::{Family, Point, Snapshot, Spread, Value, families};
use serde::{Deserialize, Serialize};

/// The most series of one family in one row; further ones are counted together, or not kept.
pub(crate) const SERIES_AT_MOST: usize = 200;

/// Between the labels of a series.
const BETWEEN: char = '|';
/// What further series are counted under.
const OTHERS: &str = "(others)";

/// What is counted.
const COUNTED: [&Family; 5] = [
    &families::NOTIFY_ORDERS,
    &families::NOTIFICATIONS,
    &families::GATEWAY_CALLS,
    &families::MESSAGES,
    &families::WEBHOOK_CALLS,
];
/// What is counted by how long it took.
const SPREAD: [&Family; 2] = [&families::INSTANT, &families::MESSAGE_TIME];
/// What is measured.
const MEASURED: [&Family; 9] = [
    &families::LANE_DEPTH,
    &families::LANE_AGE,
    &families::QUEUE_DEPTH,
    &families::QUEUE_AGE,
    &families::BREAKER,
    &families::DISK_FREE,
    &families::STORE_SIZE,
    &families::DEAD_ROWS,
    &families::OLDEST_TRANSACTION,
];

/// How long the intervals are that figures are kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Grain {
    Minute,
    Quarter,
    Hour,
}

impl Grain {
    /// All, the shortest first.
    pub(crate) const ALL: [Self; 3] = [Self::Minute, Self::Quarter, Self::Hour];

    /// The length of an interval.
    pub(crate) const fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Quarter => 900,
            Self::Hour => 3_600,
        }
    }

    /// How long intervals are kept.
    pub(crate) const fn kept(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Minute => 2 * 24,
            Self::Quarter => 8 * 24,
            Self::Hour => 40 * 24,
        })
    }

    /// When the interval began that a moment lies in.
    pub(crate) fn beginning(self, moment: Timestamp) -> Timestamp {
        let seconds = moment.as_second();
        Timestamp::from_second(seconds - seconds.rem_euclid(self.seconds())).unwrap_or(Timestamp::MIN)
    }

    /// When the interval after this one begins.
    pub(crate) fn after(self, at: Timestamp) -> Timestamp {
        at.checked_add(SignedDuration::from_secs(self.seconds())).unwrap_or(Timestamp::MAX)
    }
}

/// The figures of an interval, by the names of their families and by their labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    #[serde(rename = "c", default, skip_serializing_if = "BTreeMap::is_empty")]
    counts: Series<u64>,
    #[serde(rename = "l", default, skip_serializing_if = "BTreeMap::is_empty")]
    /// The highest of a measure.
    levels: Series<f64>,
    #[serde(rename = "s", default, skip_serializing_if = "BTreeMap::is_empty")]
    spreads: Series<Vec<u64>>,
}

type Series<T> = BTreeMap<String, BTreeMap<String, T>>;

impl Figures {
    /// What was counted between two looks at one node's meter. What was counted less often by then than
    /// before, which a restart would explain, counts from zero.
    pub(crate) fn counted(now: &Snapshot, before: &Snapshot) -> Self {
        let mut figures = Self::default();
        for family in COUNTED {
            let earlier = by_labels(before, family);
            for Point { labels, value } in now.points(family) {
                let count = |value| if let Value::Count(count) = value { count } else { 0 };
                let was = earlier.get(&labels).map_or(0, |value| count(*value));
                let is = count(value);
                let more = is.checked_sub(was).unwrap_or(is);
                if more > 0 {
                    let series = figures.counts.entry(family.name.to_owned()).or_default();
                    *series.entry(bounded(series, &labels)).or_default() += more;
                }
            }
        }
        for family in SPREAD {
            let earlier = by_labels(before, family);
            for Point { labels, value } in now.points(family) {
                let Value::Spread { spread, .. } = value else { continue };
                let more = match earlier.get(&labels) {
                    Some(Value::Spread { spread: was, .. }) if was.total() <= spread.total() => {
                        spread.since(was)
                    }
                    _ => spread,
                };
                if more.total() > 0 {
                    let series = figures.spreads.entry(family.name.to_owned()).or_default();
                    let key = bounded(series, &labels);
                    let kept = Spread::of(series.get(&key).map_or(&[][..], Vec::as_slice));
                    series.insert(key, shortened(&kept.with(&more)));
                }
            }
        }
        figures
    }

    /// What was measured at one look.
    pub(crate) fn measured(now: &Snapshot) -> Self {
        let mut figures = Self::default();
        for family in MEASURED {
            for Point { labels, value } in now.points(family).into_iter().take(SERIES_AT_MOST) {
                if let Value::Measure(measure) = value {
                    let series = figures.levels.entry(family.name.to_owned()).or_default();
                    series.insert(written(&labels), measure);
                }
            }
        }
        figures
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.levels.is_empty() && self.spreads.is_empty()
    }

    /// Takes in the figures of another node or interval.
    pub(crate) fn add(&mut self, other: &Self) {
        for (family, more) in &other.counts {
            let series = self.counts.entry(family.clone()).or_default();
            for (labels, count) in more {
                let kept = series.entry(labels.clone()).or_default();
                *kept = kept.saturating_add(*count);
            }
        }
        for (family, more) in &other.levels {
            let series = self.levels.entry(family.clone()).or_default();
            for (labels, level) in more {
                series.entry(labels.clone()).and_modify(|most| *most = most.max(*level)).or_insert(*level);
            }
        }
        for (family, more) in &other.spreads {
            let series = self.spreads.entry(family.clone()).or_default();
            for (labels, counts) in more {
                let kept = series.entry(labels.clone()).or_default();
                *kept = shortened(&Spread::of(kept).with(&Spread::of(counts)));
            }
        }
    }

    /// How many of a family's whose labels fit.
    pub(crate) fn count(&self, family: &Family, fits: impl Fn(&[&str]) -> bool) -> u64 {
        self.counted_by(family).filter(|(labels, _)| fits(labels)).map(|(_, count)| count).sum()
    }

    /// The series of a family, with their labels.
    pub(crate) fn counted_by<'a>(&'a self, family: &Family) -> impl Iterator<Item = (Vec<&'a str>, u64)> {
        let series = self.counts.get(family.name);
        series.into_iter().flatten().map(|(labels, count)| (read(labels), *count))
    }

    /// The highest measures of a family, with their labels.
    pub(crate) fn levels<'a>(&'a self, family: &Family) -> impl Iterator<Item = (Vec<&'a str>, f64)> {
        let series = self.levels.get(family.name);
        series.into_iter().flatten().map(|(labels, level)| (read(labels), *level))
    }

    /// How long those of a family took whose labels fit.
    pub(crate) fn spread(&self, family: &Family, fits: impl Fn(&[&str]) -> bool) -> Spread {
        let series = self.spreads.get(family.name).into_iter().flatten();
        let fitting = series.filter(|(labels, _)| fits(&read(labels)));
        fitting.fold(Spread::default(), |all, (_, counts)| all.with(&Spread::of(counts)))
    }
}

fn by_labels(snapshot: &Snapshot, family: &Family) -> BTreeMap<Vec<String>, Value> {
    snapshot.points(family).into_iter().map(|point| (point.labels, point.value)).collect()
}

/// The labels, or those of all others where there are too many already.
fn bounded<T>(series: &BTreeMap<String, T>, labels: &[String]) -> String {
    let key = written(labels);
    if series.len() < SERIES_AT_MOST || series.contains_key(&key) {
        return key;
    }
    written(&vec![OTHERS.to_owned(); labels.len()])
}

fn written(labels: &[String]) -> String {
    let plain: Vec<String> = labels.iter().map(|label| label.replace(BETWEEN, "/")).collect();
    plain.join(&BETWEEN.to_string())
}

fn read(labels: &str) -> Vec<&str> {
    labels.split(BETWEEN).collect()
}

/// Without the zeros at the end.
fn shortened(spread: &Spread) -> Vec<u64> {
    let counts = spread.counts();
    let length = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
    counts[..length].to_vec()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use meter::Meter;
    use meter::families::{GATEWAY_CALLS, INSTANT, LANE_DEPTH};

    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn intervals_begin_on_the_minute_the_quarter_and_the_hour() {
        let at = moment("2026-03-02T11:44:59.999Z");
        let begun = Grain::ALL.map(|grain| grain.beginning(at).to_string());
        assert_eq!(begun, ["2026-03-02T11:44:00Z", "2026-03-02T11:30:00Z", "2026-03-02T11:00:00Z"]);
        assert_eq!(Grain::Hour.after(moment("2026-03-02T11:00:00Z")), moment("2026-03-02T12:00:00Z"));
    }

    #[test]
    fn only_what_came_since_the_last_look_counts() {
        let meter = Meter::default();
        let labels = ["sms", "psw|in", "taken"];
        meter.add(&GATEWAY_CALLS, &labels, 5);
        let before = meter.snapshot();
        meter.add(&GATEWAY_CALLS, &labels, 2);
        meter.time(&INSTANT, &["sms", "taken"], Duration::from_millis(30));

        let figures = Figures::counted(&meter.snapshot(), &before);

        assert_eq!(figures.count(&GATEWAY_CALLS, |labels| labels == ["sms", "psw/in", "taken"]), 2);
        assert_eq!(figures.spread(&INSTANT, |_| true).total(), 1);
        assert!(Figures::counted(&meter.snapshot(), &meter.snapshot()).is_empty());
    }

    #[test]
    fn a_meter_that_began_anew_takes_nothing_away() {
        let (old, new) = (Meter::default(), Meter::default());
        old.add(&GATEWAY_CALLS, &["sms", "a", "taken"], 90);
        old.time(&INSTANT, &["sms", "taken"], Duration::from_secs(1));
        old.time(&INSTANT, &["sms", "taken"], Duration::from_secs(1));
        new.add(&GATEWAY_CALLS, &["sms", "a", "taken"], 3);
        new.time(&INSTANT, &["sms", "taken"], Duration::from_secs(1));

        let figures = Figures::counted(&new.snapshot(), &old.snapshot());

        assert_eq!(figures.count(&GATEWAY_CALLS, |_| true), 3);
        assert_eq!(figures.spread(&INSTANT, |_| true).total(), 1);
    }

    #[test]
    fn nodes_and_minutes_add_up_and_survive_being_kept() {
        let meter = Meter::default();
        meter.count(&GATEWAY_CALLS, &["sms", "a", "taken"]);
        meter.time(&INSTANT, &["sms", "taken"], Duration::from_secs(2));
        let counted = Figures::counted(&meter.snapshot(), &Snapshot::default());
        let measured = |depth| {
            let mut snapshot = Snapshot::default();
            snapshot.set(&LANE_DEPTH, &["notify.sms"], depth);
            Figures::measured(&snapshot)
        };
        let mut all = counted.clone();
        for other in [&counted, &measured(4.0), &measured(10.0)] {
            let json = serde_json::to_string(other).expect("JSON");
            all.add(&serde_json::from_str(&json).expect("figures"));
        }

        assert_eq!(all.count(&GATEWAY_CALLS, |_| true), 2);
        assert_eq!(all.spread(&INSTANT, |_| true).total(), 2);
        let (labels, level) = all.levels(&LANE_DEPTH).next().expect("a level");
        assert_eq!(labels, ["notify.sms"]);
        assert!((level - 10.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_row_does_not_grow_without_end() {
        let meter = Meter::default();
        for route in 0..SERIES_AT_MOST + 300 {
            meter.count(&GATEWAY_CALLS, &["sms", &route.to_string(), "taken"]);
        }
        let figures = Figures::counted(&meter.snapshot(), &Snapshot::default());
        assert_eq!(figures.counted_by(&GATEWAY_CALLS).count(), SERIES_AT_MOST + 1);
        assert_eq!(figures.count(&GATEWAY_CALLS, |labels| labels[1] == OTHERS), 300);
    }
}
