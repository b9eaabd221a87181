//! Asking broker and registry whether they know us, for commands: as the server would ask, but without one.

use std::sync::Arc;

use anyhow::Result;
use exchange::registry::{Identifier, InfoRecord, LookUpError, Registry as _};
use exchange::transports::dpo::{self, Dpo};
use exchange::transports::{Health, Transport as _};
use store::blobs::FileBlobs;
use types::time::Clock;

use super::{Addresses, outward, try_token};
use crate::config::Config;

/// Whether the broker elsewhere lets us list what waits for us.
pub(crate) async fn broker_health(config: &Config) -> Result<Health> {
    let parts = dpo::Parts {
        http: web::plain_client()?,
        tokens: try_token::sources(config, None)?.exchanged,
        // Nothing is fetched by asking.
        blobs: Arc::new(FileBlobs::open_to_read(&std::env::temp_dir())?),
        config: outward::dpo(config, &Addresses::configured(config))?,
    };
    Ok(Dpo::new(parts)?.health().await)
}

/// What the registry elsewhere says about ourselves.
pub(crate) async fn ask_registry(config: &Config) -> Result<Result<InfoRecord, LookUpError>> {
    let tokens = try_token::sources(config, None)?.plain;
    let registry = outward::hosted_registry(config, tokens, web::plain_client()?, Clock::system())?;
    Ok(registry.info(&Identifier::Organization(config.organization.number)).await)
}
