//! `budstikke serve`: everything in one process.

use std::process::ExitCode;

use anyhow::{Context, Result};
use tokio_util::sync::CancellationToken;

use super::{Settings, UNUSABLE};
use crate::app::App;
use crate::config::{Config, Fate, Given, Sources};
use crate::{lifecycle, telemetry};

pub(super) fn run(settings: &Settings) -> Result<ExitCode> {
    let sources = settings.sources()?;
    let config = Config::load(&sources).context(UNUSABLE)?;
    let (given, settings) = (Given::of(&Config::read(&sources)), settings.clone());
    let runtime = super::runtime()?;
    let inside = runtime.enter();
    let telemetry = telemetry::start(&config.log, &config.telemetry)?;
    drop(inside);
    tell_of_reference(&sources);
    let stop = CancellationToken::new();
    runtime.block_on(lifecycle::until_told(stop.clone(), async move {
        let app = Box::pin(App::start(config)).await?;
        app.set_telemetry(telemetry.clone());
        app.reloads_from(given, move || settings.sources());
        app.greet();
        app.run(stop).await;
        telemetry.end().await;
        tracing::info!("stopped; everything accepted is on disk");
        Ok(())
    }))
}

/// Says aloud that the reference's configuration was read, and which of its keys have no effect.
fn tell_of_reference(sources: &Sources) {
    let reference = &sources.reference;
    if reference.entries.is_empty() {
        return;
    }
    let file = reference.file.as_ref().map_or("(the environment)".into(), |file| file.to_string_lossy());
    let used = reference.entries.iter().filter(|entry| matches!(entry.fate, Fate::Used(_))).count();
    let profile = reference.profile.unwrap_or("none");
    tracing::info!(%file, used, of = reference.entries.len(), profile, "read the configuration of an Integrasjonspunkt");
    for entry in &reference.entries {
        let (key, at) = (&entry.key, &entry.source);
        match &entry.fate {
            Fate::Ignored(why) => {
                tracing::info!(key, at, %why, "a key has no effect");
            }
            Fate::Unknown(_) => {
                tracing::warn!(key, at, "a key is not known");
            }
            Fate::Used(_) | Fate::Wrong(_) => {}
        }
    }
}
