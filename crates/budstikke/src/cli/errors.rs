//! `budstikke errors`: the catalogue.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use super::output::{Output, Paint, paints, print};
use super::table::Table;
use crate::catalogue::entries::{self, server};
use crate::catalogue::{Entry, Exit, page};

/// Lists every error with its code, or explains one.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  budstikke errors\n  budstikke errors BUD-2001\n  budstikke errors 2001 --json"
)]
pub(crate) struct Errors {
    /// The code, such as BUD-2001
    #[arg(value_name = "CODE")]
    code: Option<String>,
    /// Print the page for the documentation
    #[arg(long, conflicts_with_all = ["code", "json"])]
    markdown: bool,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(errors: &Errors) -> Result<ExitCode> {
    if errors.markdown {
        print(&page::page())?;
    } else if let Some(code) = &errors.code {
        let Some(entry) = entries::find(code) else {
            bail!(server::NOT_FOUND.says(format!("there is no error {code}; `budstikke errors` lists all")));
        };
        errors.output.show(entry, || explained(entry))?;
    } else {
        let all: Vec<&Entry> = entries::all().collect();
        errors.output.show(&all, listed)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn explained(entry: &Entry) -> String {
    let heading = format!("{}: {}", entry.code, entry.what);
    let heading = if paints() { Paint::Heading.on(&heading) } else { heading };
    format!(
        "{heading}\n\n  Cause   {}\n  Remedy  {}\n  Move    it is {}\n  Exit    {}: {}\n",
        entry.cause,
        entry.remedy,
        entry.whose.in_words(),
        entry.exit.number(),
        entry.exit.in_words()
    )
}

fn listed() -> String {
    let mut text = String::new();
    for family in &entries::FAMILIES {
        let title = if paints() { Paint::Heading.on(family.title) } else { family.title.to_owned() };
        let mut table = Table::plain().at_least([8, 0, 0]);
        for entry in family.entries {
            table.row([entry.code.into(), entry.exit.number().to_string().into(), entry.what.into()]);
        }
        text.push_str(&format!("{title}\n{}\n", table.take()));
    }
    let exits = Exit::ALL.map(|exit| format!("  {}  {}\n", exit.number(), exit.in_words()));
    format!("{text}Exit codes\n{}", exits.concat())
}
