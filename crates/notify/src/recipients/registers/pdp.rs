//! Altinn's authorization, asked about five hundred pairs of person and organization at a time.

use std::collections::BTreeSet;

use async_trait::async_trait;
use http::HeaderMap;
use reqwest::Client;
use serde::Deserialize;
use types::Secret;
use types::time::Clock;
use url::Url;

use super::config::LineConfig;
use super::decision;
use super::line::{Failure, Line, secret_header};
use super::{Authorization, Pair, RegisterError};
use crate::recipients::model::ResourceRight;

/// Where it is and who we are there.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PdpConfig {
    /// Its address, up to and with its own path. Default
    /// `https://platform.tt02.altinn.no/authorization/`.
    pub url: Url,
    /// What the header `Ocp-Apim-Subscription-Key` says. Default: nothing.
    pub subscription_key: Option<Secret>,
    /// How it calls a resource. Default `urn:altinn:resource`.
    pub resource_attribute: String,
    /// Pairs in one call at most. Default 500.
    pub batch: usize,
}

impl Default for PdpConfig {
    fn default() -> Self {
        Self {
            url: Url::parse("https://platform.tt02.altinn.no/authorization/").expect("a constant URL"),
            subscription_key: None,
            resource_attribute: "urn:altinn:resource".to_owned(),
            batch: 500,
        }
    }
}

/// Authorization.
#[derive(Debug)]
pub struct Pdp {
    line: Line,
    headers: HeaderMap,
    resource_attribute: String,
}

impl Pdp {
    /// Authorization behind this client.
    pub fn new(config: &PdpConfig, line: &LineConfig, client: Client, clock: Clock) -> Self {
        let line = LineConfig { chunk: config.batch, ..line.clone() };
        Self {
            line: Line::new("authorization", &config.url, &line, client, clock),
            headers: secret_header("ocp-apim-subscription-key", config.subscription_key.as_ref()),
            resource_attribute: config.resource_attribute.clone(),
        }
    }

    /// A question that is not understood is a mistake of ours, and nobody's right is decided by it.
    async fn ask(&self, pairs: &[Pair], right: &ResourceRight) -> Result<Vec<Pair>, Failure> {
        let question = decision::question(pairs, right, &self.resource_attribute);
        let asked = self.line.post("api/v1/decision", &question, self.headers.clone()).await;
        let answer: decision::AnswerBody = asked.map_err(|failure| match failure {
            Failure::BadInput => Failure::Register(self.line.error(Failure::BadInput)),
            other => other,
        })?;
        let mut permitted = decision::permitted(&answer);
        // What nobody asked about is not ours to believe.
        permitted.retain(|pair| pairs.contains(pair));
        Ok(permitted.into_iter().collect())
    }
}

#[async_trait]
impl Authorization for Pdp {
    async fn permitted(
        &self,
        pairs: &[Pair],
        right: &ResourceRight,
    ) -> Result<BTreeSet<Pair>, RegisterError> {
        let distinct: BTreeSet<Pair> = pairs.iter().copied().collect();
        let pairs: Vec<Pair> = distinct.into_iter().collect();
        let permitted = self.line.in_parts(&pairs, |part| self.ask(part, right)).await?;
        Ok(permitted.into_iter().collect())
    }
}
