//! Tokens for the Notify API: given, made by the embedded issuer of this machine, or fetched for our client.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use auth::{TokenRequest, TokenSource};
use tokio::sync::OnceCell;
use types::Secret;

use crate::app::token_source;
use crate::catalogue::entries::server;
use crate::config::Config;

/// What opens the Notify API.
const SCOPE: &str = "altinn:serviceowner/notifications.create";

/// Where tokens come from.
pub(super) struct Tokens {
    given: Option<Secret>,
    config: Config,
    /// Where the embedded services of this machine are, when the server is this machine's.
    services: Option<SocketAddr>,
    source: OnceCell<Arc<dyn TokenSource>>,
}

impl Tokens {
    /// For the server that runs here.
    pub(super) fn here(given: Option<Secret>, config: Config, services: SocketAddr) -> Self {
        Self { given, config, services: Some(services), source: OnceCell::new() }
    }

    /// For any other. The embedded issuer of this machine is not believed there.
    pub(super) fn elsewhere(given: Option<Secret>, config: Config) -> Self {
        Self { given, config, services: None, source: OnceCell::new() }
    }

    /// The one that was given.
    pub(super) const fn given(&self) -> Option<&Secret> {
        self.given.as_ref()
    }

    /// Whether there is one, or somebody to ask.
    pub(super) fn are_there(&self) -> bool {
        self.given.is_some() || self.can_be_made() || self.can_be_fetched()
    }

    fn can_be_made(&self) -> bool {
        self.config.embedded.issuer && self.services.is_some()
    }

    fn can_be_fetched(&self) -> bool {
        self.config.maskinporten.is_some() || self.config.embedded.elsewhere.is_some()
    }

    /// One that holds now. Sources keep theirs until shortly before they run out.
    pub(super) async fn notify(&self) -> Result<Secret> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        if !self.are_there() {
            return Err(server::NO_TOKEN.says("the Notify API needs a token").into());
        }
        let source = self.source.get_or_try_init(async || self.find()).await?;
        let token = source.token(&TokenRequest::scope(SCOPE)).await;
        token.context(server::NO_TOKEN.says("the Notify API needs a token"))
    }

    fn find(&self) -> Result<Arc<dyn TokenSource>> {
        let no_token = || server::NO_TOKEN.says("the Notify API needs a token");
        token_source(&self.config, self.services).with_context(no_token)
    }
}
