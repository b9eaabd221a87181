//! `budstikke forget`: what there is about one recipient, and erasing it.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use reqwest::Method;
use serde_json::json;
use types::erasure::{Report, Whom};

use super::Settings;
use super::import::{accepted, console};
use super::output::Output;
use crate::app::Addresses;
use crate::catalogue::entries::{files, server};
use crate::config::Config;

/// Show what there is about one recipient, and erase it; the server must be running.
///
/// Without --yes, it is shown and, at a terminal, asked whether to erase it; nothing is changed unless somebody says
/// so. Orders keep their number, their status and their place in the feed; the address in them becomes "erased".
/// What is on its way or waits for its time stays, and is told of: cancel it, or erase once more when it is over.
/// Both the look and the erasure are in the audit log, with the recipient masked.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke forget +4799999999\n  \
    budstikke forget kari@fjord.example --json\n  \
    budstikke forget - --yes < number.txt")]
pub(super) struct Forget {
    /// A mobile number, an e-mail address, a national identity number or an organization number; - reads it from
    /// standard input, so that it stands in no history of commands
    #[arg(value_name = "RECIPIENT")]
    recipient: String,
    /// Erase without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(forget: &Forget) -> Result<ExitCode> {
    let config = forget.settings.load()?;
    let from_input = forget.recipient == "-";
    let recipient = if from_input { line()? } else { forget.recipient.clone() };
    if let Err(error) = Whom::read(&recipient) {
        bail!(server::REFUSED.says(error.to_string()));
    }
    let addresses = Addresses::of_running(&config.data_dir).with_context(|| {
        server::NO_SERVER.says(format!("no server is running on {}", config.data_dir.display()))
    })?;
    let ask = |erase: bool| super::runtime()?.block_on(asked(&config, &addresses, &recipient, erase));
    if forget.yes {
        return shown(forget, &ask(true)?, "");
    }
    let report = ask(false)?;
    let something = report.shares.iter().any(|share| share.goes > 0);
    let may_ask = something && !from_input && !forget.output.is_json();
    let is_there = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let hint = if something { "Nothing has been erased; --yes erases.\n" } else { "" };
    if !(may_ask && is_there) {
        return shown(forget, &report, hint);
    }
    shown(forget, &report, "")?;
    if confirmed()? { shown(forget, &ask(true)?, "") } else { shown(forget, &report, hint) }
}

/// The first line of standard input.
fn line() -> Result<String> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.context(files::FILE_UNREADABLE.says("standard input cannot be read"))?;
    Ok(line.trim().to_owned())
}

fn confirmed() -> Result<bool> {
    let mut terminal = std::io::stderr();
    // Whoever cannot be asked has not said yes.
    if terminal.write_all(b"Erase this for good? Type yes: ").and_then(|()| terminal.flush()).is_err() {
        return Ok(false);
    }
    Ok(line()?.eq_ignore_ascii_case("yes"))
}

async fn asked(config: &Config, addresses: &Addresses, recipient: &str, erase: bool) -> Result<Report> {
    let request = console(config, addresses, Method::POST, "/console/erasure/data")?;
    let body = json!({ "recipient": recipient, "erase": erase });
    let answer = accepted(request.json(&body).send().await).await?;
    answer.json().await.context(server::NOT_UNDERSTOOD.says("the server's answer"))
}

fn shown(forget: &Forget, report: &Report, hint: &str) -> Result<ExitCode> {
    forget.output.show(report, || format!("{}{hint}", words(report)))?;
    Ok(ExitCode::SUCCESS)
}

fn words(report: &Report) -> String {
    let (title, goes) = if report.erased { ("erased of", "gone") } else { ("what there is about", "goes") };
    let mut text = format!("{title} {}\n\n{:<14} {goes:>7} {:>7}  what\n", report.recipient, "kind", "stays");
    for share in &report.shares {
        let why = share.why.as_ref().map(|why| format!(" (stays: {why})")).unwrap_or_default();
        text += &format!("{:<14} {:>7} {:>7}  {}{why}\n", share.kind, share.goes, share.stays, share.what);
    }
    if !report.waiting.is_empty() {
        text += "\nOrders that are not over:\n";
        text += &report.waiting.iter().map(|order| format!("  {order}\n")).collect::<String>();
    }
    if report.is_incomplete() {
        text += "\nSomething stays because it is not over: come back then and erase once more.\n";
    }
    text
}
