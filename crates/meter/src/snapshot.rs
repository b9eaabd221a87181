//! What the figures are at a moment, and the text that says so.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{BOUNDS, Family, Kind, Spread};

/// A figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// How many.
    Count(u64),
    /// How much.
    Measure(f64),
    /// How often, how long altogether, and the longest; in seconds.
    Times {
        /// How often.
        count: u64,
        /// Altogether.
        sum: f64,
        /// The longest of late.
        max: f64,
    },
    /// How many took how long, and how long altogether in seconds.
    Spread {
        /// How many within which bounds.
        spread: Spread,
        /// Altogether.
        sum: f64,
    },
}

/// A figure with its labels, in the family's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The labels' values.
    pub labels: Vec<String>,
    /// The figure.
    pub value: Value,
}

/// Figures of a moment, by family.
#[derive(Clone, Debug, Default)]
pub struct Snapshot(BTreeMap<&'static str, (&'static Family, BTreeMap<Vec<String>, Value>)>);

impl Snapshot {
    /// Adds a measure.
    pub fn set(&mut self, family: &'static Family, labels: &[&str], measure: f64) {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        self.insert(family, labels, Value::Measure(measure));
    }

    pub(crate) fn insert(&mut self, family: &'static Family, labels: Vec<String>, value: Value) {
        debug_assert_eq!(labels.len(), family.labels.len(), "{}", family.name);
        self.0.entry(family.name).or_insert_with(|| (family, BTreeMap::new())).1.insert(labels, value);
    }

    /// Takes over the figures of another.
    pub fn extend(&mut self, other: Self) {
        for (family, points) in other.0.into_values() {
            for (labels, value) in points {
                self.insert(family, labels, value);
            }
        }
    }

    /// The families that there are figures of.
    pub fn families(&self) -> impl Iterator<Item = &'static Family> {
        self.0.values().map(|(family, _)| *family)
    }

    /// The figures of a family.
    pub fn points(&self, family: &Family) -> Vec<Point> {
        let points = self.0.get(family.name).map(|(_, points)| points);
        let point = |(labels, value): (&Vec<String>, &Value)| Point { labels: labels.clone(), value: *value };
        points.into_iter().flatten().map(point).collect()
    }

    /// All of them in the Prometheus text format, version 0.0.4.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (family, points) in self.0.values() {
            write_family(&mut text, family, points).expect("text takes everything");
        }
        text
    }
}

fn write_family(
    text: &mut String,
    family: &Family,
    points: &BTreeMap<Vec<String>, Value>,
) -> std::fmt::Result {
    let Family { name, kind, help, .. } = family;
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {}", kind.as_str())?;
    for (labels, value) in points {
        if let Value::Spread { spread, sum } = value {
            write_spread(text, family, labels, spread, *sum)?;
            continue;
        }
        let labels = written(family.labels, labels);
        match value {
            Value::Count(count) => writeln!(text, "{name}{labels} {count}")?,
            Value::Measure(measure) => writeln!(text, "{name}{labels} {measure}")?,
            Value::Times { count, sum, .. } => {
                writeln!(text, "{name}_count{labels} {count}\n{name}_sum{labels} {sum}")?;
            }
            Value::Spread { .. } => {}
        }
    }
    if *kind == Kind::Timer {
        // A summary has no maximum, so this is a family of its own.
        writeln!(text, "# HELP {name}_max {help} The longest of late.\n# TYPE {name}_max gauge")?;
        for (labels, value) in points {
            if let Value::Times { max, .. } = value {
                writeln!(text, "{name}_max{} {max}", written(family.labels, labels))?;
            }
        }
    }
    Ok(())
}

/// A histogram has its counts added up from the lowest bound on.
fn write_spread(
    text: &mut String,
    family: &Family,
    labels: &[String],
    spread: &Spread,
    sum: f64,
) -> std::fmt::Result {
    let Family { name, labels: names, .. } = family;
    let names: Vec<&str> = names.iter().copied().chain(["le"]).collect();
    let bounds = BOUNDS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
    let mut total = 0;
    for (count, bound) in spread.counts().iter().zip(bounds) {
        total += count;
        let labels: Vec<String> = labels.iter().cloned().chain([bound]).collect();
        writeln!(text, "{name}_bucket{} {total}", written(&names, &labels))?;
    }
    let labels = written(family.labels, labels);
    writeln!(text, "{name}_count{labels} {total}\n{name}_sum{labels} {sum}")
}

/// Labels as they stand behind a name.
fn written(names: &[&str], values: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let one = |(name, value): (&&str, &String)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{name}=\"{value}\"")
    };
    format!("{{{}}}", names.iter().zip(values).map(one).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::QUEUE_DEPTH;

    #[test]
    fn signs_that_mean_something_are_escaped() {
        let mut snapshot = Snapshot::default();
        snapshot.set(&QUEUE_DEPTH, &["a\"b\\c\nd"], 1.0);
        assert!(snapshot.text().contains(r#"{queue="a\"b\\c\nd"} 1"#), "{}", snapshot.text());
    }
}
