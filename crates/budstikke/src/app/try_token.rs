//! Tokens for commands: from the embedded issuer, or from the configured one as our client.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use auth::maskinporten::ClientKey;
use auth::{TokenRequest, TokenSource};
use types::time::Clock;

use super::outward::{self, client_key, registered_key};
use crate::catalogue::entries::settings;
use crate::config::Config;
use crate::embedded::{self, OwnIdentity, certificate_file, configured};

/// Asks for a token as the registry wants it, and says what came.
pub(crate) async fn try_token(config: &Config) -> Result<String> {
    let real = config.maskinporten.as_ref().context("maskinporten is not configured")?;
    let scopes = config.hosted_registry.clone().unwrap_or_default().scopes.join(" ");
    sources(config, None)?.plain.token(&TokenRequest::scope(scopes.as_str())).await?;
    Ok(format!("{} gets one for {scopes}", real.client_id))
}

/// Where our tokens for an API come from. The embedded issuer makes them where it is on and the embedded
/// services are known.
pub(crate) fn token_source(config: &Config, services: Option<SocketAddr>) -> Result<Arc<dyn TokenSource>> {
    Ok(sources(config, services)?.exchanged)
}

pub(super) fn sources(config: &Config, services: Option<SocketAddr>) -> Result<outward::Tokens> {
    let (http, clock) = (web::plain_client()?, Clock::system());
    let issuer = match services {
        Some(services) if config.embedded.issuer => Some(embedded::issuer(config, services)?),
        _ => None,
    };
    outward::token_sources(config, issuer.as_ref(), || own_key(config, &clock), &http, &clock)
}

/// What proves us, without making anything that is not there yet.
fn own_key(config: &Config, clock: &Clock) -> Result<ClientKey> {
    if let Some(registered) = registered_key(config)? {
        return Ok(registered);
    }
    let credentials = configured(config)?;
    let identity = if credentials.is_empty() && certificate_file(config).exists() {
        embedded::identity(config, clock)?
    } else {
        OwnIdentity { credentials, trusted_pem: None }
    };
    let none = "no certificate of ours is configured";
    ensure!(!identity.credentials.is_empty(), settings::CERTIFICATE.says(none));
    client_key(config, identity.shown(clock))
}
