//! `budstikke doctor`: tries everything that a server needs, sends nothing, and says what is wrong.
//!
//! Each probe looks at one thing and ends as a [`Finding`]: fine, worth a look, or wrong, with what was seen, why,
//! what to do and whose move it is. Probes run side by side, each with a time limit of its own. They work
//! whether a server runs or not: what a running one holds is asked of it, and nothing is locked by looking.

mod broker;
mod certificates;
mod clock;
mod database;
mod finding;
mod gateways;
mod machine;
mod network;
mod register;
mod server;
mod store;
mod tokens;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use futures_util::future::join_all;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::Settings;
use super::output::Output;
use crate::app::Addresses;
use crate::catalogue::Whose;
use crate::catalogue::entries::{found, settings};
use crate::config::{Config, Read};
use finding::{Advice, Finding, Verdict, told};

/// Tries everything that a server needs, and says what is wrong and whose move it is. Nothing is sent.
///
/// Gateways, mail relays, token issuer, broker, registry and registers are called; database, files, certificates,
/// clock, disk and ports are looked at; a running server is asked how it does. It ends with exit code 3 when
/// something is wrong; what is only worth a look does not count.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke doctor\n  \
    budstikke doctor --config /etc/budstikke/budstikke.toml --json\n  \
    budstikke doctor --deep --timeout 60")]
pub(crate) struct Doctor {
    /// How long each probe may take, in seconds
    #[arg(long, default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
    /// Also read an SQLite database whole and check it; takes as long as reading it does
    #[arg(long)]
    deep: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

/// What probes know.
#[derive(Clone)]
struct Patient(Arc<Known>);

struct Known {
    config: Config,
    /// Where the server that runs here is.
    running: Option<Addresses>,
    deep: bool,
    limit: Duration,
}

impl std::ops::Deref for Patient {
    type Target = Known;

    fn deref(&self) -> &Known {
        &self.0
    }
}

/// A probe under way. It may find several things.
type Probe = Pin<Box<dyn Future<Output = Vec<Finding>> + Send>>;

pub(super) fn run(doctor: &Doctor) -> Result<ExitCode> {
    let read = Config::read(&doctor.settings.sources()?);
    let mut findings = vec![of_settings(&read)];
    if let Some(config) = read.config {
        let running = Addresses::of_running(&config.data_dir);
        let limit = Duration::from_secs(doctor.timeout);
        let patient = Patient(Arc::new(Known { config, running, deep: doctor.deep, limit }));
        findings.extend(super::runtime()?.block_on(examine(patient)));
    }
    let wrong = findings.iter().filter(|finding| finding.verdict == Verdict::Wrong).count();
    let told = json!({ "ok": wrong == 0, "wrong": wrong, "findings": findings });
    doctor.output.show(&told, || told_to_people(&findings, wrong))?;
    let end = if wrong == 0 { ExitCode::SUCCESS } else { found::DOCTOR_FOUND.exit.into() };
    Ok(end)
}

fn told_to_people(findings: &[Finding], wrong: usize) -> String {
    let last = match wrong {
        0 => "Nothing is wrong.".to_owned(),
        1 => format!("One thing is wrong ({}).", found::DOCTOR_FOUND.code),
        many => format!("{many} things are wrong ({}).", found::DOCTOR_FOUND.code),
    };
    format!("{}\n{last}\n", told(findings))
}

fn of_settings(read: &Read) -> Finding {
    let what = "configuration";
    if read.problems.is_empty() {
        return Finding::fine(what, "it can be used");
    }
    let entry = settings::CONFIGURATION;
    let advice = Advice::new(entry.cause, entry.remedy, entry.whose);
    Finding::wrong(what, read.problems.join("; "), advice)
}

/// All probes side by side, their findings in a fixed order.
async fn examine(patient: Patient) -> Vec<Finding> {
    let probes: Vec<(&'static str, Probe)> = [
        machine::probes(&patient),
        store::probes(&patient),
        database::probes(&patient),
        certificates::probes(&patient),
        clock::probes(&patient),
        tokens::probes(&patient),
        gateways::probes(&patient),
        broker::probes(&patient),
        register::probes(&patient),
        server::probes(&patient),
    ]
    .into_iter()
    .flatten()
    .collect();
    let bar = ProgressBar::new(probes.len() as u64);
    let style = ProgressStyle::with_template("  {spinner} {pos} of {len} probes ({elapsed})");
    bar.set_style(style.expect("a template"));
    bar.enable_steady_tick(Duration::from_millis(100));
    let probes = probes.into_iter().map(|(what, probe)| {
        let (limit, bar) = (patient.limit, bar.clone());
        async move {
            let findings = tokio::time::timeout(limit, probe).await;
            bar.inc(1);
            findings.unwrap_or_else(|_| vec![too_slow(what, limit)])
        }
    });
    let findings = join_all(probes).await;
    bar.finish_and_clear();
    findings.into_iter().flatten().collect()
}

fn too_slow(what: &'static str, limit: Duration) -> Finding {
    let advice = Advice::new(
        "Whatever is behind it takes connections and says nothing, or packets are dropped on the way.",
        "Look whether it is overloaded; try again with a longer --timeout.",
        Whose::Network,
    );
    Finding::wrong(what, format!("no end in {} s", limit.as_secs()), advice)
}
