//! Figures for those who watch: what a node has counted and timed since it started.
//!
//! Every figure belongs to a [`Family`], which has a stable name and a fixed list of labels; all of them
//! stand in [`families`], and nothing else can be counted. A node has one [`Meter`], which lies with its
//! store (`store.meter()`), so that every part of the node counts in the same place and several nodes in
//! one process stay apart. What is counted in a transaction (`tx.count(…)`) counts once it has been
//! committed, and never twice.
//!
//! A [`Snapshot`] is what the meter says at a moment, together with what was measured for the occasion
//! (depths of queues, for instance). It is written as the Prometheus text format.

pub mod families;
mod series;
mod snapshot;
mod spread;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use series::Series;
pub use snapshot::{Point, Snapshot, Value};
pub use spread::{BOUNDS, Spread};

/// The most series of one family; all further ones are counted together. No client can make the list of
/// series grow without end, whatever it calls.
pub const SERIES_AT_MOST: usize = 1_000;

/// What further series are counted under.
const OTHERS: &str = "(others)";

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// How much there is now.
    Gauge,
    /// How often something took how long: `_count`, `_sum` and `_max` (of the last two minutes), in
    /// seconds.
    Timer,
    /// How many things took how long: `_bucket` for each of [`BOUNDS`], `_count` and `_sum`, in seconds.
    Histogram,
}

impl Kind {
    /// Its name in the Prometheus text format.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Timer => "summary",
            Self::Histogram => "histogram",
        }
    }
}

/// Figures of one name.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// Its name, for ever.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The labels, in their order.
    pub labels: &'static [&'static str],
    /// What is counted, in a sentence.
    pub help: &'static str,
}

impl Family {
    /// The name as the reference's `/manage/metrics` has it: with dots, and without unit.
    pub fn dotted(&self) -> String {
        let bare = ["_seconds", "_total"].iter().find_map(|end| self.name.strip_suffix(end));
        bare.unwrap_or(self.name).replace('_', ".")
    }
}

/// Where a node counts. Cheap to clone; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<HashMap<&'static str, Counted>>>);

#[derive(Debug)]
struct Counted {
    family: &'static Family,
    series: HashMap<Vec<String>, Series>,
}

/// Something to be counted later.
#[derive(Clone, Debug)]
pub struct Count {
    /// Among which figures.
    pub family: &'static Family,
    /// With these labels.
    pub labels: Vec<String>,
    /// How long it took, where that is what is counted.
    pub took: Option<Duration>,
}

impl Count {
    /// One more of these.
    pub fn one(family: &'static Family, labels: &[&str]) -> Self {
        Self { family, labels: owned(labels), took: None }
    }

    /// Something that took so long.
    pub fn timed(family: &'static Family, labels: &[&str], took: Duration) -> Self {
        Self { took: Some(took), ..Self::one(family, labels) }
    }
}

impl Meter {
    /// One more.
    pub fn count(&self, family: &'static Family, labels: &[&str]) {
        self.add(family, labels, 1);
    }

    /// So many more.
    pub fn add(&self, family: &'static Family, labels: &[&str], by: u64) {
        self.change(family, owned(labels), |series| series.add(by));
    }

    /// Something took so long.
    pub fn time(&self, family: &'static Family, labels: &[&str], took: Duration) {
        let now = Instant::now();
        self.change(family, owned(labels), |series| series.time(took, now));
    }

    /// Counts what had been put off.
    pub fn count_all(&self, counts: Vec<Count>) {
        let now = Instant::now();
        for Count { family, labels, took } in counts {
            self.change(family, labels, |series| match took {
                Some(took) => series.time(took, now),
                None => series.add(1),
            });
        }
    }

    /// What has been counted by now.
    pub fn snapshot(&self) -> Snapshot {
        let now = Instant::now();
        let mut snapshot = Snapshot::default();
        for Counted { family, series } in self.lock().values_mut() {
            for (labels, series) in series {
                snapshot.insert(family, labels.clone(), series.value(family.kind, now));
            }
        }
        snapshot
    }

