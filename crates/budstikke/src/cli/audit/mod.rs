//! `budstikke audit`: the audit log, checked and exported.

mod source;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use audit::{Anchor, Broken, Checker, Head};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use self::source::Source;
use super::Settings;
use super::output::Output;
use crate::catalogue::entries::found;
use console::audit::lines;

/// Checks or exports the audit log: who sent what at once, and who overrode whose reservation.
///
/// Every entry's hash covers the one before it, so nothing can be changed, removed or added without
/// its showing. Keep what `verify` prints in another place now and then, and give it as --anchor
/// later: then not even the whole log can be made anew. Exit codes: 0 whole, 1 cannot be read, 3 broken.
#[derive(Args)]
pub(crate) struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(about = "Go along the whole chain and say where it ends, or where it is broken")]
    Verify(Verify),
    #[command(about = "Print the log, one JSON object on each line, oldest first")]
    Export(Export),
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke audit verify\n  \
    budstikke audit verify --anchor 4711:9f86d081884c7d65…\n  \
    budstikke audit verify --file audit.ndjson --json")]
struct Verify {
    /// An exported log to check, instead of the one in the store
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// What `verify` printed earlier, as number:hash; may be repeated
    #[arg(long = "anchor", value_name = "NUMBER:HASH")]
    anchors: Vec<Anchor>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke audit export > audit.ndjson\n  \
    budstikke audit export --after 4711 >> audit.ndjson")]
struct Export {
    /// Only what comes behind the entry with this number
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    after: i64,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(audit: Audit) -> Result<ExitCode> {
    super::runtime()?.block_on(async {
        match audit.command {
            Command::Verify(verify) => check(verify).await,
            Command::Export(wanted) => export(&wanted).await,
        }
    })
}

async fn check(verify: Verify) -> Result<ExitCode> {
    let mut source = match &verify.file {
        Some(file) => Source::file(file)?,
        None => Source::of(&verify.settings.load()?).await?,
    };
    match walk(&mut source, verify.anchors.clone()).await? {
        Ok(head) => {
            let told = json!({ "whole": true, "entries": head.number, "anchor": head.to_string() });
            let words = || format!("the audit log is whole: {} entries, ending at\n{head}\n", head.number);
            verify.output.show(&told, words)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => bail!(found::AUDIT_BROKEN.says(format!("THE AUDIT LOG IS BROKEN: {broken}"))),
    }
}

/// Checks what was there when it began; what is added meanwhile is for the next time.
async fn walk(source: &mut Source, anchors: Vec<Anchor>) -> Result<Result<Head, Broken>> {
    let head = source.head().await?;
    let bar = progress(head);
    let mut checker = Checker::new(anchors);
    loop {
        let links = source.after(checker.reached().number).await?;
        let until_head = links.iter().filter(|link| head.is_none_or(|head| link.number <= head.number));
        let before = checker.reached();
        for link in until_head {
            if let Err(broken) = checker.take(link) {
                return Ok(Err(broken));
            }
        }
        bar.set_position(u64::try_from(checker.reached().number).unwrap_or_default());
        if checker.reached() == before {
            bar.finish_and_clear();
            return Ok(checker.finish(head));
        }
    }
}

fn progress(head: Option<Head>) -> ProgressBar {
    let Some(head) = head.filter(|_| std::io::stderr().is_terminal()) else { return ProgressBar::hidden() };
    let bar = ProgressBar::new(u64::try_from(head.number).unwrap_or_default());
    let style = ProgressStyle::with_template("  {bar:40} {human_pos} of {human_len} entries ({eta})");
    bar.with_style(style.expect("a template"))
}

async fn export(wanted: &Export) -> Result<ExitCode> {
    let mut source = Source::of(&wanted.settings.load()?).await?;
    let mut out = std::io::stdout().lock();
    let mut after = wanted.after;
    loop {
        let links = source.after(after).await?;
        let Some(last) = links.last() else { break };
        after = last.number;
        out.write_all(lines(&links)?.as_bytes()).context("the log cannot be written")?;
    }
    out.flush().context("the log cannot be written")?;
    Ok(ExitCode::SUCCESS)
}
