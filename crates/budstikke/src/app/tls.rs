//! TLS on `listen.api`: read at the start, and again when the files change.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio_util::sync::CancellationToken;
use web::server::Tls;

use crate::config::Config;
use crate::embedded::{OwnCredential, Stamps, server_credential};

/// Between two looks at the files.
const EVERY: Duration = Duration::from_secs(5);

/// How the API proves itself; `None` where it speaks plain HTTP.
pub(super) fn open(config: &Config) -> Result<Option<Tls>> {
    let Some(own) = server_credential(config)? else { return Ok(None) };
    Tls::new(own.chain_der(), key(&own)).context("listen.tls").map(Some)
}

fn key(own: &OwnCredential) -> &[u8] {
    own.key.pkcs8_der().reveal()
}

/// Takes over new files until told to stop. What cannot be used changes nothing, is told once, and is tried
/// again until it can be used: a file may be half written, or not yet ours to read.
pub(super) async fn watch(config: Config, tls: Option<Tls>, stop: CancellationToken) {
    let Some(tls) = tls else { return };
    let mut seen = Stamps::of_server(&config);
    let mut failure = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let now = Stamps::of_server(&config);
        if now == seen && failure.is_none() {
            continue;
        }
        seen = now;
        let renewed = server_credential(&config).and_then(|own| {
            let own = own.context("listen.tls names nothing")?;
            Ok(tls.replace(own.chain_der(), key(&own))?)
        });
        match renewed {
            Ok(()) => {
                failure = None;
                tracing::info!("listen.tls has a new certificate");
            }
            Err(error) => {
                let error = Some(format!("{error:#}"));
                if failure != error {
                    tracing::warn!(error, "listen.tls: the new files cannot be used; they are tried again");
                    failure = error;
                }
            }
        }
    }
}
