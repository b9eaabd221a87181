//! The dashboard and the alarms speak of figures that a real server has.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use testkit::postgres;
use trials::{Answer, ORG, PATIENCE, Place, Server, agreed_envelope, email_order, instant_sms};

const DASHBOARD: &str = include_str!("../../../../ops/grafana/budstikke.json");
const ALARMS: &str = include_str!("../../../../ops/prometheus/alerts.yml");
const PAGE: &str = include_str!("../../../../docs/reference/metrics.md");
/// What names of ours begin with.
const OURS: [&str; 4] = ["budstikke_", "http_server_", "process_", "disk_"];
/// Labels that Prometheus itself adds.
const ADDED: [&str; 2] = ["job", "instance"];

/// A figure as an expression names it, with what it wants of labels.
struct Mention {
    name: String,
    /// Label, how it is compared, and with what.
    wants: Vec<(String, String, String)>,
}

/// What an expression speaks of: figures, and the labels that it groups by.
fn mentions(expression: &str) -> (Vec<Mention>, Vec<String>) {
    let (mut found, mut groups, mut rest) = (Vec::new(), Vec::new(), expression);
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '"') {
        rest = &rest[start..];
        if let Some(text) = rest.strip_prefix('"') {
            rest = text.split_once('"').map_or("", |(_, after)| after);
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        if word == "by" {
            let inside = after.split_once('(').and_then(|(_, inside)| inside.split_once(')'));
            let (labels, behind) = inside.expect("labels to group by");
            groups.extend(labels.split(',').map(|label| label.trim().to_owned()));
            rest = behind;
        } else if OURS.iter().any(|begin| word.starts_with(begin)) {
            let wants = after.strip_prefix('{').map_or_else(Vec::new, wants);
            rest = after
                .strip_prefix('{')
                .and_then(|inside| inside.split_once('}'))
                .map_or(after, |both| both.1);
            found.push(Mention { name: word.to_owned(), wants });
        }
    }
    (found, groups)
}

/// What stands between braces.
fn wants(inside: &str) -> Vec<(String, String, String)> {
    let inside = inside.split('}').next().unwrap_or_default();
    let one = |text: &str| {
        let at = text.find(['=', '!']).expect("a comparison");
        let (label, rest) = text.split_at(at);
        let (how, value) = rest.split_once('"').expect("a value in quotes");
        (label.trim().to_owned(), how.to_owned(), value.trim_end_matches('"').to_owned())
    };
    inside.split(", ").filter(|text| !text.is_empty()).map(one).collect()
}

/// What a server shows: for each name the values of each label.
type Shown = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

async fn shown(server: &Server) -> Shown {
    let scrape = Answer::of(reqwest::Client::new().get(server.url("/manage/prometheus"))).await;
    let mut shown = Shown::new();
    for line in scrape.expect("figures").text.lines().filter(|line| !line.starts_with('#')) {
        let (name, rest) = line.split_once(['{', ' ']).expect("a name");
        let labels = shown.entry(name.to_owned()).or_default();
        for pair in rest.split_once('}').map_or("", |(inside, _)| inside).split("\",") {
            if let Some((label, value)) = pair.split_once("=\"") {
                labels.entry(label.to_owned()).or_default().insert(value.trim_end_matches('"').to_owned());
            }
        }
    }
    shown
}

/// What does not fit: names that nobody shows, labels that they do not have, values that nobody has heard of.
fn strange(expression: &str, texts: &[String], shown: &Shown) -> Vec<String> {
    let (mentions, groups) = mentions(expression);
    let (mut strange, mut labels) = (Vec::new(), BTreeSet::from(ADDED));
    for Mention { name, wants } in &mentions {
        let Some(has) = shown.get(name) else {
            strange.push(format!("{name} is not shown"));
            continue;
        };
        labels.extend(has.keys().map(String::as_str));
        for (label, how, value) in wants.iter().filter(|(label, ..)| !ADDED.contains(&label.as_str())) {
            let values = has.get(label);
            // Some values mean that something is wrong, which it is not here; then the page knows them.
            let known = how != "=" || values.is_some_and(|all| all.contains(value)) || PAGE.contains(value);
            if values.is_none() || !known {
                strange.push(format!("{name} has no {label}{how}{value}"));
            }
        }
    }
    let used = groups.iter().cloned().chain(texts.iter().flat_map(|text| placeholders(text)));
    strange.extend(
        used.filter(|label| !labels.contains(label.as_str())).map(|label| format!("no label {label}")),
    );
    strange.into_iter().map(|what| format!("{what}: {expression}")).collect()
}

/// Labels that a text for people shows: `{{route}}`, `{{ $labels.route }}`.
fn placeholders(text: &str) -> Vec<String> {
    let inside = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
    let labels = inside.map(|inside| inside.trim().trim_start_matches("$labels."));
    labels.filter(|label| !label.starts_with('$')).map(str::to_owned).collect()
}

