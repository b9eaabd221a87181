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

mod answers;
mod magic;
mod reports;
mod submit;
mod wire;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use types::random::Random;
use types::time::Clock;
use types::{Secret, mask};
use url::Url;

use crate::captured::Captured;
use crate::listing;

pub use magic::{MAGIC_NUMBERS, MagicNumber, Outcome, ReportState};
pub use reports::{PushOutcome, Pushed};
pub use wire::MalformedRequest;

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
    refusals: Mutex<HashMap<String, submit::Refusals>>,
    reports: Arc<reports::Reports>,
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
            .route("/", post(submit::submit))
            .route("/messages", listing::messages(&self.0.captured))
            .route("/magic-numbers", get(async || Json(MAGIC_NUMBERS)))
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
}
