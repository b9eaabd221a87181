//! The plots of the overview, made of the past.

use std::collections::BTreeMap;

use jiff::Timestamp;
use meter::{Family, families};

use super::words::Words;
use crate::history::{Figures, Past};
use crate::language::Language;
use crate::plot::{Drawn, Kind, Plot, Series, Unit};

/// Lanes that are drawn, those with the most in them.
const LANES: usize = 7;

/// All of them, in their order.
pub(super) fn all(past: &Past, words: &Words, lang: Language) -> Vec<Drawn> {
    let shares: [(&str, f64); 3] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)];
    let times = |id, title, family: &'static Family, fits: fn(&[&str]) -> bool| {
        let line = |(name, share): (&str, f64)| {
            let value = |figures: &Figures| figures.spread(family, fits).quantile(share);
            series(past, name, value)
        };
        plot(past, id, title, Unit::Seconds, Kind::Lines, shares.map(line).to_vec())
    };
    let plots = [
        plot(past, "sent", words.sent, Unit::Amount, Kind::Columns, sent(past, words)),
        plot(past, "carried", words.carried, Unit::Amount, Kind::Columns, carried(past, words)),
        plot(past, "backlog", words.backlog, Unit::Amount, Kind::Lines, backlog(past)),
        times("taken", words.codes_taken, &families::INSTANT, |labels| labels.last() == Some(&"taken")),
        times("delivered", words.codes_delivered, &families::INSTANT, |labels| {
            labels.last() == Some(&"delivered")
        }),
        times("levert", words.messages_delivered, &families::MESSAGE_TIME, |_| true),
        plot(past, "outcomes", words.outcomes, Unit::Amount, Kind::Columns, outcomes(past, words)),
        plot(past, "hooks", words.webhook_calls, Unit::Amount, Kind::Columns, hooks(past, words)),
        plot(past, "size", words.store_size, Unit::Bytes, Kind::Lines, size(past, words)),
    ];
    plots.iter().map(|plot| plot.drawn(lang)).collect()
}

fn plot(past: &Past, id: &'static str, title: &str, unit: Unit, kind: Kind, series: Vec<Series>) -> Plot {
    let times: Vec<Timestamp> = past.slots.iter().map(|(at, _)| *at).collect();
    Plot { id, title: title.to_owned(), unit, kind, range: past.range, times, series }
}

fn series(past: &Past, name: &str, value: impl Fn(&Figures) -> Option<f64>) -> Series {
    let values = past.slots.iter().map(|(_, figures)| figures.as_ref().and_then(&value));
    Series { name: name.to_owned(), values: values.collect() }
}

/// How many in each slot.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn counted(past: &Past, name: &str, family: &Family, fits: impl Fn(&[&str]) -> bool) -> Series {
    series(past, name, |figures| Some(figures.count(family, &fits) as f64))
}

fn sent(past: &Past, words: &Words) -> Vec<Series> {
    vec![
        counted(past, "SMS", &families::NOTIFICATIONS, |labels| labels == ["sms", "Accepted"]),
        counted(past, words.email, &families::NOTIFICATIONS, |labels| labels == ["email", "Succeeded"]),
    ]
}

fn carried(past: &Past, words: &Words) -> Vec<Series> {
    vec![
        counted(past, words.out, &families::MESSAGES, |labels| labels.ends_with(&["OUTGOING", "SENDT"])),
        counted(past, words.inward, &families::MESSAGES, |labels| {
            labels.ends_with(&["INCOMING", "INNKOMMENDE_MOTTATT"])
        }),
    ]
}

/// How notifications ended.
fn outcomes(past: &Past, words: &Words) -> Vec<Series> {
    let ended = |name: &str, channel: &'static str, beginning: &'static str| {
        counted(
            past,
            name,
            &families::NOTIFICATIONS,
            move |labels| matches!(labels, [of, result] if *of == channel && result.starts_with(beginning)),
        )
    };
    vec![
        ended(words.sms_delivered, "sms", "Delivered"),
        ended(words.sms_failed, "sms", "Failed"),
        ended(words.email_delivered, "email", "Delivered"),
        ended(words.email_failed, "email", "Failed"),
    ]
}

fn hooks(past: &Past, words: &Words) -> Vec<Series> {
    let outcomes = [(words.told, "delivered"), (words.failed, "failed"), (words.given_up, "given_up")];
    let series = |(name, outcome): (&str, &'static str)| {
        counted(past, name, &families::WEBHOOK_CALLS, move |labels| labels.last() == Some(&outcome))
    };
    outcomes.map(series).to_vec()
}

fn size(past: &Past, words: &Words) -> Vec<Series> {
    let parts = [(words.database, "database"), (words.log, "log")];
    let series = |(name, part): (&str, &'static str)| measured(past, name, &families::STORE_SIZE, part);
    parts.map(series).into_iter().filter(|series| series.values.iter().any(Option::is_some)).collect()
}

/// The highest of a measure in each slot.
fn measured(past: &Past, name: &str, family: &Family, label: &str) -> Series {
    series(past, name, |figures| {
        let found = figures.levels(family).find(|(labels, _)| labels == &[label]);
        found.map(|(_, level)| level)
    })
}

/// The lanes with the most in them.
fn backlog(past: &Past) -> Vec<Series> {
    let mut most: BTreeMap<&str, f64> = BTreeMap::new();
    for figures in past.slots.iter().filter_map(|(_, figures)| figures.as_ref()) {
        for (labels, level) in figures.levels(&families::LANE_DEPTH) {
            let kept = most.entry(labels.first().copied().unwrap_or_default()).or_default();
            *kept = kept.max(level);
        }
    }
    let mut lanes: Vec<_> = most.into_iter().filter(|(_, most)| *most > 0.0).collect();
    lanes.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let lane = |(lane, _): (&str, f64)| {
        let mut series = measured(past, lane, &families::LANE_DEPTH, lane);
        // A lane that is not named in a slot of which something is known is empty.
        for (value, (_, figures)) in series.values.iter_mut().zip(&past.slots) {
            *value = value.or_else(|| figures.as_ref().map(|_| 0.0));
        }
        series
    };
    lanes.into_iter().take(LANES).map(lane).collect()
}
