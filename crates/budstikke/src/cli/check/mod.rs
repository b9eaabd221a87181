//! `budstikke check`: what every setting is and where it comes from, what becomes of the reference's keys,
//! and every problem at once. Starts nothing and changes nothing.

mod report;
mod trials;

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Settings;
use crate::config::Config;
use report::Report;

/// Says what every setting is, where it comes from and what is wrong. Ends with an error when something is
/// wrong.
#[derive(Args)]
pub(crate) struct Check {
    /// Also show settings that nobody has changed
    #[arg(long)]
    all: bool,
    /// Also call what is elsewhere: token issuer, registry, broker, time server
    #[arg(long)]
    connect: bool,
    /// JSON instead of tables
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

#[expect(clippy::print_stdout, reason = "this is what the operator reads")]
pub(super) fn run(check: &Check) -> Result<ExitCode> {
    let sources = check.settings.sources()?;
    let read = Config::read(&sources);
    let mut report = Report::of(&sources, &read, check.all);
    if let Some(config) = &read.config {
        report.trials = trials::at_home(config);
        if check.connect {
            report.trials.extend(super::runtime()?.block_on(trials::abroad(config)));
        }
    }
    if check.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.for_people());
    }
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
