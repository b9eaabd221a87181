//! From the first signal to the last line: finish or hand back what is held, then go.

use std::future::Future;
use std::process::ExitCode;

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::catalogue::entries::start;

/// Runs `work` until it ends by itself or a signal asks it to.
///
/// The first signal (interrupt or terminate) cancels `stop` and waits for `work`; the second one
/// drops everything. What is dropped is on disk and goes on at the next start.
pub(crate) async fn until_told<F>(stop: CancellationToken, work: F) -> Result<ExitCode>
where
    F: Future<Output = Result<()>>,
{
    let mut interrupt =
        signal(SignalKind::interrupt()).context(start::SYSTEM.says("signals cannot be heard"))?;
    let mut terminate =
        signal(SignalKind::terminate()).context(start::SYSTEM.says("signals cannot be heard"))?;
    tokio::pin!(work);
    let mut asked = false;
    loop {
        tokio::select! {
            ended = &mut work => return ended.map(|()| ExitCode::SUCCESS),
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if asked {
            tracing::warn!("asked twice: stopping at once");
            return Ok(ExitCode::FAILURE);
        }
        asked = true;
        tracing::info!("stopping: finishing what is in flight (once more to stop at once)");
        stop.cancel();
    }
}

/// Does something at every SIGHUP, until told to stop.
pub(crate) async fn at_hangups(stop: CancellationToken, mut act: impl FnMut()) {
    let mut hangups = match signal(SignalKind::hangup()) {
        Ok(hangups) => hangups,
        Err(error) => {
            tracing::warn!(%error, "SIGHUP cannot be heard; the configuration is read at the next start");
            return;
        }
    };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            heard = hangups.recv() => if heard.is_none() { return },
        }
        act();
    }
}
