//! A mail server that keeps what it gets instead of delivering it.
//!
//! It speaks SMTP with `PIPELINING`, `SIZE`, `8BITMIME`, `SMTPUTF8`, `ENHANCEDSTATUSCODES` and `DSN`
//! (RFC 5321, 2920, 1870, 6152, 6531, 2034, 3461), without TLS: it belongs on a loopback address. What
//! becomes of mail is decided by the local part of its recipient, listed in [`MAGIC_RECIPIENTS`]:
//!
//! | local part | outcome |
//! |---|---|
//! | `delivered`, and any other | taken; success is reported when `NOTIFY=SUCCESS` asked for it |
//! | `silent` | taken, never reported |
//! | `early` | taken; the report of success goes out before the answer |
//! | `double` | taken; two reports of success and one of failure follow |
//! | `bounced`, `expired` | taken, then returned |
//! | `rejected`, `invalid`, `full` | refused as a recipient |
//! | `transient`, `limited` | refused for now, then taken |
//! | `closing` | 421 as a recipient |
//! | `busy`, `spam`, `toolarge` | refused after the message |
//! | `slow` | a slow answer |
//! | `dropped` | connection closed before the message is whole |
//! | `doubt`, `swallowed` | taken, but no answer: the sender cannot know |
//! | `lost` | not taken, but no answer either |
//!
//! Reports and returned mail are carried to the mail server of their return path where
//! [`SmtpSink::report_to`] names one. All others are kept like any other message: the sink is the mail server of
//! those return paths, too.
//!
//! For people and tests, `GET /messages?since=0` of [`SmtpSink::router`] lists what came, decoded, and
//! `GET /messages/{number}/raw` gives one as it came.

mod bounce;
mod command;
mod decode;
mod listing;
mod magic;
mod post;
mod session;
mod wire;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use types::mask;
use types::time::Clock;

use crate::captured::Captured;
use crate::listing::messages_as;
use post::{Letter, Post};

pub use command::Recipient;
pub use decode::{Attachment, Content};
pub use magic::{MAGIC_RECIPIENTS, MagicRecipient, Outcome};
pub use post::ReportsTo;

/// Addresses whose refusals are counted.
const REFUSALS_KEPT: usize = 10_000;

/// How a sink behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it calls itself.
    pub host: String,
    /// A message may have this many bytes.
    pub message_bytes: usize,
    /// A line of a message may have this many bytes (RFC 5321, section 4.5.3.1.6: 1000).
    pub line_bytes: usize,
    /// Messages kept at most.
    pub keep: usize,
    /// Bytes of messages kept at most.
    pub keep_bytes: usize,
    /// Connections at once; more wait.
    pub connections: usize,
    /// How long a client may be silent.
    pub patience: Duration,
    /// Before the answer to mail for a slow recipient.
    pub slow: Duration,
    /// How long a connection stays open that is never answered.
    pub swallow: Duration,
    /// How long a rate-limited recipient is refused.
    pub limited_for: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: "sink.example".to_owned(),
            message_bytes: 25 * 1024 * 1024,
            line_bytes: 1000,
            keep: 1000,
            keep_bytes: 32 * 1024 * 1024,
            connections: 200,
            patience: Duration::from_mins(5),
            slow: Duration::from_secs(3),
            swallow: Duration::from_mins(1),
            limited_for: Duration::from_secs(5),
        }
    }
}

/// A message as the sink got it.
#[derive(Clone)]
pub struct Email {
    /// When it came.
    pub at: Timestamp,
    /// The return path; empty for reports.
    pub from: String,
    /// Who it is for.
    pub recipients: Vec<Recipient>,
    /// The size announced beforehand, in bytes.
    pub announced_size: Option<u64>,
    /// Whether `BODY=8BITMIME` was said.
    pub eight_bit: bool,
    /// Whether `SMTPUTF8` was said.
    pub utf8: bool,
    /// How much of it a report should return (`RET`).
    pub ret: Option<String>,
    /// The sender's name for it (`ENVID`).
    pub envid: Option<String>,
    /// What it says, decoded.
    pub content: Content,
    /// Its exact bytes, dots unstuffed.
    pub raw: Bytes,
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = self.recipients.iter().map(|to| mask::email(&to.address));
        let to: Vec<_> = to.collect();
        write!(f, "Email(to: {to:?}, {} bytes)", self.raw.len())
    }
}

impl Email {
    /// Its headers in their order, unfolded, names in lower case.
    pub fn headers(&self) -> Vec<(String, String)> {
        decode::headers(&self.raw)
    }

    /// The bytes of an attachment, decoded; counted from zero, in the order of [`Content::attachments`].
    pub fn attachment(&self, index: usize) -> Option<Vec<u8>> {
        decode::attachment(&self.raw, index)
    }
}

/// The sink. Clones are the same sink.
#[derive(Clone, Debug)]
pub struct SmtpSink(Arc<Sink>);

