//! An SMS gateway that speaks the PSWin XML protocol, and sends nothing.
//!
//! `POST /` takes what a real gateway takes: a session with up to a hundred messages, in UTF-8 or
//! ISO-8859-1. Some time later [`SmsGateway::run`] pushes delivery reports to where it was told to,
//! several in one push where several are due, and tries again like a gateway when a push is refused.
//!
//! What becomes of a message is decided by the last four digits of its receiver, listed in
//! [`MAGIC_NUMBERS`]:
//!
//! | ends with | outcome |
//! |---|---|
//! | 0001, and any other number | accepted, then delivered |
//! | 0002, 0003, 0016 to 0023 | accepted, then a report that says why it failed |
//! | 0004, 0011 | refused in the answer |
//! | 0005, 0006 | not taken at first (HTTP 408 twice; HTTP 429 for a while), then delivered |
//! | 0007, 0029 | taken, but no answer: the sender cannot know (silence; closed connection) |
//! | 0008, 0026 | accepted, never reported |
//! | 0009 | the report comes before the answer |
//! | 0010, 0024 | reports that repeat or contradict each other |
//! | 0012, 0013, 0014 | never taken: closed connection, HTTP 500, HTTP 503 |
//! | 0015 | a slow answer |
//! | 0025 | the logon fails |
//! | 0027, 0028 | taken, but the answer is not XML, or does not mention the message |
//!
//! Where one request carries several messages, a number that decides about the whole request (the
//! HTTP answers, the connection, the logon) does so for all of them.
//!
//! For people and tests, `GET /messages?since=0` lists what came and `GET /magic-numbers` the table.

mod listing;
mod magic;
mod reports;
mod wire;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::{StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use types::random::Random;
use types::time::Clock;
use types::{Secret, mask};
use url::Url;

use crate::captured::Captured;
use crate::drop_connection::without_an_answer;

pub use magic::{MAGIC_NUMBERS, MagicNumber, Outcome, ReportState};
pub use reports::{PushOutcome, Pushed};
pub use wire::MalformedRequest;

/// A request may have this many bytes.
const REQUEST_BYTES: usize = 1024 * 1024;
/// Receivers whose refusals are counted.
const REFUSALS_KEPT: usize = 10_000;

/// How a simulated gateway behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The account name.
    pub client: String,
    /// The account's password.
    pub password: Secret,
    /// Where reports are pushed to; without it there are none.
    pub reports_to: Option<ReportTarget>,
    /// From the acceptance of a message to its first report.
    pub report_after: Duration,
    /// When to try again after a push that was refused or did not arrive; after the last, the report
    /// is lost.
    pub report_again_after: Vec<Duration>,
    /// Reports in one push at most.
    pub reports_per_push: usize,
    /// The character set of pushes.
    pub report_charset: Charset,
    /// Before every answer.
    pub answer_after: Duration,
    /// Before the answer to a slow number.
    pub slow: Duration,
    /// How long a swallowed request's connection stays open.
    pub swallow: Duration,
    /// How long a rate-limited number is refused, and what `Retry-After` says, in whole seconds.
    pub limited_for: Duration,
    /// Messages kept, and reports waiting, at most.
    pub keep: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            client: "demo".to_owned(),
            password: Secret::new("demo".to_owned()),
            reports_to: None,
            report_after: Duration::from_secs(1),
            report_again_after: [1, 5, 30, 120].map(Duration::from_secs).to_vec(),
            reports_per_push: 20,
            report_charset: Charset::Latin1,
            answer_after: Duration::ZERO,
            slow: Duration::from_secs(3),
            swallow: Duration::from_mins(1),
            limited_for: Duration::from_secs(5),
            keep: 10_000,
        }
    }
}

/// A receiver of delivery reports, with the HTTP Basic credentials it wants.
#[derive(Clone, Debug)]
pub struct ReportTarget {
    /// Where to `POST`.
    pub url: Url,
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// The character set of a report push.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// ISO-8859-1, the protocol's default.
    #[default]
    Latin1,
    /// UTF-8.
    Utf8,
}

impl Charset {
    const fn name(self) -> &'static str {
        match self {
            Self::Latin1 => "ISO-8859-1",
            Self::Utf8 => "UTF-8",
        }
    }
}

/// A message as the gateway got it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sms {
    /// When it came.
    pub at: Timestamp,
    /// Whether the gateway took it; otherwise it was turned away, whatever the answer said.
    pub taken: bool,
    /// The gateway's reference, given to what was taken.
    pub reference: Option<String>,
    /// Its number within its request.
    pub id: String,
    /// The sender's own words about the request (`SD`).
    pub data: Option<String>,
    /// Who it seems to come from, cut as a gateway cuts it.
    pub sender: String,
    /// Digits only.
    pub receiver: String,
    /// Decoded, and cut as a gateway cuts it.
    pub text: String,
    /// Minutes to live; 0 is the gateway's default.
    pub ttl_minutes: u32,
    /// Flash (`0`), when asked for.
    pub class: Option<String>,
    /// The exact bytes of the request it came in.
    #[serde(skip)]
    pub request: Bytes,
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receiver = mask::middle(&self.receiver, 4, 2);
        write!(f, "Sms({receiver}, taken: {})", self.taken)
    }
}

