//! One register over HTTP: a call with limits, behind a breaker, and many numbers asked about in parts.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::{Client, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use types::Secret;
use types::time::Clock;
use url::Url;

use super::RegisterError;
use super::breaker::{Bad, Breaker};
use super::config::LineConfig;

/// A register over HTTP.
pub(super) struct Line {
    name: &'static str,
    base: Url,
    config: LineConfig,
    client: Client,
    clock: Clock,
    places: Semaphore,
    breaker: Breaker,
}

/// Why a call brought nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// Something in it is wrong, perhaps only one of the numbers.
    BadInput,
    /// The token is not believed.
    Unauthorized,
    Register(RegisterError),
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name, self.base)
    }
}

impl Line {
    pub(super) fn new(
        name: &'static str,
        base: &Url,
        config: &LineConfig,
        client: Client,
        clock: Clock,
    ) -> Self {
        Self {
            name,
            base: base.clone(),
            places: Semaphore::new(config.at_once.max(1)),
            config: config.clone(),
            client,
            clock,
            breaker: Breaker::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Posts JSON below the register's address and reads JSON.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        headers: HeaderMap,
    ) -> Result<T, Failure> {
        self.send(self.client.post(self.url(path)).headers(headers).json(body)).await
    }

    /// Gets JSON from a whole address.
    pub(super) async fn get<T: DeserializeOwned>(&self, url: Url, headers: HeaderMap) -> Result<T, Failure> {
        self.send(self.client.get(url).headers(headers)).await
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failure> {
        // Nobody closes it, so there is always a place in the end.
        let _place = self.places.acquire().await;
        self.breaker.admit(self.now()).map_err(|left| {
            self.passing(Some(left), "it has stopped answering and is left alone for a while")
        })?;
        let called = tokio::time::timeout(self.config.timeout, self.call(request)).await;
        let called = called.unwrap_or_else(|_| Err(self.passing(None, "no answer in time")));
        self.judge(called)
    }

    /// Tells the breaker.
    fn judge<T>(&self, called: Result<T, Failure>) -> Result<T, Failure> {
        let bad = match &called {
            Ok(_) | Err(Failure::BadInput) => {
                self.breaker.good();
                return called;
            }
            // Another token may be believed; the one who asks says what comes of it.
            Err(Failure::Unauthorized) => return called,
            Err(Failure::Register(RegisterError::Passing { after, .. })) => Bad::Passing(*after),
            Err(Failure::Register(RegisterError::Misconfigured(_))) => Bad::Misconfigured,
        };
        if self.breaker.bad(bad, self.now())
            && let Err(Failure::Register(error)) = &called
        {
            tracing::error!(register = self.name, %error, "left a register alone for a while");
        }
        called
    }

    /// A second token was not believed either.
    pub(super) fn locked_out(&self) -> Failure {
        let error = RegisterError::Misconfigured(format!("{} answered HTTP 401", self.name));
        let judged = self.judge::<()>(Err(Failure::Register(error.clone())));
        judged.err().unwrap_or(Failure::Register(error))
    }

    async fn call<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failure> {
        let mut answer = request.headers(trace::headers()).send().await.map_err(|error| {
            self.passing(None, if error.is_timeout() { "no answer in time" } else { "no connection" })
        })?;
        let (status, after) = (answer.status(), retry_after(answer.headers(), self.now()));
        if !status.is_success() {
            return Err(self.refusal(status, after));
        }
        let mut read = Vec::new();
        while let Some(piece) =
            answer.chunk().await.map_err(|_| self.passing(None, "its answer broke off"))?
        {
            if read.len() + piece.len() > self.config.answer_bytes {
                return Err(self.passing(None, "its answer is longer than we read"));
            }
            read.extend_from_slice(&piece);
        }
        serde_json::from_slice(&read).map_err(|_| self.passing(None, "its answer cannot be read"))
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let joined = format!("{}/{path}", self.base.path().trim_end_matches('/'));
        url.set_path(&joined);
        url
    }

    pub(super) fn passing(&self, after: Option<Duration>, detail: &str) -> Failure {
        Failure::Register(RegisterError::Passing { after, detail: format!("{}: {detail}", self.name) })
    }

    fn refusal(&self, status: StatusCode, after: Option<Duration>) -> Failure {
        let detail = format!("it answered HTTP {}", status.as_u16());
        match status.as_u16() {
            400 => Failure::BadInput,
            401 => Failure::Unauthorized,
            408 | 425 | 429 | 500.. => self.passing(after, &detail),
            _ => Failure::Register(RegisterError::Misconfigured(format!("{}: {detail}", self.name))),
        }
    }

    /// Asks about many, a part at a time and a few parts side by side. A part that is refused for one
    /// bad number is halved until the number is found; it counts as unknown.
    pub(super) async fn in_parts<'k, K, T, F, Asking>(
        &self,
        keys: &'k [K],
        ask: F,
    ) -> Result<Vec<T>, RegisterError>
    where
        F: Fn(&'k [K]) -> Asking,
        Asking: Future<Output = Result<Vec<T>, Failure>>,
    {
        let mut waiting: VecDeque<&'k [K]> = keys.chunks(self.config.chunk.max(1)).collect();
        let (mut running, mut found) = (FuturesUnordered::new(), Vec::new());
        loop {
            while running.len() < self.config.at_once.max(1)
                && let Some(part) = waiting.pop_front()
            {
                let asking = ask(part);
                running.push(async move { (part, asking.await) });
            }
            match running.next().await {
                None => return Ok(found),
                Some((_, Ok(some))) => found.extend(some),
                Some((part, Err(Failure::BadInput))) if part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    waiting.extend([first, second]);
                }
                Some((_, Err(Failure::BadInput))) => {
                    tracing::warn!(register = self.name, "a number was refused and counts as unknown");
                }
                Some((_, Err(other))) => return Err(self.error(other)),
            }
        }
    }

    /// What a failure means to whoever waits.
    pub(super) fn error(&self, failure: Failure) -> RegisterError {
        let wrong = |what: &str| RegisterError::Misconfigured(format!("{}: {what}", self.name));
        match failure {
            Failure::Register(error) => error,
            Failure::BadInput => wrong("it does not understand the question"),
            Failure::Unauthorized => wrong("it answered HTTP 401"),
        }
    }
}

/// In seconds, or as a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

/// A header whose value is not for logs; nothing where there is no value.
pub(super) fn secret_header(name: &'static str, value: Option<&Secret>) -> HeaderMap {
    let value = value.and_then(|value| HeaderValue::try_from(value.reveal().as_str()).ok());
    let header = value.map(|mut value| {
        value.set_sensitive(true);
        (HeaderName::from_static(name), value)
    });
    header.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_asked_for_in_seconds_or_until_a_date() {
        let now: Timestamp = "2026-03-02T11:00:00Z".parse().expect("a moment");
        let asked = |text: &str| {
            let value = HeaderValue::try_from(text).expect("a value");
            retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, value)]), now)
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Mon, 02 Mar 2026 11:01:30 GMT"), Some(Duration::from_secs(90)));
        assert_eq!(asked("Mon, 02 Mar 2026 10:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-1"), None);
    }
}
