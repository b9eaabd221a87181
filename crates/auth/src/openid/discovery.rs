//! What a provider says about itself (OpenID Connect Discovery 1.0, section 4).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::Mutex;
use types::time::Clock;
use url::Url;

use super::OpenIdError;
use crate::token_source::read_at_most;

/// After this time it is asked again.
const FRESH_FOR: Duration = Duration::from_secs(3_600);
/// The time limit of a call, and the longest answer in bytes.
pub(super) const CALL: Duration = Duration::from_secs(10);
pub(super) const LARGEST: usize = 256 * 1024;

/// The parts that we need.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    #[serde(default)]
    pub userinfo_endpoint: Option<Url>,
    /// `client_secret_basic` when it is not said.
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// Asks when it must, and remembers.
pub(super) struct Discovery {
    address: Url,
    issuer: String,
    kept: Mutex<Option<(Arc<Metadata>, Timestamp)>>,
}

/// Where the document is: behind the issuer's path.
pub(super) fn address(issuer: &Url) -> Url {
    let mut address = issuer.clone();
    let path = format!("{}/.well-known/openid-configuration", issuer.path().trim_end_matches('/'));
    address.set_path(&path);
    address
}

impl Discovery {
    pub(super) fn new(address: Url, issuer: String) -> Self {
        Self { address, issuer, kept: Mutex::new(None) }
    }

    /// What is known; asked for when it is not, or not any more.
    pub(super) async fn found(
        &self,
        http: &reqwest::Client,
        clock: &Clock,
    ) -> Result<Arc<Metadata>, OpenIdError> {
        let (mut kept, now) = (self.kept.lock().await, clock.now());
        let is_fresh = |since: Timestamp| now.duration_since(since).unsigned_abs() < FRESH_FOR;
        if let Some((metadata, since)) = kept.as_ref()
            && is_fresh(*since)
        {
            return Ok(Arc::clone(metadata));
        }
        let metadata = Arc::new(self.ask(http).await?);
        *kept = Some((Arc::clone(&metadata), now));
        Ok(metadata)
    }

    async fn ask(&self, http: &reqwest::Client) -> Result<Metadata, OpenIdError> {
        let answer = http.get(self.address.clone()).timeout(CALL).send().await.map_err(unreached)?;
        if !answer.status().is_success() {
            let status = answer.status().as_u16();
            return Err(OpenIdError::Unavailable(format!("discovery answers {status}")));
        }
        let body = read_at_most(answer, LARGEST).await.map_err(OpenIdError::Unavailable)?;
        let metadata: Metadata =
            serde_json::from_slice(&body).map_err(|error| OpenIdError::Unavailable(error.to_string()))?;
        if metadata.issuer != self.issuer {
            let why = "discovery speaks of another issuer; the names must be alike, to the last slash";
            return Err(OpenIdError::Unavailable(why.to_owned()));
        }
        Ok(metadata)
    }
}

pub(super) fn unreached(error: reqwest::Error) -> OpenIdError {
    // an address may carry a code
    OpenIdError::Unavailable(error.without_url().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_lies_behind_the_issuers_path() {
        let address = |issuer: &str| address(&Url::parse(issuer).expect("an address")).to_string();
        assert_eq!(address("https://a.example"), "https://a.example/.well-known/openid-configuration");
        assert_eq!(
            address("https://a.example/realms/b/"),
            "https://a.example/realms/b/.well-known/openid-configuration"
        );
    }
}
