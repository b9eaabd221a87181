//! Trying out what the settings name: at home without a network, and abroad where that is asked for.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use asic::UnixTime;
use serde::Serialize;
use types::time::Clock;

use crate::app;
use crate::cli::output::Paint;
use crate::config::{Config, StorePlace};
use crate::embedded;

/// How long anybody may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// A certificate that runs out sooner is worth a word.
const SOON_DAYS: u64 = 30;

/// One thing that was tried.
#[derive(Debug, Serialize)]
pub(super) struct Trial {
    pub(super) what: String,
    pub(super) outcome: Outcome,
    pub(super) note: String,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Good,
    Warning,
    Failed,
}

impl Outcome {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Failed => "FAILED",
        }
    }
}

impl Outcome {
    pub(super) const fn paint(self) -> Paint {
        match self {
            Self::Good => Paint::Good,
            Self::Warning => Paint::Warning,
            Self::Failed => Paint::Bad,
        }
    }
}

impl Trial {
    fn of(what: impl Into<String>, tried: Result<String>) -> Self {
        let (outcome, note) = match tried {
            Ok(note) => (Outcome::Good, note),
            Err(error) => (Outcome::Failed, format!("{error:#}")),
        };
        Self { what: what.into(), outcome, note }
    }
}

/// What needs no network.
pub(super) fn at_home(config: &Config) -> Vec<Trial> {
    let mut trials = vec![Trial::of("data_dir", writable(&config.data_dir))];
    trials.extend(certificates(config));
    if config.listen.tls.is_some() {
        let opened = embedded::server_credential(config).map(|_| "it opens".to_owned());
        trials.push(Trial::of("listen.tls", opened));
    }
    trials
}

/// Whether a folder can be written to, or made.
pub(in crate::cli) fn writable(folder: &Path) -> Result<String> {
    let mut there = PathBuf::from(folder);
    while !there.exists() {
        there = match there.parent() {
            Some(above) if !above.as_os_str().is_empty() => above.to_owned(),
            _ => PathBuf::from("."),
        };
    }
    if !there.is_dir() {
        bail!("{} is no folder", there.display());
    }
    rustix::fs::access(&there, rustix::fs::Access::WRITE_OK)
        .with_context(|| format!("{} cannot be written to", there.display()))?;
    let made = if there == folder { "can be written to" } else { "will be made" };
    Ok(format!("{} {made}", folder.display()))
}

/// Whether key stores open, and whether their certificates are ours and hold.
fn certificates(config: &Config) -> Vec<Trial> {
    let credentials = match embedded::configured(config) {
        Ok(credentials) => credentials,
        Err(error) => return vec![Trial::of("our certificate", Err(error))],
    };
    if credentials.is_empty() {
        let note = "none is configured: a test certificate is made".to_owned();
        return vec![Trial { what: "our certificate".to_owned(), outcome: Outcome::Warning, note }];
    }
    let now = UnixTime(u64::try_from(Clock::system().now().as_second()).unwrap_or(0));
    let trial = |own: &embedded::OwnCredential| {
        let Some(certificate) = own.chain().next() else {
            return Trial::of("our certificate", Err(anyhow::anyhow!("it holds no certificate")));
        };
        let what = format!("our certificate {}", certificate.serial_decimal());
        let number = certificate.organization_number().unwrap_or_default();
        let wanted = config.organization.number.to_string();
        if number != wanted {
            return Trial::of(
                what,
                Err(anyhow::anyhow!("it belongs to {number}, organization.number is {wanted}")),
            );
        }
        let left = certificate.not_after().0.saturating_sub(now.0) / 86_400;
        let (outcome, note) = if !certificate.is_valid_at(now) {
            (Outcome::Warning, "it is not valid now".to_owned())
        } else if left < SOON_DAYS {
            (Outcome::Warning, format!("it runs out in {left} days"))
        } else {
            (Outcome::Good, format!("it opens, is ours, and holds for {left} days"))
        };
        Trial { what, outcome, note }
    };
    credentials.iter().map(trial).collect()
}

/// What is elsewhere: whether it answers, and whether we get a token.
pub(super) async fn abroad(config: &Config) -> Vec<Trial> {
    let mut trials = Vec::new();
    if let StorePlace::Shared(address) = &config.store {
        trials.push(Trial::of("store", database(address.reveal()).await));
    }
    if let Some(real) = &config.maskinporten {
        trials.push(Trial::of(format!("a token from {}", real.token_endpoint), app::try_token(config).await));
    }
    for issuer in &config.trusted_issuers {
        trials.push(answers("trusted_issuers", issuer.jwks_url.as_str()).await);
    }
    if let Some(registry) = config.hosted_registry.as_ref().filter(|_| !config.embedded.registry) {
        let keys = format!("{}/jwk", registry.url.as_str().trim_end_matches('/'));
        trials.push(answers("hosted_registry.url", &keys).await);
    }
    if !config.embedded.broker && config.embedded.elsewhere.is_none() {
        trials.push(answers("dpo.broker_url", config.dpo.broker_url.as_str()).await);
    }
    if let Some(elsewhere) = &config.embedded.elsewhere {
        trials.push(answers("embedded.elsewhere", elsewhere.as_str()).await);
    }
    if let Some(server) = &config.clock.server {
        trials.push(clock(config, server).await);
    }
    trials
}

/// Any answer shows that somebody is there; who we are is shown by the token.
async fn answers(setting: &str, address: &str) -> Trial {
    let ask = async {
        let client = web::plain_client()?;
        let answer = tokio::time::timeout(PATIENCE, client.get(address).send()).await;
        let answer = answer.context("no answer in time")?.map_err(reqwest::Error::without_url)?;
        Ok(format!("answers with {}", answer.status().as_u16()))
    };
    Trial::of(format!("{setting} {address}"), ask.await)
}

/// Whether one of the servers takes a connection.
async fn database(address: &str) -> Result<String> {
    let config: tokio_postgres::Config = address.parse().context("the address cannot be read")?;
    let ports = config.get_ports();
    let mut last = String::new();
    for (at, host) in config.get_hosts().iter().enumerate() {
        let tokio_postgres::config::Host::Tcp(host) = host else { continue };
        let port = ports.get(at).or_else(|| ports.first()).copied().unwrap_or(5_432);
        let taken = tokio::net::TcpStream::connect((host.as_str(), port));
        match tokio::time::timeout(PATIENCE, taken).await {
            Ok(Ok(_)) => return Ok(format!("{host}:{port} takes connections")),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => "no answer in time".clone_into(&mut last),
        }
    }
    bail!("no server of the shared database takes connections: {last}")
}

async fn clock(config: &Config, server: &str) -> Trial {
    let what = format!("clock.server {server}");
    match crate::manage::clock::reading(server).await {
        Ok(seconds) if seconds.abs() <= config.clock.warn_seconds => {
            Trial { what, outcome: Outcome::Good, note: format!("{seconds:+.3} seconds from ours") }
        }
        Ok(seconds) => {
            Trial { what, outcome: Outcome::Warning, note: format!("{seconds:+.3} seconds from ours") }
        }
        Err(reason) => Trial { what, outcome: Outcome::Warning, note: reason },
    }
}
