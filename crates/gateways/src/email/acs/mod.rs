//! Azure Communication Services' e-mail, over its REST interface.
//!
//! A message is posted under the attempt's id (`Operation-Id`), so that an answer that was lost can be
//! asked for. Nothing is posted twice here: whether the service would fold two posts of one operation is
//! not documented. What it has taken it works on for a while; [`EmailProvider::follow`] asks, and
//! delivery reports come by Event Grid (see [`super::event_grid`]).

mod config;
mod content;
mod judge;
mod sign;
mod wire;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, Method, StatusCode, header};
use jiff::Timestamp;
use reqwest::{Body, Client, Response};
use tracing::error;
use types::EmailAddress;
use types::ids::AttemptId;
use types::time::Clock;
use url::Url;

use self::content::Content;
use self::judge::{Judged, Said};
use self::sign::{AccessKey, content_hash};
use self::wire::{Fault, Operation};
use crate::retry_after::retry_after;
use crate::watched_body::Watch;
use crate::{EmailProvider, EmailResult, Following, HandOver, LookUp, OutgoingEmail, Progress, Urgency};

pub use config::{AcsConfig, AcsConfigError};
pub use sign::NotAnAccessKey;

/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 * 1024;

/// The service.
pub struct Acs {
    config: AcsConfig,
    endpoint: Url,
    key: AccessKey,
    from: EmailAddress,
    clock: Clock,
    instant: Client,
    ordinary: Client,
    /// Until when it wants no more questions: they have a quota of their own, which all messages share.
    resting: Mutex<Option<Timestamp>>,
}

impl fmt::Debug for Acs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Acs({})", self.endpoint)
    }
}

/// A whole answer, or what there is of it.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Why there is no answer.
enum Trouble {
    /// The request never left us whole.
    NotSent(String),
    /// It may have.
    InDoubt(String),
}

impl Acs {
    /// Speaks to the service. Connects to nobody yet.
    pub fn new(config: AcsConfig, clock: Clock) -> Result<Self, AcsConfigError> {
        let account = config.account()?;
        Ok(Self {
            endpoint: account.endpoint,
            key: account.key,
            from: account.from,
            clock,
            // A crowd of ordinary messages never makes an instant one wait for a connection.
            instant: web::plain_client()?,
            ordinary: web::plain_client()?,
            resting: Mutex::default(),
            config,
        })
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.endpoint.clone();
        url.set_path(&format!("{}{path}", self.endpoint.path()));
        url.set_query(Some(&format!("api-version={}", self.config.api_version)));
        url
    }

    async fn post(&self, email: &OutgoingEmail, content: &Content) -> Result<Answer, Trouble> {
        let (client, seconds) = match email.urgency {
            Urgency::Instant => (&self.instant, self.config.instant_timeout_seconds),
            Urgency::Ordinary => (&self.ordinary, self.config.timeout_seconds),
        };
        let url = self.url("emails:send");
        let signed = self.key.sign("POST", &url, content_hash(content.pieces()), self.clock.now());
        let (body, watch) = content.body();
        let sent = client
            .post(url)
            .header("x-ms-date", signed.date)
            .header("x-ms-content-sha256", signed.content)
            .header(header::AUTHORIZATION, signed.authorization)
            .header("Operation-Id", email.attempt.to_string())
            .header("x-ms-client-request-id", email.attempt.to_string())
            .header(header::CONTENT_TYPE, "application/json")
            .headers(trace::headers())
            .timeout(Duration::from_secs(seconds))
            .body(Body::wrap(body))
            .send();
        let answer = sent.await.map_err(|error| Trouble::of(&error, &watch))?;
        Ok(Answer::read(answer).await)
    }

    /// Asks about an operation.
    async fn ask(&self, operation: &str) -> Result<Answer, String> {
        let url = self.url(&format!("emails/operations/{operation}"));
        let nothing = content_hash(std::iter::empty::<&[u8]>());
        let signed = self.key.sign("GET", &url, nothing, self.clock.now());
        let asked = self
            .ordinary
            .request(Method::GET, url)
            .header("x-ms-date", signed.date)
            .header("x-ms-content-sha256", signed.content)
            .header(header::AUTHORIZATION, signed.authorization)
            .timeout(Duration::from_secs(self.config.poll_timeout_seconds))
            .send();
        let answer = asked.await.map_err(|error| what_broke(&error).to_owned())?;
        Ok(Answer::read(answer).await)
    }

    /// The service failed with the message in its hands: does it have it?
    async fn ask_after_failure(&self, attempt: AttemptId, said: &Said, why: String) -> HandOver<EmailResult> {
        match self.look_up(attempt).await {
            LookUp::Taken { gateway_reference } => HandOver::UnderWay {
                gateway_reference: gateway_reference.unwrap_or_else(|| attempt.to_string()),
                after: said.after,
            },
            LookUp::Unknown => HandOver::TryLater { after: said.after, cause: crate::Holdup::Passing(why) },
            LookUp::CannotTell => HandOver::unknown(why),
        }
    }

