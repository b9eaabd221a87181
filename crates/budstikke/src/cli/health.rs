//! `budstikke health`: whether the server on this machine is ready, for supervisors that run a command.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use reqwest::StatusCode;

use super::Settings;
use crate::app::Addresses;
use crate::catalogue::entries::server;
use crate::config::Config;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ask the running server whether it is ready: 0 when it is, 1 when it is not or does not answer.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke health\n  \
    budstikke health --alive --data-dir /var/lib/budstikke")]
pub(super) struct Health {
    /// Ask only whether it is alive, whatever its store does
    #[arg(long)]
    alive: bool,
    #[command(flatten)]
    settings: Settings,
}

#[expect(clippy::print_stdout, reason = "this is what was asked for")]
pub(super) fn run(health: &Health) -> Result<ExitCode> {
    let config = Config::read(&health.settings.sources()?).config.unwrap_or_default();
    let data_dir = health.settings.data_dir.clone().unwrap_or(config.data_dir);
    let running = Addresses::read(&data_dir);
    let running = running
        .with_context(|| server::NO_SERVER.says(format!("no server is running on {}", data_dir.display())))?;
    let address = reachable(running.operators);
    let path = if health.alive { "health" } else { "health/ready" };
    let asked = async {
        let answer =
            web::plain_client()?.get(format!("http://{address}/{path}")).timeout(PATIENCE).send().await;
        let answer = answer
            .map_err(reqwest::Error::without_url)
            .context(server::UNREACHABLE.says("the server does not answer"))?;
        let status = answer.status();
        Ok::<_, anyhow::Error>((status, answer.text().await.unwrap_or_default()))
    };
    let (status, words) = super::runtime()?.block_on(asked)?;
    println!("{}", words.trim());
    Ok(if status == StatusCode::OK { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where a server that listens everywhere is reached from here.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if !ip.is_unspecified() => address,
        IpAddr::V4(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())),
        IpAddr::V6(_) => SocketAddr::from((Ipv6Addr::LOCALHOST, address.port())),
    }
}
