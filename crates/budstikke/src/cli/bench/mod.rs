//! `budstikke bench`: figures of this machine, measured on real servers in processes of their own.
//!
//! The load comes from this process, the work is done in the servers', and everything they accept
//! is on disk with full sync. Figures depend on the machine; the goals are printed beside them.

mod instant;
mod large;
mod server;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::telemetry::{self, Log};
use server::Servers;

/// Measures start, memory, instant SMS and a large message, and prints them beside the goals.
#[derive(Args)]
pub(crate) struct Bench {
    /// Connections that send instant SMS at the same time
    #[arg(long, default_value_t = 64, value_name = "N")]
    connections: usize,
    /// How long instant SMS are sent, in seconds
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    seconds: u64,
    /// Size of the large message, in megabytes
    #[arg(long, default_value_t = 200, value_name = "MB")]
    large: u64,
}

/// One line of the table.
struct Figure {
    what: String,
    measured: String,
    goal: String,
    met: bool,
}

impl Figure {
    fn new(what: impl Into<String>, measured: String, goal: impl Into<String>, met: bool) -> Self {
        Self { what: what.into(), measured, goal: goal.into(), met }
    }
}

pub(super) fn run(bench: &Bench) -> Result<ExitCode> {
    telemetry::start(&Log { filter: "error".to_owned(), ..Log::default() })?;
    let figures = super::runtime()?.block_on(measure(bench))?;
    print(&figures);
    Ok(if figures.iter().all(|figure| figure.met) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    eprintln!("starting two servers …");
    // The first start makes keys and certificates; the second one is what operators see.
    let data = Servers::start().await.context("the first start")?.stop_but_keep_data().await?;
    let servers = Servers::start_again(data).await.context("the second start")?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let ready = servers.a.ready_after;
    let idle = servers.a.resident_mb()?;
    let mut figures = vec![
        Figure::new(
            "ready to answer after",
            format!("{} ms", ready.as_millis()),
            "200 ms",
            ready.as_millis() < 200,
        ),
        Figure::new("resident when idle", format!("{idle:.0} MB"), "40 MB", idle < 40.0),
    ];
    eprintln!("sending {} MB from one to the other …", bench.large);
    figures.extend(large::measure(&servers, bench.large).await.context("the large message")?);
    eprintln!("sending instant SMS over {} connections for {} s …", bench.connections, bench.seconds);
    let seconds = Duration::from_secs(bench.seconds);
    figures.extend(instant::measure(&servers, bench.connections, seconds).await.context("instant SMS")?);
    servers.stop().await?;
    Ok(figures)
}

fn print(figures: &[Figure]) {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!(
        "budstikke {} on {cores} cores, load from the same machine, full sync\n",
        env!("CARGO_PKG_VERSION")
    );
    println!("{:<58} {:>16}  {:<12} met", "what", "measured", "goal");
    for Figure { what, measured, goal, met } in figures {
        println!("{what:<58} {measured:>16}  {goal:<12} {}", if *met { "yes" } else { "NO" });
    }
}
