//! `budstikke serve`: everything in one process.

use std::process::ExitCode;

use anyhow::Result;
use tokio_util::sync::CancellationToken;

use super::Settings;
use crate::app::App;
use crate::{lifecycle, telemetry};

pub(super) fn run(settings: &Settings) -> Result<ExitCode> {
    let config = settings.load()?;
    telemetry::start(&config.log)?;
    let stop = CancellationToken::new();
    super::runtime()?.block_on(lifecycle::until_told(stop.clone(), async move {
        let app = App::start(config).await?;
        app.greet();
        app.run(stop).await;
        tracing::info!("stopped; everything accepted is on disk");
        Ok(())
    }))
}