/// Every expression of the dashboard, with the texts that show its labels.
fn of_dashboard() -> Vec<(String, Vec<String>)> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    let text = |target: &Value, member: &str| target[member].as_str().expect("text").to_owned();
    targets.map(|target| (text(&target, "expr"), vec![text(&target, "legendFormat")])).collect()
}

/// One alarm as it stands in the file.
#[derive(Default)]
struct Alarm {
    name: String,
    expression: String,
    rest: Vec<String>,
}

fn alarms() -> Vec<Alarm> {
    let mut alarms: Vec<Alarm> = Vec::new();
    let mut in_expression = false;
    for line in ALARMS.lines() {
        if let Some((_, name)) = line.split_once("- alert: ") {
            alarms.push(Alarm { name: name.to_owned(), ..Alarm::default() });
            continue;
        }
        let Some(alarm) = alarms.last_mut() else { continue };
        if let Some((_, expression)) = line.split_once(" expr: ") {
            in_expression = expression == "|";
            alarm.expression.push_str(expression.trim_start_matches('|'));
        } else if in_expression && line.starts_with("          ") {
            alarm.expression.push_str(line);
        } else {
            in_expression = false;
            alarm.rest.push(line.trim().to_owned());
        }
    }
    alarms
}

/// A code, an e-mail, a message that comes, and a subscriber that cannot be told.
async fn traffic(server: &Server) {
    let hook = json!({ "name": "Arkiv", "pushEndpoint": "http://127.0.0.1:1/hook", "resource": "all", "event": "all" });
    let asked = async |request: reqwest::RequestBuilder| {
        let answer = Answer::of(request).await.expect("an answer");
        assert!(answer.status < 300, "{answer:?}");
    };
    asked(server.exchange(Method::POST, "/subscriptions").json(&hook)).await;
    let code = instant_sms("a", "+4799999901", "Koden er 1.");
    asked(server.notify(Method::POST, "/future/orders/instant/sms").json(&code)).await;
    let mail = email_order("b", "kari@fjord.example", "Hei");
    asked(server.notify(Method::POST, "/future/orders").json(&mail)).await;
    let id = uuid::Uuid::new_v4().to_string();
    asked(server.exchange(Method::POST, "/messages/out").json(&agreed_envelope(&id, ORG, ORG))).await;
    asked(server.exchange(Method::POST, &format!("/messages/out/{id}"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_figure_and_label_of_the_dashboard_and_the_alarms_is_shown_by_a_server_at_work() {
    let place = Place::new().with("store", format!("\"{}\"", postgres::shared().database()));
    let server = place.start().await;
    traffic(&server).await;
    let of_alarms = alarms().into_iter().map(|alarm| (alarm.expression, alarm.rest));
    let expressions: Vec<_> = of_dashboard().into_iter().chain(of_alarms).collect();
    assert!(expressions.len() > 40, "only {} expressions", expressions.len());
    let begun = std::time::Instant::now();
    loop {
        let shown = shown(&server).await;
        let strange: Vec<String> =
            expressions.iter().flat_map(|(expression, texts)| strange(expression, texts, &shown)).collect();
        if strange.is_empty() {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{}", strange.join("\n"));
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    server.stop().await;
}

#[test]
fn every_alarm_says_how_urgent_it_is_and_where_to_read_on() {
    let alarms = alarms();
    let names: BTreeSet<&str> = alarms.iter().map(|alarm| alarm.name.as_str()).collect();
    assert_eq!(names.len(), alarms.len(), "two alarms have one name");
    assert!(alarms.len() > 15);
    for Alarm { name, expression, rest } in &alarms {
        let runbook = format!("runbook_url: docs/runbook.md#{}", name.to_lowercase());
        assert!(rest.contains(&runbook), "{name}: {rest:?}");
        let urgent =
            |line: &String| line == "labels: { severity: page }" || line == "labels: { severity: ticket }";
        assert!(rest.iter().any(urgent), "{name}: {rest:?}");
        let speaks = !mentions(expression).0.is_empty() || expression.starts_with("up{");
        assert!(speaks, "{name} asks for nothing of ours: {expression}");
    }
}

#[test]
fn what_an_expression_speaks_of_is_found() {
    let (mentions, groups) =
        mentions(r#"sum by (job, a) (rate(disk_x{a="1", b!~"2|3"}[5m])) / disk_y > up{c="d"}"#);
    let names: Vec<&str> = mentions.iter().map(|mention| mention.name.as_str()).collect();
    assert_eq!((names, groups), (vec!["disk_x", "disk_y"], vec!["job".to_owned(), "a".to_owned()]));
    let wanted: Vec<_> =
        mentions[0].wants.iter().map(|(label, how, value)| format!("{label} {how} {value}")).collect();
    assert_eq!(wanted, ["a = 1", "b !~ 2|3"]);
}
