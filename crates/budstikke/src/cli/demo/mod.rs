//! `budstikke demo`: two organizations on this machine play the whole story.
//!
//! Everything goes through the APIs over HTTP, as any client would do it, on input that ships with
//! the binary. Each step proves something and says what; the first that fails ends the demo with
//! its reason.

mod bulk;
mod check;
mod code;
mod failover;
mod gateways;
mod message;
mod order;
mod outside;
mod sample;
mod stage;
mod story;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use tokio_util::sync::CancellationToken;

use crate::catalogue::entries::other;
use crate::catalogue::entry_of;
use crate::lifecycle;
use crate::telemetry::{self, Log, TelemetryConfig};
use stage::Stage;
use story::Story;

/// Starts two organizations, each with its own data, and plays the whole story.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  \
    budstikke demo\n  \
    budstikke demo --exit --large 8 --people 500")]
pub(crate) struct Demo {
    /// Stop when the story is over, instead of leaving the consoles up; without a terminal that goes by itself
    #[arg(long)]
    exit: bool,
    /// Where both organizations keep their data [default: a new folder, removed at the end]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Size of the large attachment, in megabytes
    #[arg(long, default_value_t = 200, value_name = "MB")]
    large: u64,
    /// People in the bulk order
    #[arg(long, default_value_t = 20_000, value_name = "N")]
    people: usize,
    /// Port of the first console; five more in a row are taken. 0 takes any that are free
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Log filter, on standard error
    #[arg(long, default_value = "error")]
    log: String,
}

pub(super) fn run(demo: Demo) -> Result<ExitCode> {
    telemetry::start(&Log { filter: demo.log.clone(), ..Log::default() }, &TelemetryConfig::default())?;
    let stop = CancellationToken::new();
    let played = super::runtime()?.block_on(lifecycle::until_told(stop.clone(), play(demo, stop)));
    played.map_err(|error| {
        let has_one = entry_of(&error) != other::INTERNAL;
        if has_one { error } else { error.context(other::DEMO.says("the demo was not played to its end")) }
    })
}

async fn play(demo: Demo, stop: CancellationToken) -> Result<()> {
    let exit = demo.exit || nobody_is_there();
    let mut story = Story::begin();
    let stage = story
        .step("Two organizations start, each with its own data", Box::pin(Stage::set(&demo, &stop)))
        .await
        .context("the demo could not start")?;
    let told = tokio::select! {
        told = tell(&mut story, &stage, &demo, &stop) => told,
        () = stop.cancelled() => Ok(()),
    };
    if told.is_ok() && !stop.is_cancelled() {
        story.end(&stage, exit);
    }
    if told.is_ok() && !exit {
        stop.cancelled().await;
    }
    stop.cancel();
    stage.strike().await?;
    told
}

/// Whether a script runs us, which nobody would end by a key.
fn nobody_is_there() -> bool {
    !(io::stdin().is_terminal() || io::stdout().is_terminal())
}

async fn tell(story: &mut Story, stage: &Stage, demo: &Demo, stop: &CancellationToken) -> Result<()> {
    code::tell(story, stage).await.context("one-time codes")?;
    failover::tell(story, stage, stop).await.context("two gateways")?;
    bulk::tell(story, stage, demo.people).await.context("the bulk order")?;
    order::tell(story, stage).await.context("the order")?;
    message::tell(story, stage, demo.large).await.context("message exchange")?;
    failover::end(story, stage).await.context("two gateways")
}
