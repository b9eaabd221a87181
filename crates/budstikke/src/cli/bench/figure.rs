//! What comes out of a measurement: figures with a goal of their own, and comparisons with something
//! that was measured in the same minutes.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// Where rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// A figure that is compared with nothing but its goal.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    pub what: String,
    pub measured: String,
    pub goal: String,
    pub met: bool,
}

impl Figure {
    pub(super) fn new(what: impl Into<String>, measured: String, goal: impl Into<String>, met: bool) -> Self {
        Self { what: what.into(), measured, goal: goal.into(), met }
    }

    /// A figure without a goal.
    pub(super) fn plain(what: impl Into<String>, measured: String) -> Self {
        Self::new(what, measured, "", true)
    }
}

/// What ours is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Against {
    /// The bare engine with tables of the same shape.
    RawEngine,
    /// The same operation on a store with few finished rows.
    FreshStore,
    /// The same operation with nothing beside it.
    Alone,
}

impl Against {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::RawEngine => "raw engine",
            Self::FreshStore => "fresh store",
            Self::Alone => "alone",
        }
    }
}

/// One operation on one engine, measured in turns with what it is held against, a value each a round,
/// all of them in `unit`s a second.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Comparison {
    pub operation: String,
    pub unit: &'static str,
    pub engine: Engine,
    pub against: Against,
    pub base: Vec<f64>,
    pub ours: Vec<f64>,
    /// The least ratio that is good enough.
    pub goal: f64,
    /// Answer times, where callers wait.
    pub times: Option<Times>,
}

impl Comparison {
    /// Ours over base, round by round: neighbours on the machine slow both.
    pub(super) fn ratios(&self) -> Vec<f64> {
        self.base.iter().zip(&self.ours).map(|(base, ours)| ours / base).collect()
    }

    pub(super) fn ratio(&self) -> f64 {
        median(&self.ratios())
    }

    pub(super) fn met(&self) -> bool {
        self.ratio() >= self.goal
    }
}

/// How long callers waited, in milliseconds, over all rounds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Times {
    pub p50: f64,
    pub p99: f64,
}

impl Times {
    /// `None` when nothing was measured.
    pub(super) fn of(mut took: Vec<Duration>) -> Option<Self> {
        took.sort_unstable();
        let at = |percent: usize| {
            took.get(took.len().saturating_sub(1) * percent / 100).map(|took| took.as_secs_f64() * 1_000.0)
        };
        Some(Self { p50: at(50)?, p99: at(99)? })
    }
}

/// The middle value; of an even number the lower of the two, so that it was really measured.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// The least and the greatest value.
pub(super) fn spread(values: &[f64]) -> (f64, f64) {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    values.iter().fold(ends, |(least, most), value| (least.min(*value), most.max(*value)))
}

/// So many in so long, a second.
pub(super) fn per_second(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / took.as_secs_f64().max(1e-9)
}

/// A whole number with its thousands set apart.
pub(super) fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(base: &[f64], ours: &[f64], goal: f64) -> Comparison {
        Comparison {
            operation: "accept".to_owned(),
            unit: "orders",
            engine: Engine::Sqlite,
            against: Against::RawEngine,
            base: base.to_vec(),
            ours: ours.to_vec(),
            goal,
            times: None,
        }
    }

    #[test]
    fn the_ratio_is_the_median_of_the_rounds_and_decides_whether_the_goal_is_met() {
        // A neighbour halves the second round: both suffer, the ratio does not.
        let measured = comparison(&[100.0, 50.0, 100.0], &[60.0, 30.0, 80.0], 0.6);
        assert!((measured.ratio() - 0.6).abs() < 1e-9);
        assert!(measured.met());
        assert!(!comparison(&[100.0], &[59.0], 0.6).met());
    }

    #[test]
    fn nothing_measured_meets_no_goal() {
        assert!(!comparison(&[], &[], 0.6).met());
        assert!(Times::of(Vec::new()).is_none());
    }

    #[test]
    fn numbers_are_written_with_thousands() {
        assert_eq!(thousands(999.4), "999");
        assert_eq!(thousands(1_000.0), "1,000");
        assert_eq!(thousands(28_400_123.0), "28,400,123");
    }

    #[test]
    fn percentiles_are_times_that_occurred() {
        let took = (1..=100).map(Duration::from_millis).collect();
        let times = Times::of(took).expect("times");
        assert!((times.p50 - 50.0).abs() < 1e-9 && (times.p99 - 99.0).abs() < 1e-9);
    }
}
