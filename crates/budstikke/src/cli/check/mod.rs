//! `budstikke check`: what every setting is and where it comes from, what becomes of the reference's keys,
//! and every problem at once. Starts nothing and changes nothing.

mod report;
mod trials;

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Settings;
use super::output::Output;
use crate::catalogue::entries::found;
use crate::config::Config;
use report::Report;
pub(super) use trials::writable;

/// Says what every setting is, where it comes from and what is wrong
///
/// It starts nothing and changes nothing, and ends with exit code 3 when something is wrong.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke check\n  \
    budstikke check --all --json\n  \
    budstikke check --properties integrasjonspunkt-local.properties --connect")]
pub(crate) struct Check {
    /// Also show settings that nobody has changed
    #[arg(long)]
    all: bool,
    /// Also call what is elsewhere: token issuer, registry, broker, time server
    #[arg(long)]
    connect: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

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
    check.output.show(&report, || report.for_people())?;
    Ok(if report.is_good() { ExitCode::SUCCESS } else { found::CHECK_FOUND.exit.into() })
}
