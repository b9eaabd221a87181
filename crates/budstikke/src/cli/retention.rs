//! `budstikke retention`: what is kept for how long, what would go, and removing it now.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::Method;
use types::retention::Kept;

use super::Settings;
use super::import::{accepted, console};
use super::output::Output;
use crate::app::Addresses;
use crate::catalogue::entries::server;

/// Say what is kept for how long, and what would be removed; the server must be running.
///
/// Nothing is removed without --apply; the server itself removes what is due in its own time.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke retention\n  \
    budstikke retention --by 2027-01-31 --json\n  \
    budstikke retention --apply")]
pub(super) struct Retention {
    /// What would be removed by then, as 2027-01-31 (UTC) [default: now]
    #[arg(long, value_name = "DATE", conflicts_with = "apply")]
    by: Option<Date>,
    /// Remove now what is due
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(retention: &Retention) -> Result<ExitCode> {
    let config = retention.settings.load()?;
    let addresses = Addresses::of_running(&config.data_dir).with_context(|| {
        server::NO_SERVER.says(format!("no server is running on {}", config.data_dir.display()))
    })?;
    let path = match retention.by {
        Some(day) => {
            let at: Timestamp = day.to_zoned(TimeZone::UTC)?.timestamp();
            format!("/console/retention?by={at}")
        }
        None => "/console/retention".to_owned(),
    };
    let method = if retention.apply { Method::POST } else { Method::GET };
    let mut request = console(&config, &addresses, method, &path)?;
    if retention.apply {
        request = request.header("Content-Type", "application/json").body("{}");
    }
    let kept: Vec<Kept> = super::runtime()?.block_on(async {
        let answer = accepted(request.send().await).await?;
        answer.json().await.context("the server's answer")
    })?;
    retention.output.show(&kept, || words(retention, &kept))?;
    Ok(ExitCode::SUCCESS)
}

fn words(retention: &Retention, kept: &[Kept]) -> String {
    let goes = if retention.apply { "left" } else { "goes" };
    let mut text = format!("{:<14} {:>6} {goes:>9} {:>12}  what\n", "kind", "days", "bytes");
    for Kept { kind, what, setting, days, due, bytes, .. } in kept {
        let days = days.map_or_else(|| "-".to_owned(), |days| days.to_string());
        let due = due.map_or_else(|| "-".to_owned(), |due| due.to_string());
        let bytes = bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
        let setting = setting.as_ref().map(|setting| format!(" ({setting})")).unwrap_or_default();
        text += &format!("{kind:<14} {days:>6} {due:>9} {bytes:>12}  {what}{setting}\n");
    }
    if retention.apply {
        text += "What was due has been removed.\n";
    }
    text
}
