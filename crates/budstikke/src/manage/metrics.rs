//! `GET /manage/prometheus` for machines, `GET /manage/metrics` and `GET /manage/metrics/{name}` for people.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use exchange::Problem;
use meter::{Family, Kind, Point, Value};
use serde_json::json;

use super::{Manage, figures};

/// Everything, in the Prometheus text format.
pub(super) async fn prometheus(State(manage): State<Manage>) -> Response {
    let text = figures::all(&manage).await.text();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// The names of what there is.
pub(super) async fn list(State(manage): State<Manage>) -> Response {
    let snapshot = figures::all(&manage).await;
    let names: BTreeSet<String> = snapshot.families().map(Family::dotted).collect();
    Json(json!({ "names": names })).into_response()
}

/// One family, by either of its names; `?tag=status:200` looks at some of it.
pub(super) async fn show(
    State(manage): State<Manage>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let snapshot = figures::all(&manage).await;
    let Some(family) = snapshot.families().find(|family| family.name == name || family.dotted() == name)
    else {
        return Problem::no_such_path().into_response();
    };
    let query = query.unwrap_or_default();
    let wanted: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == "tag")
        .filter_map(|(_, tag)| tag.split_once(':').map(|(tag, value)| (tag.to_owned(), value.to_owned())))
        .collect();
    let mut points = snapshot.points(family);
    points.retain(|point| wanted.iter().all(|(tag, value)| has(family, point, tag, value)));
    if points.is_empty() {
        return Problem::no_such_path().into_response();
    }
    Json(json!({
        "name": family.dotted(),
        "description": family.help,
        "baseUnit": matches!(family.kind, Kind::Timer | Kind::Histogram).then_some("seconds"),
        "measurements": measurements(family, &points),
        "availableTags": tags(family, &points, &wanted),
    }))
    .into_response()
}

fn has(family: &Family, point: &Point, tag: &str, value: &str) -> bool {
    family.labels.iter().zip(&point.labels).any(|(label, found)| *label == tag && found == value)
}

fn measurements(family: &Family, points: &[Point]) -> serde_json::Value {
    let (mut sum, mut times, mut longest) = (0.0, 0, 0.0_f64);
    for point in points {
        match point.value {
            Value::Count(count) => times += count,
            Value::Measure(measure) => sum += measure,
            Value::Spread { spread, sum: took } => {
                times += spread.total();
                sum += took;
            }
            Value::Times { count, sum: took, max } => {
                times += count;
                sum += took;
                longest = longest.max(max);
            }
        }
    }
    match family.kind {
        Kind::Counter => json!([{ "statistic": "COUNT", "value": times }]),
        Kind::Gauge => json!([{ "statistic": "VALUE", "value": sum }]),
        Kind::Histogram => json!([
            { "statistic": "COUNT", "value": times },
            { "statistic": "TOTAL_TIME", "value": sum },
        ]),
        Kind::Timer => json!([
            { "statistic": "COUNT", "value": times },
            { "statistic": "TOTAL_TIME", "value": sum },
            { "statistic": "MAX", "value": longest },
        ]),
    }
}

/// By which tags one can look closer.
fn tags(family: &Family, points: &[Point], chosen: &[(String, String)]) -> serde_json::Value {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for point in points {
        for (label, value) in family.labels.iter().zip(&point.labels) {
            found.entry(label).or_default().insert(value);
        }
    }
    found.retain(|label, _| chosen.iter().all(|(tag, _)| tag != label));
    found.into_iter().map(|(tag, values)| json!({ "tag": tag, "values": values })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_figures_is_this_table() {
        let page = include_str!("../../../../docs/reference/metrics.md");
        let rows: Vec<&str> = page.lines().filter(|line| is_row(line)).collect();
        let wanted: Vec<String> = meter::families::ALL.iter().map(|family| row(family)).collect();
        assert_eq!(rows, wanted);
    }

    fn is_row(line: &str) -> bool {
        let kind = line.split('|').nth(2).map(str::trim);
        matches!(kind, Some("counter" | "gauge" | "timer" | "histogram"))
    }

    fn row(family: &Family) -> String {
        let kind = match family.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Timer => "timer",
            Kind::Histogram => "histogram",
        };
        let labels: Vec<String> = family.labels.iter().map(|label| format!("`{label}`")).collect();
        let labels = if labels.is_empty() { "–".to_owned() } else { labels.join(", ") };
        format!("| `{}` | {kind} | {labels} | {} |", family.name, family.help)
    }
}