/// The simulated gateway. Clones are the same gateway.
#[derive(Clone, Debug)]
pub struct SmsGateway(Arc<Gateway>);

#[derive(Debug)]
struct Gateway {
    settings: Settings,
    clock: Clock,
    random: Random,
    captured: Captured<Sms>,
    requests: AtomicU64,
    refusals: Mutex<HashMap<String, Refusals>>,
    reports: Arc<reports::Reports>,
}

/// How often, and since when, a receiver was turned away.
#[derive(Clone, Copy, Debug)]
struct Refusals {
    times: u32,
    since: Instant,
}

impl SmsGateway {
    /// A gateway that has not been sent anything.
    pub fn new(settings: Settings, clock: Clock, random: Random) -> Result<Self, web::client::ClientError> {
        Ok(Self(Arc::new(Gateway {
            captured: Captured::keeping(settings.keep),
            reports: Arc::new(reports::Reports::new(&settings)?),
            requests: AtomicU64::new(0),
            refusals: Mutex::default(),
            settings,
            clock,
            random,
        })))
    }

    /// What it answers over HTTP.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", post(submit))
            .route("/messages", get(listing::messages))
            .route("/magic-numbers", get(listing::magic_numbers))
            .layer(DefaultBodyLimit::disable())
            .with_state(self.clone())
    }

    /// Pushes reports as they fall due, until told to stop. Those not yet pushed are then forgotten.
    pub async fn run(&self, stop: CancellationToken) {
        reports::run(&self.0.reports, &self.0.settings, &self.0.clock, stop).await;
    }

    /// Changes where reports go.
    pub fn report_to(&self, target: Option<ReportTarget>) {
        self.0.reports.go_to(target);
    }

    /// Every message that came, taken or not.
    pub fn captured(&self) -> &Captured<Sms> {
        &self.0.captured
    }

    /// Every report pushed or lost.
    pub fn pushed(&self) -> &Captured<Pushed> {
        &self.0.reports.pushed
    }

    /// How many requests came, malformed ones included.
    pub fn requests(&self) -> u64 {
        self.0.requests.load(Ordering::Relaxed)
    }

    fn refusals(&self) -> MutexGuard<'_, HashMap<String, Refusals>> {
        self.0.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_logon(&self, session: &wire::Session) -> bool {
        let settings = &self.0.settings;
        session.client == settings.client && session.password == *settings.password.reveal()
    }

    /// The answer of a gateway that takes nothing of the request, if that is what the receiver wants.
    fn turn_away(&self, receiver: &str) -> Option<Response> {
        let settings = &self.0.settings;
        match magic::outcome_for(receiver) {
            Outcome::LogonFails => Some(xml(wire::LOGON_FAILED.to_owned())),
            Outcome::ServerError => Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
            Outcome::ClosedUntaken => Some(without_an_answer()),
            Outcome::Unavailable => Some(wait(StatusCode::SERVICE_UNAVAILABLE, settings.limited_for)),
            Outcome::TransientTwice => self
                .is_refused_again(receiver, |refusals| refusals.times < 2)
                .then(|| StatusCode::REQUEST_TIMEOUT.into_response()),
            Outcome::RateLimited => self
                .is_refused_again(receiver, |refusals| refusals.since.elapsed() < settings.limited_for)
                .then(|| wait(StatusCode::TOO_MANY_REQUESTS, settings.limited_for)),
            _ => None,
        }
    }

    /// Counts one more refusal while `again` says so, then forgets the receiver.
    fn is_refused_again(&self, receiver: &str, again: impl Fn(&Refusals) -> bool) -> bool {
        let mut kept = self.refusals();
        if kept.len() >= REFUSALS_KEPT {
            kept.clear();
        }
        let (times, since) = (0, Instant::now());
        let refusals = kept.entry(receiver.to_owned()).or_insert(Refusals { times, since });
        if again(refusals) {
            refusals.times += 1;
            return true;
        }
        kept.remove(receiver);
        false
    }
}

