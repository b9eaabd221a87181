//! `budstikke broker` and `budstikke registry`: one part in a process of its own.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::Settings;
use crate::alone::{Alone, Client, snippet};
use crate::config::{Config, Part};
use crate::{lifecycle, telemetry};

/// A broker in a process of its own, which integration points exchange files over.
///
/// It listens on listen.services: the broker at /broker/api/v1, its token issuer with the exchange of tokens,
/// and /health and /health/ready; the latter two also on listen.operators. Of the configuration matter
/// data_dir, store, blobs, postgres, s3, organization, organizations, listen.services, listen.operators,
/// embedded.address, embedded.elsewhere, embedded.authority_dir, trusted_issuers, broker and log.
///
/// Tokens are given to the organizations listed with a certificate, and to everybody whose certificate
/// leads to a root in organization.trusted_roots_file (or to the test authority).
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke broker --data-dir /var/lib/broker --services 0.0.0.0:9094\n  \
    budstikke broker --print-client-settings java")]
pub(crate) struct Broker {
    /// Print the settings that an integration point needs, and do nothing else
    #[arg(long, value_enum, value_name = "KIND")]
    print_client_settings: Option<Client>,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn broker(command: &Broker) -> Result<ExitCode> {
    run(&command.settings, Part::Broker, command.print_client_settings)
}

/// Prints settings, or runs the part until told to stop.
pub(super) fn run(settings: &Settings, part: Part, print: Option<Client>) -> Result<ExitCode> {
    let config = settings.load_part(part)?;
    if let Some(client) = print {
        print!("{}", snippet(&config, part, client)?);
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = super::runtime()?;
    let inside = runtime.enter();
    let telemetry = telemetry::start(&config.log, &config.telemetry)?;
    drop(inside);
    let stop = CancellationToken::new();
    runtime.block_on(lifecycle::until_told(stop.clone(), async move {
        let alone = Alone::start(config, part).await?;
        alone.greet()?;
        alone.run(stop).await;
        telemetry.end().await;
        tracing::info!("stopped; everything accepted is on disk");
        Ok(())
    }))
}

impl Settings {
    /// Reads the configuration for a part.
    pub(super) fn load_part(&self, part: Part) -> Result<Config> {
        let sources = self.sources().context("the configuration cannot be used")?;
        Config::load_part(part, &sources).context("the configuration cannot be used")
    }
}