    fn change(&self, family: &'static Family, labels: Vec<String>, change: impl FnOnce(&mut Series)) {
        debug_assert_eq!(labels.len(), family.labels.len(), "{}", family.name);
        let mut all = self.lock();
        let counted = all.entry(family.name).or_insert_with(|| Counted { family, series: HashMap::new() });
        let fresh = || Series::of(family.kind);
        let full = counted.series.len() >= SERIES_AT_MOST && !counted.series.contains_key(&labels);
        let labels = if full { vec![OTHERS.to_owned(); family.labels.len()] } else { labels };
        change(counted.series.entry(labels).or_insert_with(fresh));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<&'static str, Counted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn owned(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|label| (*label).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::{HTTP_SERVER_REQUESTS, INSTANT, JOBS};

    #[test]
    fn what_is_counted_is_written_with_its_labels() {
        let meter = Meter::default();
        meter.count(&JOBS, &["exchange.dpo", "exchange.send", "done"]);
        meter.add(&JOBS, &["exchange.dpo", "exchange.send", "done"], 2);
        let text = meter.snapshot().text();
        let line = "budstikke_jobs_total{lane=\"exchange.dpo\",kind=\"exchange.send\",outcome=\"done\"} 3\n";
        assert!(text.contains(line) && text.contains("# TYPE budstikke_jobs_total counter\n"), "{text}");
    }

    #[test]
    fn what_takes_time_has_a_count_a_sum_and_a_maximum() {
        let meter = Meter::default();
        let labels = ["none", "GET", "SUCCESS", "200", "/api/x"];
        meter.time(&HTTP_SERVER_REQUESTS, &labels, Duration::from_millis(250));
        meter.time(&HTTP_SERVER_REQUESTS, &labels, Duration::from_millis(500));
        let text = meter.snapshot().text();
        for wanted in ["_count{", "} 2\n", "_sum{", "} 0.75\n", "_max{", "} 0.5\n"] {
            assert!(text.contains(wanted), "{text}");
        }
    }

    #[test]
    fn a_histogram_counts_what_stayed_within_each_bound() {
        let meter = Meter::default();
        for milliseconds in [40, 40, 700] {
            meter.time(&INSTANT, &["sms", "taken"], Duration::from_millis(milliseconds));
        }
        let text = meter.snapshot().text();
        let name = "budstikke_notify_instant_seconds";
        for wanted in [
            format!("# TYPE {name} histogram\n"),
            format!("{name}_bucket{{channel=\"sms\",until=\"taken\",le=\"0.025\"}} 0\n"),
            format!("{name}_bucket{{channel=\"sms\",until=\"taken\",le=\"0.05\"}} 2\n"),
            format!("{name}_bucket{{channel=\"sms\",until=\"taken\",le=\"1\"}} 3\n"),
            format!("{name}_bucket{{channel=\"sms\",until=\"taken\",le=\"+Inf\"}} 3\n"),
            format!("{name}_count{{channel=\"sms\",until=\"taken\"}} 3\n"),
            format!("{name}_sum{{channel=\"sms\",until=\"taken\"}} 0.78\n"),
        ] {
            assert!(text.contains(&wanted), "{wanted} in {text}");
        }
    }

    #[test]
    fn the_list_of_series_does_not_grow_without_end() {
        let meter = Meter::default();
        for number in 0..SERIES_AT_MOST + 500 {
            meter.count(&JOBS, &["lane", &number.to_string(), "done"]);
        }
        let snapshot = meter.snapshot();
        let points = snapshot.points(&JOBS);
        assert_eq!(points.len(), SERIES_AT_MOST + 1);
        let others = points.iter().find(|point| point.labels[1] == OTHERS).expect("the others");
        assert_eq!(others.value, Value::Count(500));
    }
}