/// Takes one request.
async fn submit(State(gateway): State<SmsGateway>, request: Request<Body>) -> Response {
    gateway.0.requests.fetch_add(1, Ordering::Relaxed);
    let (head, body) = request.into_parts();
    let Ok(body) = web::body::read(body, REQUEST_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let settings = &gateway.0.settings;
    if !settings.answer_after.is_zero() {
        tokio::time::sleep(settings.answer_after).await;
    }
    let read = wire::decode(&head.headers, &body).and_then(|text| wire::read(&text));
    let session = match read {
        Ok(session) => session,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    if !gateway.check_logon(&session) {
        return xml(wire::LOGON_FAILED.to_owned());
    }
    let whole = session.messages.iter().find_map(|m| gateway.turn_away(&m.receiver));
    if let Some(response) = whole {
        for message in &session.messages {
            gateway.record(&session, message, &body, None);
        }
        return response;
    }
    let (answers, taken) = gateway.take(&session, &body);
    gateway.answer(&answers, taken).await
}

/// What was taken: its outcome, and the first report of it.
type Taken = Vec<(Outcome, Option<reports::Due>)>;

impl SmsGateway {
    /// Decides about each message and keeps it; those that are reported later are put in line.
    fn take(&self, session: &wire::Session, request: &Bytes) -> (Vec<wire::MessageAnswer>, Taken) {
        let (mut answers, mut taken) = (Vec::new(), Vec::new());
        for message in &session.messages {
            let outcome = magic::outcome_for(&message.receiver);
            let id = message.id.clone();
            let refusal = match (wire::understand(message), outcome) {
                (Err(info), _) => Some(info),
                (Ok(_), Outcome::Refused(info)) => Some(info.to_owned()),
                (Ok(_), Outcome::InvalidReceiver) => Some(wire::invalid_receiver(&message.receiver)),
                (Ok(_), _) => None,
            };
            if let Some(info) = refusal {
                self.record(session, message, request, None);
                answers.push(wire::MessageAnswer::Refused { id, info });
                continue;
            }
            let reference = self.0.random.uuid_v4().to_string();
            self.record(session, message, request, Some(reference.clone()));
            let states = reports_of(outcome);
            let receiver = message.receiver.trim().trim_start_matches('+').to_owned();
            let due = reports::Due::first(reference.clone(), receiver, states);
            let reference = (outcome != Outcome::AcceptedWithoutReference).then_some(reference);
            if outcome != Outcome::AnswerWithoutMessage {
                answers.push(wire::MessageAnswer::Accepted { id, reference });
            }
            let now = outcome == Outcome::ReportBeforeAnswer;
            if let Some(later) = due.clone().filter(|_| !now) {
                self.0.reports.put_in_line(later, self.0.settings.report_after);
            }
            taken.push((outcome, due.filter(|_| now)));
        }
        (answers, taken)
    }

    fn record(
        &self,
        session: &wire::Session,
        message: &wire::WireMessage,
        request: &Bytes,
        reference: Option<String>,
    ) {
        let understood = wire::understand(message).ok();
        let (text, sender, receiver, ttl_minutes) = understood.map_or_else(
            || (message.text.clone(), message.sender.clone(), message.receiver.clone(), 0),
            |right| (right.text, right.sender, right.receiver, right.ttl_minutes),
        );
        self.0.captured.push(Sms {
            at: self.0.clock.now(),
            taken: reference.is_some(),
            reference,
            id: message.id.clone(),
            data: session.data.clone(),
            sender,
            receiver,
            text,
            ttl_minutes,
            class: message.class.clone(),
            request: request.clone(),
        });
    }

    /// Answers, or does not, as the strangest of the messages wants.
    async fn answer(&self, answers: &[wire::MessageAnswer], taken: Taken) -> Response {
        let settings = &self.0.settings;
        let mut response = None;
        for (outcome, due) in taken {
            match outcome {
                Outcome::ReportBeforeAnswer => {
                    if let Some(due) = due {
                        let now = self.0.clock.now();
                        reports::push_now(&self.0.reports, settings, due, now).await;
                    }
                }
                Outcome::Slow => tokio::time::sleep(settings.slow).await,
                Outcome::SwallowedTaken => {
                    tokio::time::sleep(settings.swallow).await;
                    response = Some(without_an_answer());
                }
                Outcome::ClosedTaken => response = Some(without_an_answer()),
                Outcome::AnswerNotXml => response = Some(Html("<h1>It works!").into_response()),
                _ => {}
            }
        }
        response.unwrap_or_else(|| xml(wire::answer(answers)))
    }
}

const fn reports_of(outcome: Outcome) -> &'static [ReportState] {
    match outcome {
        Outcome::Accepted(states) => states,
        Outcome::AcceptedWithoutReference => &[],
        _ => &[ReportState::Delivered],
    }
}

fn xml(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

fn wait(status: StatusCode, time: Duration) -> Response {
    let seconds = time.as_secs().max(1).to_string();
    (status, [(header::RETRY_AFTER, seconds)]).into_response()
}
