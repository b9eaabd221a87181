//! `budstikke reload`: has the running server read its configuration anew, and says what came of it.

use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};

use super::output::Output;
use super::{Settings, UNUSABLE};
use crate::app::{Addresses, Reloaded, read_reloaded};
use crate::catalogue::entries::server;
use crate::config::Config;

/// How long the server is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const EVERY: Duration = Duration::from_millis(50);

/// Have the running server read its configuration anew.
///
/// Every setting that has changed is named: taken over, or waiting for a restart. A configuration that cannot
/// be used changes nothing, and the command fails.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke reload\n  \
    budstikke reload --json")]
pub(super) struct Reload {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(reload: &Reload) -> Result<ExitCode> {
    // What is wrong with it is the server's to say; we only want to know where the server is.
    let config = Config::read(&reload.settings.sources()?).config;
    let named = reload.settings.data_dir.clone().or_else(|| config.map(|config| config.data_dir));
    let data_dir = named.unwrap_or_else(|| Config::default().data_dir);
    let running = Addresses::of_running(&data_dir)
        .with_context(|| server::NO_SERVER.says(format!("no server is running on {}", data_dir.display())))?;
    let pid = i32::try_from(running.pid).ok().and_then(Pid::from_raw).context(UNUSABLE)?;
    let before = read_reloaded(&data_dir)?.map(|reloaded| reloaded.at);
    kill_process(pid, Signal::HUP).with_context(|| format!("process {pid:?} cannot be told"))?;
    let begun = Instant::now();
    let reloaded = loop {
        match read_reloaded(&data_dir)? {
            Some(reloaded) if Some(reloaded.at) != before => break reloaded,
            _ if begun.elapsed() > PATIENCE => {
                bail!(server::WAITED_IN_VAIN.says(format!(
                    "the server has not answered in {} seconds; its log says more",
                    PATIENCE.as_secs()
                )))
            }
            _ => sleep(EVERY),
        }
    };
    say(reload, &reloaded)?;
    Ok(if reloaded.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn say(reload: &Reload, reloaded: &Reloaded) -> Result<()> {
    reload.output.show(reloaded, || words(reloaded))
}

fn words(reloaded: &Reloaded) -> String {
    let mut text = String::new();
    let Reloaded { problems, applied, waiting, .. } = reloaded;
    for problem in problems {
        text.push_str(&format!("problem    {problem}\n"));
    }
    for key in applied {
        text.push_str(&format!("applied    {key}\n"));
    }
    for key in waiting {
        text.push_str(&format!("restart    {key}\n"));
    }
    text + match (problems.is_empty(), applied.len() + waiting.len()) {
        (false, _) => "Nothing has changed: the configuration cannot be used.\n",
        (true, 0) => "Nothing has changed.\n",
        (true, _) if waiting.is_empty() => "Every change is in effect.\n",
        (true, _) => "What is marked restart takes effect at the next start.\n",
    }
}
