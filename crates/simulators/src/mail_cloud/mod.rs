//! A cloud mail service that speaks Azure Communication Services' REST interface, and sends nothing.
//!
//! `POST /emails:send` takes what the real service takes, signed with the access key, as an operation that
//! is under way for a while; `GET /emails/operations/{id}` tells how far it has come. Some time later
//! [`MailCloud::run`] pushes delivery reports as Event Grid does, in one of its two schemas: first it asks
//! whether they are welcome, and a push that is refused is tried again.
//!
//! What becomes of a message is decided by the local part of its recipient, listed in
//! [`MAGIC_RECIPIENTS`]. Two posts under one `Operation-Id` are two messages: whoever depends on that not
//! being so has nothing to go by.
//!
//! For people and tests, `GET /messages?since=0` lists what came and `GET /magic-recipients` the table.

mod access;
mod events;
mod magic;
mod operations;
mod submit;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use types::random::Random;
use types::time::Clock;
use types::{Secret, mask};
use url::Url;

use crate::captured::Captured;
use crate::listing;

pub use events::{PushOutcome, Pushed};
pub use magic::{MAGIC_RECIPIENTS, MagicRecipient, Outcome};

/// The access key of a service that was given none.
pub const ACCESS_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// How a simulated service behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The access key, in Base64.
    pub access_key: Secret,
    /// Where reports are pushed to; without it there are none.
    pub reports_to: Option<ReportTarget>,
    /// From the acceptance of a message to its first report.
    pub report_after: Duration,
    /// When to try again after a push that was refused or did not arrive; after the last, it is lost.
    pub report_again_after: Vec<Duration>,
    /// Events in one push at most.
    pub events_per_push: usize,
    /// How long an operation is under way, by the clock.
    pub operation_takes: Duration,
    /// What `retry-after` says of an operation under way.
    pub ask_after: Option<Duration>,
    /// Messages taken in a minute; more are answered with HTTP 429.
    pub messages_per_minute: u32,
    /// Questions answered in a minute; more are answered with HTTP 429.
    pub questions_per_minute: u32,
    /// How long a swallowed request's connection stays open.
    pub swallow: Duration,
    /// How long a limited recipient is refused, by the clock.
    pub limited_for: Duration,
    /// Bytes that a request may have.
    pub largest: usize,
    /// Messages and operations kept at most.
    pub keep: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_key: Secret::new(ACCESS_KEY.to_owned()),
            reports_to: None,
            report_after: Duration::from_secs(1),
            report_again_after: [1, 5, 30, 120].map(Duration::from_secs).to_vec(),
            events_per_push: 20,
            operation_takes: Duration::ZERO,
            ask_after: None,
            messages_per_minute: u32::MAX,
            questions_per_minute: u32::MAX,
            swallow: Duration::from_mins(1),
            limited_for: Duration::from_secs(5),
            largest: 10 * 1024 * 1024,
            keep: 10_000,
        }
    }
}

/// A receiver of delivery reports.
#[derive(Clone, Debug)]
pub struct ReportTarget {
    /// Where to `POST`; its query may hold a secret.
    pub url: Url,
    /// A header that is sent along, with the secret in it.
    pub header: Option<(HeaderName, HeaderValue)>,
    /// How events are written.
    pub schema: Schema,
}

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schema {
    /// Event Grid's own.
    #[default]
    EventGrid,
    /// CloudEvents 1.0.
    CloudEvents,
}

/// An e-mail as the service got it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// When it came.
    pub at: Timestamp,
    /// Whether the service took it; otherwise it was turned away.
    pub taken: bool,
    /// The operation's id, which later reports name as the message's.
    pub operation: String,
    /// Who it comes from.
    pub sender: String,
    /// Who gets it.
    pub recipient: String,
    /// One line.
    pub subject: String,
    /// The plain text, where there is one.
    pub plain_text: Option<String>,
    /// The HTML, where there is some.
    pub html: Option<String>,
    /// The headers asked for.
    pub headers: HashMap<String, String>,
    /// The files that came along.
    pub attachments: Vec<File>,
}

/// A file that came with an e-mail.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Bytes.
    pub size: usize,
    /// Itself.
    #[serde(skip)]
    pub content: Vec<u8>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recipient = mask::email(&self.recipient);
        write!(f, "Mail({recipient}, {}, taken: {})", self.operation, self.taken)
    }
}

impl Mail {
    fn weight(&self) -> usize {
        self.attachments.iter().map(|file| file.size).sum()
    }
}

/// A question about an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When it came.
    pub at: Timestamp,
    /// Which operation it is about.
    pub operation: String,
    /// What it was answered with.
    pub status: StatusCode,
}

/// Bytes of files that are kept at most.
const FILES_KEPT: usize = 256 * 1024 * 1024;

/// The simulated service. Clones are the same service.
#[derive(Clone, Debug)]
pub struct MailCloud(Arc<Cloud>);

#[derive(Debug)]
struct Cloud {
    settings: Settings,
    clock: Clock,
    random: Random,
    captured: Captured<Mail>,
    asked: Captured<Asked>,
    state: Mutex<State>,
    events: events::Events,
}

/// What changes.
#[derive(Debug, Default)]
struct State {
    operations: HashMap<String, operations::Operation>,
    refusals: HashMap<String, submit::Refusals>,
    messages: Window,
    questions: Window,
}

/// Counts calls in a minute.
#[derive(Debug, Default)]
struct Window {
    since: Option<Timestamp>,
    calls: u32,
}

impl Window {
    /// Counts one call; answers how long to wait where there were too many.
    fn count(&mut self, most: u32, now: Timestamp) -> Option<Duration> {
        const MINUTE: Duration = Duration::from_secs(60);
        let since = *self.since.get_or_insert(now);
        let gone = Duration::try_from(now.duration_since(since)).unwrap_or_default();
        if gone >= MINUTE {
            *self = Self { since: Some(now), calls: 1 };
            return None;
        }
        self.calls = self.calls.saturating_add(1);
        (self.calls > most).then(|| MINUTE.saturating_sub(gone))
    }
}

impl MailCloud {
    /// A service that has not been sent anything.
    pub fn new(settings: Settings, clock: Clock, random: Random) -> Result<Self, web::client::ClientError> {
        Ok(Self(Arc::new(Cloud {
            captured: Captured::keeping_weight(settings.keep, FILES_KEPT, Mail::weight),
            asked: Captured::keeping(settings.keep),
            state: Mutex::default(),
            events: events::Events::new(&settings)?,
            settings,
            clock,
            random,
        })))
    }

    /// What it answers over HTTP.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/emails:send", post(submit::submit))
            .route("/emails/operations/{id}", get(operations::show))
            .route("/messages", listing::messages(&self.0.captured))
            .route("/magic-recipients", get(async || Json(MAGIC_RECIPIENTS)))
            .with_state(self.clone())
    }

    /// Pushes reports as they fall due, until told to stop. Those not yet pushed are then forgotten.
    pub async fn run(&self, stop: CancellationToken) {
        events::run(&self.0, stop).await;
    }

    /// Changes where reports go. Whoever it is will be asked first.
    pub fn report_to(&self, target: Option<ReportTarget>) {
        self.0.events.go_to(target);
    }

    /// Every message that came, taken or not.
    pub fn captured(&self) -> &Captured<Mail> {
        &self.0.captured
    }

    /// Every event pushed or lost.
    pub fn pushed(&self) -> &Captured<Pushed> {
        &self.0.events.pushed
    }

    /// Every question about an operation, and what it was answered with.
    pub fn asked(&self) -> &Captured<Asked> {
        &self.0.asked
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
