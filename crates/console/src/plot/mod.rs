//! Plots, drawn by the server as SVG: nothing to load, nothing to run, and readable by whoever cannot see
//! them (a title, a sentence, and the figures as a table).
//!
//! A drawing has classes and no styles, so that one stylesheet colours it, light and dark, and the pages'
//! strict policy stays. Lines differ by their dashes, too, for whoever cannot tell colours apart. It is made
//! for a width of 400 units and grows with its column, so that its letters stay readable on a phone.

mod axis;
mod draw;
mod number;

use askama::Template;
use jiff::Timestamp;

pub(crate) use number::Unit;
pub(crate) use number::{amount, bytes, seconds};

use crate::history::Range;
use crate::language::Language;

/// The most rows of the table below a plot; slots are joined until they fit.
const ROWS: usize = 30;
/// Colours and dashes that there are.
const STYLES: usize = 8;

/// How values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A line each.
    Lines,
    /// Columns on top of each other: amounts that add up.
    Columns,
}

/// One line, or one layer of columns.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// What it is.
    pub(crate) name: String,
    /// A value for each slot; none where nothing is known.
    pub(crate) values: Vec<Option<f64>>,
}

/// What is to be drawn.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    /// Unique on its page; letters, digits and hyphens.
    pub(crate) id: &'static str,
    /// What it shows.
    pub(crate) title: String,
    /// What the values are.
    pub(crate) unit: Unit,
    /// How they are drawn.
    pub(crate) kind: Kind,
    /// How far back it reaches.
    pub(crate) range: Range,
    /// When each slot began.
    pub(crate) times: Vec<Timestamp>,
    /// At most [`STYLES`] are told apart; further ones look like the first again.
    pub(crate) series: Vec<Series>,
}

/// A plot with everything around it, as a page includes it.
#[derive(Template)]
#[template(path = "plot.html")]
pub(crate) struct Drawn {
    id: &'static str,
    title: String,
    /// What one value stands for.
    each: &'static str,
    svg: Option<String>,
    sentence: String,
    legend: Vec<(usize, String)>,
    table: Vec<(String, Vec<String>)>,
    words: &'static Words,
}

struct Words {
    time: &'static str,
    nothing: &'static str,
    figures: &'static str,
}

const ENGLISH: Words =
    Words { time: "From", nothing: "Nothing in this time.", figures: "The figures as a table" };
const NORWEGIAN: Words =
    Words { time: "Fra", nothing: "Ingenting i denne tiden.", figures: "Tallene som tabell" };

impl Plot {
    /// Draws it, in a language.
    pub(crate) fn drawn(&self, lang: Language) -> Drawn {
        let words = lang.of(&ENGLISH, &NORWEGIAN);
        let is_empty =
            self.series.iter().all(|series| series.values.iter().flatten().all(|value| *value == 0.0));
        let sentence = if is_empty { words.nothing.to_owned() } else { self.sentence(lang) };
        let legend = self.series.iter().enumerate();
        Drawn {
            id: self.id,
            title: self.title.clone(),
            each: self.each(lang),
            svg: (!is_empty).then(|| draw::svg(self, &sentence, lang)),
            legend: legend.map(|(place, series)| (place % STYLES, series.name.clone())).collect(),
            table: if is_empty { Vec::new() } else { self.table(lang) },
            sentence,
            words,
        }
    }

    /// What one value stands for.
    const fn each(&self, lang: Language) -> &'static str {
        match (self.kind, self.range) {
            (Kind::Lines, _) => "",
            (Kind::Columns, Range::Hour) => lang.of("per minute", "per minutt"),
            (Kind::Columns, Range::Day) => lang.of("per quarter of an hour", "per kvarter"),
            (Kind::Columns, Range::Month) => lang.of("per six hours", "per seks timer"),
        }
    }

    /// The highest value of each series, and when.
    fn sentence(&self, lang: Language) -> String {
        let mut parts = Vec::new();
        for series in &self.series {
            let values = self.times.iter().zip(&series.values);
            let known = values.filter_map(|(at, value)| value.map(|value| (*at, value)));
            if let Some((at, most)) = known.max_by(|(_, one), (_, other)| one.total_cmp(other)) {
                let (most, at) = (self.unit.written(most, lang), axis::moment(at, self.range));
                let most = match lang {
                    Language::English => format!("{}: at most {most}, at {at}", series.name),
                    Language::Bokmal => format!("{}: på det meste {most}, {at}", series.name),
                };
                parts.push(most);
            }
        }
        parts.join(". ") + "."
    }

    /// The figures, slots joined until there are few enough rows.
    fn table(&self, lang: Language) -> Vec<(String, Vec<String>)> {
        let joined = self.times.len().div_ceil(ROWS).max(1);
        let row = |(place, times): (usize, &[Timestamp])| {
            let from = times.first().map(|at| axis::moment(*at, self.range)).unwrap_or_default();
            let values = self.series.iter().map(|series| {
                let begin = (place * joined).min(series.values.len());
                let end = (begin + joined).min(series.values.len());
                let known = series.values[begin..end].iter().flatten().copied();
                let value = match self.kind {
                    Kind::Columns => known.reduce(|sum, value| sum + value),
                    Kind::Lines => known.reduce(f64::max),
                };
                value.map_or_else(|| "–".to_owned(), |value| self.unit.written(value, lang))
            });
            (from, values.collect())
        };
        self.times.chunks(joined).enumerate().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    pub(super) fn plot(kind: Kind, values: &[Option<f64>]) -> Plot {
        let begin: Timestamp = "2026-03-02T11:00:00Z".parse().expect("a moment");
        let times = (0..).map(|minute| begin + SignedDuration::from_mins(minute)).take(values.len());
        Plot {
            id: "throughput",
            title: "A <b> & c".to_owned(),
            unit: Unit::Amount,
            kind,
            range: Range::Hour,
            times: times.collect(),
            series: vec![Series { name: "SMS <1>".to_owned(), values: values.to_vec() }],
        }
    }

    #[test]
    fn what_cannot_be_seen_can_be_read() {
        let values: Vec<Option<f64>> = (0_u8..60).map(|value| Some(f64::from(value))).collect();
        let html = plot(Kind::Columns, &values).drawn(Language::English).render().expect("HTML");
        for wanted in [
            "role=\"img\" aria-labelledby=\"throughput-title throughput-text\"",
            "<title id=\"throughput-title\">A &#60;b&#62; &#38; c</title>",
            "SMS &#60;1&#62;: at most 59, at 12:59",
            "<details",
            "<th scope=\"row\">12:00</th><td>1</td>",
        ] {
            assert!(html.contains(wanted), "{wanted} in {html}");
        }
        assert!(!html.contains("style=") && !html.contains("<b>") && !html.contains("<1>"), "{html}");
    }

    #[test]
    fn thirty_rows_are_enough_for_any_stretch_of_time() {
        let values = vec![Some(2.0); 120];
        let columns = plot(Kind::Columns, &values).table(Language::English);
        let lines = plot(Kind::Lines, &values).table(Language::English);
        assert_eq!((columns.len(), lines.len()), (30, 30));
        assert_eq!((columns[0].1[0].as_str(), lines[0].1[0].as_str()), ("8", "2"));
    }

    #[test]
    fn where_nothing_happened_nothing_is_drawn() {
        let drawn = plot(Kind::Lines, &[None, Some(0.0)]).drawn(Language::Bokmal);
        assert!(drawn.svg.is_none() && drawn.render().expect("HTML").contains("Ingenting i denne tiden."));
    }
}
