//! One line of figures, while it is being counted.

use std::time::{Duration, Instant};

use crate::{Kind, Spread, Value};

/// A maximum is that of this window and the one before.
const WINDOW: Duration = Duration::from_secs(60);

/// What has been counted under one set of labels.
#[derive(Debug, Default)]
pub(crate) struct Series {
    count: u64,
    sum: Duration,
    peaks: Peaks,
    /// Of histograms only.
    spread: Option<Box<Spread>>,
}

/// The longest of this window and of the one before.
#[derive(Debug, Default)]
struct Peaks {
    began: Option<Instant>,
    now: Duration,
    before: Duration,
}

impl Series {
    /// One of a family of this kind, of which nothing has been counted.
    pub(crate) fn of(kind: Kind) -> Self {
        Self { spread: (kind == Kind::Histogram).then(Box::default), ..Self::default() }
    }

    pub(crate) fn add(&mut self, by: u64) {
        self.count = self.count.saturating_add(by);
    }

    pub(crate) fn time(&mut self, took: Duration, now: Instant) {
        self.add(1);
        self.sum = self.sum.saturating_add(took);
        self.peaks.turn(now);
        self.peaks.now = self.peaks.now.max(took);
        if let Some(spread) = &mut self.spread {
            spread.add(took);
        }
    }

    pub(crate) fn value(&mut self, kind: Kind, now: Instant) -> Value {
        self.peaks.turn(now);
        match kind {
            Kind::Timer => Value::Times {
                count: self.count,
                sum: self.sum.as_secs_f64(),
                max: self.peaks.now.max(self.peaks.before).as_secs_f64(),
            },
            Kind::Histogram => Value::Spread {
                spread: self.spread.as_deref().copied().unwrap_or_default(),
                sum: self.sum.as_secs_f64(),
            },
            Kind::Counter | Kind::Gauge => Value::Count(self.count),
        }
    }
}

impl Peaks {
    fn turn(&mut self, now: Instant) {
        let began = *self.began.get_or_insert(now);
        let age = now.saturating_duration_since(began);
        if age < WINDOW {
            return;
        }
        self.before = if age < WINDOW * 2 { self.now } else { Duration::ZERO };
        self.now = Duration::ZERO;
        self.began = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn max(series: &mut Series, now: Instant) -> f64 {
        match series.value(Kind::Timer, now) {
            Value::Times { max, .. } => max,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_maximum_is_forgotten_after_two_minutes() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut series = Series::default();
        series.time(Duration::from_secs(3), start);
        series.time(Duration::from_secs(1), after(61));
        assert!((max(&mut series, after(62)) - 3.0).abs() < f64::EPSILON);
        assert!((max(&mut series, after(122)) - 1.0).abs() < f64::EPSILON);
        assert!(max(&mut series, after(400)).abs() < f64::EPSILON);
    }
}
