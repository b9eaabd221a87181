//! Gets tokens for us from Maskinporten: a signed grant in, an access token out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use serde::Deserialize;
use types::Secret;
use types::random::Random;
use types::time::Clock;
use url::Url;

use crate::assertion::{AssertionClaims, GRANT_TYPE};
use crate::signing_key::SigningKey;
use crate::token_cache::{Fetched, TokenCache};
use crate::token_source::{TokenError, TokenRequest, TokenSource, read_at_most};

const LARGEST_ANSWER: usize = 64 * 1024;
const CALL: Duration = Duration::from_secs(10);
/// How long an assertion lives, in seconds. The endpoint takes up to 120.
const ASSERTION_LIFE: i64 = 60;
/// The codes of a grant that was used before or whose times the endpoint's clock disagrees with.
const WORTH_ANOTHER_ASSERTION: [&str; 2] = ["MP-011", "MP-012"];

/// How a client proves who it is.
#[derive(Clone)]
pub enum ClientKey {
    /// A key registered for the client; the assertion names it by `kid`.
    Registered(SigningKey),
    /// A business certificate; the assertion shows it (`x5c`).
    Certificate {
        /// The private key of the certificate.
        key: SigningKey,
        /// The certificate and, if wanted, its issuers: DER, leaf first.
        chain: Vec<Vec<u8>>,
    },
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registered(key) => write!(f, "Registered({key:?})"),
            Self::Certificate { chain, .. } => write!(f, "Certificate(chain of {})", chain.len()),
        }
    }
}

/// A client as Maskinporten knows it.
#[derive(Clone, Debug)]
pub struct MaskinportenClient {
    /// Where tokens are asked for, for instance `https://maskinporten.no/token`.
    pub token_endpoint: Url,
    /// The issuer that assertions are addressed to; its trailing slash matters.
    pub audience: String,
    /// The id of the client.
    pub client_id: String,
    /// How it proves who it is.
    pub key: ClientKey,
}

/// Tokens from Maskinporten, kept and renewed.
#[derive(Debug)]
pub struct Maskinporten {
    client: MaskinportenClient,
    /// What the client proves itself with now.
    key: ArcSwap<ClientKey>,
    http: reqwest::Client,
    clock: Clock,
    random: Random,
    cache: TokenCache,
}

impl Maskinporten {
    /// A source of tokens for this client.
    pub fn new(client: MaskinportenClient, http: reqwest::Client, clock: Clock, random: Random) -> Self {
        let (key, cache) = (ArcSwap::from_pointee(client.key.clone()), TokenCache::new(clock.clone()));
        Self { client, key, http, clock, random, cache }
    }

    /// Proves itself with another key from the next grant on. Tokens that are there stay good.
    pub fn replace_key(&self, key: ClientKey) {
        self.key.store(Arc::new(key));
    }

    /// A new assertion for the wanted token.
    fn assertion(&self, wanted: &TokenRequest) -> Result<Secret, TokenError> {
        let claims = AssertionClaims::asking(
            wanted,
            &self.client.client_id,
            &self.client.audience,
            self.clock.now().as_second(),
            ASSERTION_LIFE,
            self.random.uuid_v4().to_string(),
        );
        let signed = match &**self.key.load() {
            ClientKey::Registered(key) => key.sign(&claims),
            ClientKey::Certificate { key, chain } => key.sign_with_certificates(chain, &claims),
        };
        signed.map_err(|why| TokenError::Signing(why.to_string()))
    }

    async fn fetch(&self, wanted: &TokenRequest) -> Result<Fetched, TokenError> {
        match self.ask(wanted).await {
            Err(TokenError::Refused { description, .. })
                if WORTH_ANOTHER_ASSERTION.iter().any(|code| description.starts_with(code)) =>
            {
                self.ask(wanted).await
            }
            outcome => outcome,
        }
    }

    async fn ask(&self, wanted: &TokenRequest) -> Result<Fetched, TokenError> {
        let assertion = self.assertion(wanted)?;
        let form = [("grant_type", GRANT_TYPE), ("assertion", assertion.reveal())];
        let request = self.http.post(self.client.token_endpoint.clone());
        let answer = request
            .timeout(CALL)
            .form(&form)
            .headers(trace::headers())
            .send()
            .await
            .map_err(|why| TokenError::Unreachable(why.without_url().to_string()))?;
        let status = answer.status();
        let body = read_at_most(answer, LARGEST_ANSWER).await.map_err(TokenError::Unreachable)?;
        if !status.is_success() {
            return Err(refusal(status.as_u16(), &body));
        }
        // The cause is left out on purpose: it may quote the answer, and the answer is a token.
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|_| TokenError::Unreadable("no access_token and expires_in".to_owned()))?;
        Ok(Fetched { token: answer.access_token, lifetime: Duration::from_secs(answer.expires_in) })
    }
}

#[async_trait]
impl TokenSource for Maskinporten {
    async fn token(&self, wanted: &TokenRequest) -> Result<Secret, TokenError> {
        self.cache.get(wanted, || self.fetch(wanted)).await
    }

    async fn refused(&self, wanted: &TokenRequest, token: &Secret) {
        self.cache.forget(wanted, token);
    }
}

#[derive(Deserialize)]
struct Answer {
    access_token: Secret,
    expires_in: u64,
}

#[derive(Default, Deserialize)]
struct ErrorAnswer {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// An error answer, cut to what fits a log line.
pub(crate) fn refusal(status: u16, body: &[u8]) -> TokenError {
    let answer: ErrorAnswer = serde_json::from_slice(body).unwrap_or_default();
    TokenError::Refused {
        status,
        error: answer.error.chars().take(60).collect(),
        description: answer.error_description.chars().take(300).collect(),
    }
}
