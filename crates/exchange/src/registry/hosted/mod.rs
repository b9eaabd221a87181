//! Asks a registry over HTTP: the national one, or an embedded one elsewhere.
//!
//! Every answer is a signature around what was asked, and nothing is believed before the signature
//! has been checked against [`SignatureTrust`]. Answers are kept for a few minutes; failures are not.

mod cache;
mod config;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth::{TokenError, TokenRequest, TokenSource};
use http::{HeaderValue, StatusCode, header};
use reqwest::{Client, Response};
use serde::Deserialize;
use types::OrgNumber;
use types::time::Clock;
use url::Url;

use super::jws::Unchecked;
use super::wire::{EntryBody, InfoBody, armoured};
use super::{Entry, Identifier, InfoRecord, LookUpError, Question, Registry};
use cache::Cache;
use trust::Keys;

pub use config::Config;
pub use trust::SignatureTrust;

/// The largest answer that is read, in bytes; a receiver with every process has some tens of KB.
const LARGEST_ANSWER: usize = 4 << 20;
const CALL: Duration = Duration::from_secs(15);
/// Both types, in the order of the reference; what comes must be the first.
const ACCEPT: HeaderValue = HeaderValue::from_static("application/jose, application/json");

/// What the client is made of.
pub struct Parts {
    /// The client for services that an operator has configured.
    pub http: Client,
    /// Where tokens come from; `None` for a registry that wants none.
    pub tokens: Option<Arc<dyn TokenSource>>,
    /// Whose signatures are believed.
    pub trust: SignatureTrust,
    /// Its time.
    pub clock: Clock,
    /// Its section of the configuration.
    pub config: Config,
}

/// A client of a registry.
pub struct HostedRegistry {
    http: Client,
    tokens: Option<Arc<dyn TokenSource>>,
    keys: Keys,
    base: Url,
    wanted: TokenRequest,
    answers: Cache<Arc<[u8]>>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[error("the registry's address must be http or https and able to have paths below it: {0}")]
pub struct NoBase(pub Url);

impl HostedRegistry {
    /// A client over these parts.
    pub fn new(parts: Parts) -> Result<Self, NoBase> {
        let Parts { http, tokens, trust, clock, config } = parts;
        let base = config.url;
        if !matches!(base.scheme(), "http" | "https") || base.cannot_be_a_base() {
            return Err(NoBase(base));
        }
        let keep = Duration::from_secs(config.keep_answers_seconds.into());
        let stale = Duration::from_secs(config.outage_answers_seconds.into());
        Ok(Self {
            keys: Keys::new(trust, http.clone(), clock.clone()),
            http,
            tokens,
            base,
            wanted: TokenRequest::scope(config.scopes.join(" ")),
            answers: Cache::new(keep, stale, clock),
        })
    }

    fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// A checked answer: kept, new, or the last that is known while the registry does not answer and the
    /// question need not be fresh.
    async fn ask(&self, url: Url, how: How) -> Result<Arc<[u8]>, LookUpError> {
        if let Some(kept) = self.answers.get(&url) {
            return Ok(kept);
        }
        match self.renew(&url, how.correlation).await {
            Err(why @ LookUpError::Unavailable(_)) if !how.fresh => match self.answers.last_known(&url) {
                Some(known) => {
                    tracing::warn!("{why}; the last answer it gave is used");
                    Ok(known)
                }
                None => Err(why),
            },
            Err(why @ LookUpError::NotFound(_)) => {
                self.answers.forget(&url);
                Err(why)
            }
            outcome => outcome,
        }
    }

    async fn renew(&self, url: &Url, correlation: Option<String>) -> Result<Arc<[u8]>, LookUpError> {
        let mut asked = url.clone();
        if let Some(id) = correlation {
            asked.query_pairs_mut().append_pair("conversationId", &id);
        }
        let body = self.fetch(asked).await?;
        let text = std::str::from_utf8(&body).map_err(|_| untrusted("it is not text"))?;
        let answer = Unchecked::read(text).map_err(untrusted)?;
        let payload: Arc<[u8]> = self.keys.check(&answer).await?.into();
        self.answers.put(url.clone(), Arc::clone(&payload));
        Ok(payload)
    }

    /// The body of a good answer; a token that was refused is renewed once.
    async fn fetch(&self, url: Url) -> Result<Vec<u8>, LookUpError> {
        let mut renewed = false;
        loop {
            let token = match &self.tokens {
                Some(tokens) => Some(tokens.token(&self.wanted).await.map_err(|why| no_token(&why))?),
                None => None,
            };
            let mut request = self.http.get(url.clone()).header(header::ACCEPT, ACCEPT).timeout(CALL);
            if let Some(token) = &token {
                request = request.bearer_auth(token.reveal());
            }
            let answer = request.headers(trace::headers()).send().await;
            let answer = answer.map_err(|why| unavailable(&why.without_url()))?;
            let status = answer.status();
            if let (StatusCode::UNAUTHORIZED, false, Some(tokens), Some(token)) =
                (status, renewed, &self.tokens, &token)
            {
                tokens.refused(&self.wanted, token).await;
                renewed = true;
                continue;
            }
            let body = read(answer).await?;
            return if status.is_success() { Ok(body) } else { Err(refused(status, &body)) };
        }
    }
}

#[async_trait]
impl Registry for HostedRegistry {
    async fn look_up(&self, question: &Question) -> Result<Entry, LookUpError> {
        let receiver = question.receiver.wire();
        let mut url = match question.process.as_deref() {
            None => self.url(&["identifier", &receiver]),
            Some(process) => self.url(&["identifier", &receiver, "process", process]),
        };
        if let Some(level) = question.security_level {
            url.query_pairs_mut().append_pair("securityLevel", &level.to_string());
        }
        if !question.print {
            url.query_pairs_mut().append_pair("print", "false");
        }
        let correlation = question.conversation_id.map(|id| id.to_string());
        let how = How { correlation, fresh: question.fresh };
        let answer = self.ask(url, how).await.map_err(|why| about(&question.receiver, why))?;
        let body: EntryBody = serde_json::from_slice(&answer).map_err(|_| not_an_answer())?;
        if question.process.is_some() && body.service_records.is_empty() {
            return Err(LookUpError::NotFound("the receiver takes no part in the process".to_owned()));
        }
        Ok(body.into())
    }

