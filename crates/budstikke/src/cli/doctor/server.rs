//! The server that runs here, by its own account.

use reqwest::Client;
use serde_json::Value;
use url::Url;

use super::finding::{Advice, Finding};
use super::{Patient, Probe};
use crate::catalogue::Whose;
use crate::cli::remote::local;

const WHAT: &str = "server";

pub(super) fn probes(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let patient = patient.clone();
    vec![(WHAT, Box::pin(async move { server(&patient).await }))]
}

async fn server(patient: &Patient) -> Vec<Finding> {
    let Some(running) = &patient.running else {
        let seen = format!("none runs on {}", patient.config.data_dir.display());
        return vec![Finding::fine(WHAT, seen)];
    };
    let asked = async {
        let (base, http) = local(&patient.config, running)?;
        ask(&http, &base).await
    };
    match asked.await {
        Ok(health) => judged(&health),
        Err(error) => {
            let advice = Advice::new(
                "The server holds its data directory, but does not say how it does: it starts, stops, or hangs.",
                "Look at its log; if it stays so, restart it. What it has accepted is on disk.",
                Whose::Server,
            );
            vec![Finding::wrong(WHAT, format!("{error:#}"), advice)]
        }
    }
}

/// Health is answered with 503, too, when something is down.
async fn ask(http: &Client, base: &Url) -> anyhow::Result<Value> {
    let answer = http.get(base.join("manage/health")?).send().await;
    Ok(answer.map_err(reqwest::Error::without_url)?.json().await.map_err(reqwest::Error::without_url)?)
}

/// Components that say something is wrong or worth a look; the rest is one line.
fn judged(health: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, component) in health["components"].as_object().into_iter().flatten() {
        let details = &component["details"];
        let status = component["status"].as_str().unwrap_or("UNKNOWN");
        if status != "UP" {
            findings.push(Finding::wrong(
                format!("{WHAT}: {name}"),
                format!("{status} {}", said(details)),
                advice(name),
            ));
        } else if let Some(warning) = warning(details) {
            findings.push(Finding::warning(format!("{WHAT}: {name}"), warning, advice(name)));
        }
    }
    let status = health["status"].as_str().unwrap_or("UNKNOWN");
    if findings.is_empty() {
        findings.push(Finding::fine(WHAT, format!("it runs and says {status}")));
    }
    findings
}

fn said(details: &Value) -> String {
    if details.is_null() { String::new() } else { details.to_string() }
}

/// The first warning in the details, at any depth.
fn warning(details: &Value) -> Option<String> {
    let Value::Object(fields) = details else { return None };
    let own = ["warning", "reloadFailure"].into_iter().find_map(|name| fields.get(name));
    let own = own.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    own.or_else(|| fields.iter().find_map(|(name, value)| Some(format!("{name}: {}", warning(value)?))))
}

fn advice(component: &str) -> Advice {
    let (cause, remedy, whose) = match component {
        "db" => (
            "The server's database does not answer it.",
            "See what is found about the database above; what was accepted before is kept.",
            Whose::Database,
        ),
        "diskSpace" => (
            "The disk of the data directory is nearly full.",
            "Free disk space; the server takes up work again by itself.",
            Whose::Machine,
        ),
        "certificates" => (
            "A certificate runs out, has run out, or its new file cannot be used.",
            "Put its successor in place; docs/certificates.md says how, without a restart.",
            Whose::Yours,
        ),
        "clock" => (
            "The clock of the server's machine is wrong, or the time server does not answer.",
            "Let the machine follow a time server.",
            Whose::Machine,
        ),
        "channels" => (
            "A channel cannot be reached; what is to be sent over it waits.",
            "See what is found about the broker above.",
            Whose::Network,
        ),
        "dbWrites" => (
            "The server's database takes no writes: it is read-only, full, or a replica.",
            "See what is found about database and disk above; nothing new is accepted until it is writable.",
            Whose::Database,
        ),
        "configuration" => (
            "The last reload was refused; the server goes on with the configuration from before.",
            "Mend what is named and reload (`budstikke reload`).",
            Whose::Yours,
        ),
        "gateways" => (
            "A gateway is shut because it failed again and again; others take over where there are others.",
            "See what is found about the gateway above; it is tried again by itself.",
            Whose::Gateway,
        ),
        "webhooks" => (
            "An endpoint that wants to be told does not answer; what it missed waits.",
            "Tell whoever runs it; the console shows which it is.",
            Whose::Receiver,
        ),
        "leader" => (
            "No node numbers what has come to its end: the feed and webhooks stand still.",
            "Look whether a node with the role sweep runs; another takes over by itself.",
            Whose::Server,
        ),
        "readinessState" => ("The server is stopping.", "Wait until it has stopped.", Whose::Nobodys),
        _ => ("The server says so.", "Look at its log and at /manage/health.", Whose::Server),
    };
    Advice::new(cause, remedy, whose)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::finding::Verdict;
    use super::*;

    #[test]
    fn what_is_down_is_wrong_and_a_warning_at_any_depth_is_found() {
        let health = json!({ "status": "DOWN", "components": {
            "ping": { "status": "UP" },
            "db": { "status": "DOWN", "details": { "error": "The store does not answer" } },
            "channels": { "status": "UP", "details": { "DPO": { "reachable": false, "warning": "no answer" } } } } });
        let findings = judged(&health);
        let told: Vec<_> = findings.iter().map(|finding| (finding.what.as_str(), finding.verdict)).collect();
        assert_eq!(told, [("server: db", Verdict::Wrong), ("server: channels", Verdict::Warning)]);
        assert_eq!(findings[1].seen, "DPO: no answer");

        let well = judged(&json!({ "status": "UP", "components": { "ping": { "status": "UP" } } }));
        assert_eq!((well.len(), well[0].verdict), (1, Verdict::Fine));
    }
}
