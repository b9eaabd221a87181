//! Asks the configured issuer for a token, to see whether we get one.

use anyhow::{Context, Result};
use auth::maskinporten::MaskinportenClient;
use auth::{Maskinporten, TokenRequest, TokenSource as _};
use types::random::Random;
use types::time::Clock;

use super::outward::client_key;
use crate::config::Config;
use crate::embedded::{OwnIdentity, configured};

/// Asks for a token as the registry wants it, and says what came.
pub(crate) async fn try_token(config: &Config) -> Result<String> {
    let real = config.maskinporten.as_ref().context("maskinporten is not configured")?;
    let credentials = configured(config)?;
    anyhow::ensure!(!credentials.is_empty(), "no certificate of ours is configured");
    let (identity, clock) = (OwnIdentity { credentials, trusted_pem: None }, Clock::system());
    let client = MaskinportenClient {
        token_endpoint: real.token_endpoint.clone(),
        audience: real.audience.clone(),
        client_id: real.client_id.clone(),
        key: client_key(config, identity.shown(&clock))?,
    };
    let scopes = config.hosted_registry.clone().unwrap_or_default().scopes.join(" ");
    let issuer = Maskinporten::new(client, web::plain_client()?, clock, Random::system());
    issuer.token(&TokenRequest::scope(scopes.as_str())).await?;
    Ok(format!("{} gets one for {scopes}", real.client_id))
}