    async fn info(&self, who: &Identifier) -> Result<InfoRecord, LookUpError> {
        let answer = self
            .ask(self.url(&["info", &who.wire()]), How::default())
            .await
            .map_err(|why| about(who, why))?;
        let body: InfoAnswer = serde_json::from_slice(&answer).map_err(|_| not_an_answer())?;
        Ok(match body {
            InfoAnswer::Wrapped { info_record } => info_record.into(),
            InfoAnswer::Bare(info) => info.into(),
        })
    }

    async fn certificate(&self, org: OrgNumber) -> Result<String, LookUpError> {
        let answer = self.ask(self.url(&["virksert", &org.to_string()]), How::FRESH).await?;
        let pem = String::from_utf8(answer.to_vec()).map_err(|_| not_an_answer())?;
        Ok(armoured(pem))
    }
}

/// What a question is asked with besides.
#[derive(Default)]
struct How {
    /// Sent along, and not part of the question.
    correlation: Option<String>,
    /// Whether the last answer that is known will not do.
    fresh: bool,
}

impl How {
    const FRESH: Self = Self { correlation: None, fresh: true };
}

/// The info record alone, or where it stands in a whole answer.
#[derive(Deserialize)]
#[serde(untagged)]
enum InfoAnswer {
    Wrapped {
        #[serde(rename = "infoRecord")]
        info_record: InfoBody,
    },
    Bare(InfoBody),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error_description: String,
    message: String,
}

async fn read(mut answer: Response) -> Result<Vec<u8>, LookUpError> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|why| unavailable(&why.without_url()))? {
        if body.len() + piece.len() > LARGEST_ANSWER {
            return Err(untrusted(format!("it is longer than {LARGEST_ANSWER} bytes")));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Errors are never signed, so the status alone decides.
fn refused(status: StatusCode, body: &[u8]) -> LookUpError {
    let said: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let said = if said.error_description.is_empty() { said.message } else { said.error_description };
    let reason = without_persons(&said);
    match status {
        StatusCode::NOT_FOUND => LookUpError::NotFound(reason),
        StatusCode::TOO_MANY_REQUESTS => LookUpError::Unavailable(format!("status 429: {reason}")),
        status if status.is_server_error() => {
            LookUpError::Unavailable(format!("status {}: {reason}", status.as_u16()))
        }
        status => LookUpError::Refused { status: status.as_u16(), reason },
    }
}

/// The registry's words, shortened, without what could be a person's number.
fn without_persons(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for sign in text.chars().filter(|sign| !sign.is_control()).take(300).chain(['\0']) {
        if sign.is_ascii_digit() {
            digits.push(sign);
            continue;
        }
        out.push_str(if digits.len() == 11 { "***********" } else { &digits });
        digits.clear();
        out.push(sign);
    }
    out.pop();
    out
}

/// A registry that says nothing about why it found nothing gets a sentence of ours.
fn about(who: &Identifier, why: LookUpError) -> LookUpError {
    match why {
        LookUpError::NotFound(reason) if reason.is_empty() => {
            LookUpError::NotFound(format!("the registry does not know {who}"))
        }
        other => other,
    }
}

fn no_token(why: &TokenError) -> LookUpError {
    LookUpError::Unavailable(format!("no token for the registry: {why}"))
}

fn unavailable(why: &reqwest::Error) -> LookUpError {
    LookUpError::Unavailable(why.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "errors are handed over by `map_err`")]
fn untrusted(why: impl ToString) -> LookUpError {
    LookUpError::Untrusted(why.to_string())
}

fn not_an_answer() -> LookUpError {
    untrusted("it is signed, but it is not what a registry answers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_masked_and_organizations_are_not() {
        let text = "Entity with identifier '01010050053' not found for 310000002";
        let expected = "Entity with identifier '***********' not found for 310000002";
        assert_eq!(without_persons(text), expected);
        assert_eq!(without_persons("01010050053"), "***********");
    }

    /// Covers: ET-62
    #[test]
    fn only_404_means_that_the_receiver_does_not_take_it() {
        let not_found = refused(StatusCode::NOT_FOUND, b"");
        assert!(matches!(not_found, LookUpError::NotFound(_)) && !not_found.is_temporary());
        for status in [400, 401, 403, 429, 500, 503] {
            let status = StatusCode::from_u16(status).expect("a status");
            let other = refused(status, br#"{"error_code":"","error_description":"no"}"#);
            assert!(!matches!(other, LookUpError::NotFound(_)) && other.is_temporary(), "{status}");
        }
    }
}