#[derive(Debug)]
struct Sink {
    settings: Settings,
    clock: Clock,
    captured: Captured<Email>,
    refusals: Mutex<HashMap<String, (u32, Instant)>>,
    post: Arc<Post>,
}

/// A sink that has its address but does not answer yet.
#[derive(Debug)]
pub struct BoundSink {
    sink: SmtpSink,
    listener: TcpListener,
    /// The address, with the port that was given when port 0 was asked for.
    pub local_addr: SocketAddr,
}

impl SmtpSink {
    /// A sink that has not been sent anything.
    pub fn new(settings: Settings, clock: Clock) -> Self {
        let weigh = |email: &Email| email.raw.len();
        Self(Arc::new(Sink {
            captured: Captured::keeping_weight(settings.keep, settings.keep_bytes, weigh),
            refusals: Mutex::default(),
            post: Arc::default(),
            settings,
            clock,
        }))
    }

    /// Takes an address; port 0 takes any that is free.
    pub async fn bind(&self, addr: SocketAddr) -> io::Result<BoundSink> {
        let listener = TcpListener::bind(addr).await?;
        let local_addr = listener.local_addr()?;
        Ok(BoundSink { sink: self.clone(), listener, local_addr })
    }

    /// What it shows over HTTP.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/messages", messages_as(&self.0.captured, listing::EmailBody::new))
            .route("/messages/{number}/raw", get(listing::raw))
            .route("/magic-recipients", get(async || Json(MAGIC_RECIPIENTS)))
            .with_state(self.clone())
    }

    /// Every message taken, reports included.
    pub fn captured(&self) -> &Captured<Email> {
        &self.0.captured
    }

    /// Has reports carried to a mail server, as long as the sink is served; without one they are kept.
    pub fn report_to(&self, target: Option<ReportsTo>) {
        self.0.post.aim(target);
    }

    /// Waits until every report has been carried, for a few seconds at most.
    async fn reported(&self) {
        self.0.post.is_empty().await;
    }

    fn settings(&self) -> &Settings {
        &self.0.settings
    }

    fn refusals(&self) -> MutexGuard<'_, HashMap<String, (u32, Instant)>> {
        let mut kept = self.0.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= REFUSALS_KEPT {
            kept.clear();
        }
        kept
    }

    fn is_refused_twice(&self, address: &str) -> bool {
        let mut kept = self.refusals();
        let (times, _) = kept.entry(address.to_owned()).or_insert((0, Instant::now()));
        *times += 1;
        let refused = *times <= 2;
        if !refused {
            kept.remove(address);
        }
        refused
    }

    fn is_refused_for_a_while(&self, address: &str) -> bool {
        let mut kept = self.refusals();
        let (_, since) = kept.entry(address.to_owned()).or_insert((0, Instant::now()));
        let refused = since.elapsed() < self.0.settings.limited_for;
        if !refused {
            kept.remove(address);
        }
        refused
    }

    /// Keeps a message, and the reports that follow it; returns its number.
    fn take(
        &self,
        mail: command::Mail,
        recipients: Vec<Recipient>,
        raw: Bytes,
        reports: bounce::Reports,
    ) -> u64 {
        let now = self.0.clock.now();
        let email = Email {
            at: now,
            from: mail.from,
            recipients,
            announced_size: mail.size,
            eight_bit: mail.eight_bit,
            utf8: mail.utf8,
            ret: mail.ret,
            envid: mail.envid,
            content: decode::content(&raw),
            raw,
        };
        let following = match reports {
            bounce::Reports::AsAsked => bounce::reports(&email, &self.0.settings.host, now),
            bounce::Reports::Never => Vec::new(),
        };
        let number = self.0.captured.push(email);
        for (mail, to, raw) in following {
            if self.0.post.carries_to(&to.address) {
                self.0.post.send(Letter { to: to.address, raw });
            } else {
                self.take(mail, vec![to], raw, bounce::Reports::Never);
            }
        }
        number
    }
}

impl BoundSink {
    /// Takes mail until told to stop; connections still open are then closed.
    pub async fn serve(self, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(self.sink.settings().connections));
        let mut sessions = JoinSet::new();
        let mut carrying = JoinSet::new();
        carrying.spawn(Arc::clone(&self.sink.0.post).carry());
        loop {
            let place = Arc::clone(&places).acquire_owned();
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                Some(_) = sessions.join_next() => continue,
                accepted = async {
                    let place = place.await.expect("the semaphore is never closed");
                    (self.listener.accept().await, place)
                } => accepted,
            };
            let (stream, place) = match accepted {
                (Ok((stream, _)), place) => (stream, place),
                (Err(error), _) => {
                    warn!(%error, "could not accept a mail connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let sink = self.sink.clone();
            sessions.spawn(async move {
                if let Err(error) = session::serve(sink, stream).await {
                    debug!(%error, "a mail connection ended early");
                }
                drop(place);
            });
        }
    }
}
