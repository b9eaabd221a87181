//! Does the subscriber answer? And the one way in which anything is posted to one.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use url::Url;
use web::client::CallError;

use crate::Webhooks;
use crate::model::Secrets;
use crate::sign::SigningKey;

/// How a ping or a delivery went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PingOutcome {
    /// A status below 300.
    Answered(u16),
    /// Any other status.
    Refused(u16),
    /// No answer; the text says why.
    Unreachable(String),
}

impl PingOutcome {
    /// Whether the endpoint answered with success.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Answered(_))
    }

    /// In a few words, for operators.
    pub fn describe(&self) -> String {
        match self {
            Self::Answered(status) | Self::Refused(status) => format!("HTTP {status}"),
            Self::Unreachable(why) => why.clone(),
        }
    }
}

/// One post.
pub(crate) struct Letter<'a> {
    pub(crate) id: &'a str,
    /// Its place among all that the subscriber is told; pings have none.
    pub(crate) number: Option<i64>,
    pub(crate) body: &'a str,
    pub(crate) at: Timestamp,
}

impl Webhooks {
    /// Posts a ping and waits for the answer.
    pub async fn ping(&self, endpoint: &Url, secrets: &Secrets, body: &str) -> PingOutcome {
        let at = self.0.clock.now();
        let id = self.0.random.uuid_v7(at).to_string();
        let (outcome, _) = self.post(endpoint, secrets, &Letter { id: &id, number: None, body, at }).await;
        if !outcome.is_success() {
            tracing::warn!(outcome = %outcome.describe(), "a webhook endpoint did not answer its ping");
        }
        outcome
    }

    /// Posts one body; answers also how long the endpoint asked us to wait.
    pub(crate) async fn post(
        &self,
        endpoint: &Url,
        secrets: &Secrets,
        letter: &Letter<'_>,
    ) -> (PingOutcome, Option<Duration>) {
        let headers = self.headers(secrets, letter);
        let limit = Duration::from_millis(self.config().call_timeout_ms);
        let answer = async {
            let call = self.0.client.post(endpoint.clone())?;
            let call = call.headers(headers).body(letter.body.to_owned()).total(limit);
            // Only the status matters, so a long answer is not read.
            call.open().await
        };
        match trace::calls("webhook", answer).await {
            Ok(answer) => {
                let (status, wait) = (answer.status().as_u16(), retry_after(answer.headers()));
                let success = answer.status().is_success();
                (if success { PingOutcome::Answered(status) } else { PingOutcome::Refused(status) }, wait)
            }
            Err(error) => (PingOutcome::Unreachable(describe(&error)), None),
        }
    }

    fn headers(&self, secrets: &Secrets, letter: &Letter<'_>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut add = |name: &'static str, text: &str| {
            let value = HeaderValue::from_str(text).expect("ids, numbers and Base64 are plain ASCII");
            headers.insert(HeaderName::from_static(name), value);
        };
        add("webhook-id", letter.id);
        add("webhook-timestamp", &letter.at.as_second().to_string());
        if let Some(number) = letter.number.filter(|_| secrets.current.is_some()) {
            add("webhook-sequence", &number.to_string());
        }
        let signatures = self.signatures(secrets, letter);
        if !signatures.is_empty() {
            add("webhook-signature", &signatures.join(" "));
        }
        headers
    }

    /// One signature for each secret that counts now.
    fn signatures(&self, secrets: &Secrets, letter: &Letter<'_>) -> Vec<String> {
        let sign = |key: &SigningKey| key.sign(letter.id, letter.at, letter.body);
        let older = secrets.older.as_ref().filter(|(_, until)| *until > letter.at).map(|(older, _)| older);
        let own = secrets.current.iter().chain(older);
        let own: Vec<_> =
            own.filter_map(|secret| SigningKey::parse(secret).ok()).map(|key| sign(&key)).collect();
        if own.is_empty() { self.0.signing.iter().map(sign).collect() } else { own }
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    // Longer than a day is as good as not asking.
    Some(Duration::from_secs(seconds)).filter(|wait| *wait <= Duration::from_secs(24 * 3_600))
}

fn describe(error: &CallError) -> String {
    error.to_string()
}