    fn rests_until(&self) -> Option<Timestamp> {
        *self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Questions rest for this long; a rest under way is never shortened.
    fn rest(&self, pause: Duration) {
        let until = self.clock.now().checked_add(pause).unwrap_or(Timestamp::MAX);
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        *resting = (*resting).max(Some(until));
    }

    /// What an answer that is neither a yes nor a no means for a message that was taken: patience.
    fn be_patient(&self, answer: &Answer) -> Progress<EmailResult> {
        let said = answer.said(self.clock.now());
        if said.is_throttled() {
            self.rest(said.patience().unwrap_or_default());
        } else if !answer.status.is_success() {
            error!(detail = said.detail(), "the mail service does not say what became of a message");
        }
        Progress::UnderWay { after: said.patience() }
    }
}

#[async_trait]
impl EmailProvider for Acs {
    fn name(&self) -> &'static str {
        "acs"
    }

    async fn send(&self, email: &OutgoingEmail) -> HandOver<EmailResult> {
        let content = match wire::write(email, &self.from) {
            Ok(content) => content,
            Err(impossible) => return impossible,
        };
        let answer = match self.post(email, &content).await {
            Ok(answer) => answer,
            Err(Trouble::NotSent(why)) => return HandOver::passing(why),
            Err(Trouble::InDoubt(why)) => return HandOver::unknown(why),
        };
        let said = answer.said(self.clock.now());
        if answer.status.is_success() {
            // We have named the operation ourselves, so an answer that cannot be read costs nothing.
            let named = Operation::read(&answer.body).and_then(|operation| operation.id);
            let named = named.filter(|id| is_operation_id(id));
            let gateway_reference = named.unwrap_or_else(|| email.attempt.to_string());
            return HandOver::UnderWay { gateway_reference, after: said.after };
        }
        match judge::judge(&said) {
            Judged::Settled(hand_over) => hand_over,
            Judged::ServiceFailed(why) => self.ask_after_failure(email.attempt, &said, why).await,
        }
    }

    async fn look_up(&self, attempt: AttemptId) -> LookUp {
        let operation = attempt.to_string();
        match self.ask(&operation).await {
            Ok(answer) if answer.status.is_success() => match Operation::read(&answer.body) {
                Some(Operation { status: Some(_), .. }) => {
                    LookUp::Taken { gateway_reference: Some(operation) }
                }
                _ => LookUp::CannotTell,
            },
            Ok(answer) if answer.status == StatusCode::NOT_FOUND => LookUp::Unknown,
            Ok(_) | Err(_) => LookUp::CannotTell,
        }
    }

    fn following(&self) -> Option<Following> {
        Some(self.config.following())
    }

    async fn follow(&self, gateway_reference: &str) -> Progress<EmailResult> {
        if !is_operation_id(gateway_reference) {
            return Progress::NotFollowed;
        }
        let now = self.clock.now();
        if let Some(until) = self.rests_until().filter(|until| *until > now) {
            return Progress::UnderWay { after: Duration::try_from(until.duration_since(now)).ok() };
        }
        let Ok(answer) = self.ask(gateway_reference).await else {
            return Progress::UnderWay { after: None };
        };
        let operation = Operation::read(&answer.body).filter(|_| answer.status.is_success());
        match operation.as_ref().and_then(judge::ended) {
            Some((result, detail)) => Progress::Ended { result, detail },
            None => self.be_patient(&answer),
        }
    }

    /// Asks about an operation that nobody has begun.
    async fn probe(&self) -> Result<(), String> {
        let answer = self.ask(&uuid::Uuid::nil().to_string()).await?;
        let answers = answer.status.is_success()
            || matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::TOO_MANY_REQUESTS);
        if answers { Ok(()) } else { Err(answer.said(self.clock.now()).detail()) }
    }
}

/// Whether a text can be the name of an operation: it becomes part of an address.
fn is_operation_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl Answer {
    /// Reads an answer up to a limit; what is longer is cut, and what breaks off has said enough.
    async fn read(mut answer: Response) -> Self {
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Ok(Some(piece)) = answer.chunk().await {
            let room = ANSWER_BYTES.saturating_sub(body.len());
            body.extend_from_slice(&piece[..piece.len().min(room)]);
            if room == 0 {
                break;
            }
        }
        Self { status, headers, body }
    }

    fn said(&self, now: Timestamp) -> Said {
        let code = self.headers.get("x-ms-error-code").and_then(|value| value.to_str().ok());
        Said {
            status: self.status,
            fault: Fault::read(&self.body, code),
            after: retry_after(&self.headers, Some(now)),
        }
    }
}

impl Trouble {
    fn of(error: &reqwest::Error, watch: &Watch) -> Self {
        let what = what_broke(error).to_owned();
        let certainly_not = error.is_connect() || error.is_builder() || !watch.saw_it_whole();
        if certainly_not { Self::NotSent(what) } else { Self::InDoubt(what) }
    }
}

fn what_broke(error: &reqwest::Error) -> &'static str {
    match () {
        () if error.is_connect() => "no connection to the mail service",
        () if error.is_timeout() => "no answer from the mail service in time",
        () => "the connection to the mail service broke",
    }
}
