//! A message centre that speaks SMPP 3.4 and keeps what it gets instead of delivering it.
//!
//! It takes binds of all three kinds, checks name and password, takes messages, and brings receipts to
//! whichever bind of the account can receive them; a receipt that is refused or not answered is brought
//! again. Its frames are those of the `rusmpp` crate, so that it and the gateway that is tested with it
//! share no mistakes.
//!
//! What becomes of a message is decided by the last four digits of its receiver, listed in
//! [`MAGIC_NUMBERS`]:
//!
//! | ends with | outcome |
//! |---|---|
//! | 0001, and any other number | taken, then delivered |
//! | 0002, 0003, 0017, 0018, 0020 | taken, then a receipt that says why it failed |
//! | 0004, 0011, 0025, 0030, 0031 | refused in the answer |
//! | 0005, 0006 | not taken at first (0x08 twice; 0x58 for a while), then delivered |
//! | 0007, 0029 | taken, but no answer: the sender cannot know (silence; connection cut) |
//! | 0008, 0026 | taken, never reported |
//! | 0009 | the receipt comes before the answer |
//! | 0010, 0016, 0024 | receipts that repeat, contradict or precede each other |
//! | 0012, 0013, 0014 | never taken: connection cut, system error, full queue |
//! | 0015 | a slow answer |
//! | 0032 | every part is delivered but the last |
//!
//! For people and tests, `GET /messages?since=0` of [`Smsc::router`] lists what came and
//! `GET /magic-numbers` the table.

mod magic;
mod receipts;
mod session;
mod submit;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use types::time::Clock;
use types::{Secret, mask};

use crate::captured::Captured;
use crate::listing;

pub use magic::{MAGIC_NUMBERS, MagicNumber, Outcome, State};
pub use receipts::Brought;

/// Receivers whose refusals are counted.
const REFUSALS_KEPT: usize = 10_000;

/// How a message centre behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The account, at most 15 characters.
    pub system_id: String,
    /// Its password, at most 8 characters.
    pub password: Secret,
    /// How ids are written in answers and receipts.
    pub ids: Ids,
    /// From the acceptance of a message to its first receipt.
    pub receipt_after: Duration,
    /// When to bring a receipt again that was refused.
    pub receipt_again_after: Duration,
    /// Before every answer.
    pub answer_after: Duration,
    /// Before the answer to a slow number.
    pub slow: Duration,
    /// How long a rate-limited number is refused.
    pub limited_for: Duration,
    /// Messages taken within one second at most; more are answered with 0x58.
    pub per_second: Option<u32>,
    /// Messages kept, and receipts waiting, at most.
    pub keep: usize,
    /// Connections at once; more wait.
    pub connections: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            system_id: "demo".to_owned(),
            password: Secret::new("demo".to_owned()),
            ids: Ids::Decimal,
            receipt_after: Duration::from_secs(1),
            receipt_again_after: Duration::from_secs(1),
            answer_after: Duration::ZERO,
            slow: Duration::from_secs(3),
            limited_for: Duration::from_secs(5),
            per_second: None,
            keep: 10_000,
            connections: 100,
        }
    }
}

/// How ids are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// Decimal in both.
    Decimal,
    /// Hexadecimal in answers, decimal in receipts, filled up with zeros.
    HexThenDecimal,
    /// Decimal in answers, hexadecimal in receipts.
    DecimalThenHex,
}

impl Ids {
    fn in_answer(self, id: u64) -> String {
        match self {
            Self::Decimal | Self::DecimalThenHex => id.to_string(),
            Self::HexThenDecimal => format!("{id:X}"),
        }
    }

    fn in_receipt(self, id: u64) -> String {
        match self {
            Self::Decimal => id.to_string(),
            Self::HexThenDecimal => format!("{id:010}"),
            Self::DecimalThenHex => format!("{id:x}"),
        }
    }
}

/// A message, or a part of one, as the message centre got it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sms {
    /// When it came.
    pub at: Timestamp,
    /// Which bind it came over, numbered from 1.
    pub bind: u64,
    /// Whether it was taken.
    pub taken: bool,
    /// Its id as the answer writes it, given to what was taken.
    pub message_id: Option<String>,
    /// Who it seems to come from.
    pub sender: String,
    /// Type of number and numbering plan of the sender.
    pub sender_kind: (u8, u8),
    /// Digits only.
    pub receiver: String,
    /// Decoded, without its header.
    pub text: String,
    /// Reference, total and number of a part.
    pub part: Option<(u16, u8, u8)>,
    /// `esm_class`.
    pub esm_class: u8,
    /// `data_coding`.
    pub data_coding: u8,
    /// `registered_delivery`.
    pub registered_delivery: u8,
    /// `validity_period`; empty for the message centre's own.
    pub validity: String,
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let receiver = mask::middle(&self.receiver, 4, 2);
        write!(f, "Sms({receiver}, taken: {})", self.taken)
    }
}

/// The simulated message centre. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Smsc(Arc<Centre>);

#[derive(Debug)]
struct Centre {
    settings: Settings,
    clock: Clock,
    captured: Captured<Sms>,
    receipts: receipts::Receipts,
    binds: Mutex<BTreeMap<u64, session::Handle>>,
    binds_made: AtomicU64,
    next_id: AtomicU64,
    enquiries: AtomicU64,
    is_mute: AtomicBool,
    unanswered: AtomicUsize,
    most_unanswered: AtomicUsize,
    refusals: Mutex<HashMap<String, (u32, Instant)>>,
    second: Mutex<(Option<Instant>, u32)>,
}

/// A message centre that has its address but does not answer yet.
#[derive(Debug)]
pub struct BoundSmsc {
    smsc: Smsc,
    listener: TcpListener,
    /// The address, with the port that was given when port 0 was asked for.
    pub local_addr: SocketAddr,
}

impl Smsc {
    /// A message centre that has not been sent anything.
    pub fn new(settings: Settings, clock: Clock) -> Self {
        // Unlike ids of an earlier life, and long enough to look different in hexadecimal.
        let first_id = u64::try_from(clock.now().as_millisecond()).unwrap_or(0) % 1_000_000_000 * 1000 + 1;
        Self(Arc::new(Centre {
            captured: Captured::keeping(settings.keep),
            receipts: receipts::Receipts::new(settings.keep),
            binds: Mutex::default(),
            binds_made: AtomicU64::new(0),
            next_id: AtomicU64::new(first_id),
            enquiries: AtomicU64::new(0),
            is_mute: AtomicBool::new(false),
            unanswered: AtomicUsize::new(0),
            most_unanswered: AtomicUsize::new(0),
            refusals: Mutex::default(),
            second: Mutex::default(),
            settings,
            clock,
        }))
    }

    /// Takes an address; port 0 takes any that is free.
    pub async fn bind(&self, addr: SocketAddr) -> io::Result<BoundSmsc> {
        let listener = TcpListener::bind(addr).await?;
        let local_addr = listener.local_addr()?;
        Ok(BoundSmsc { smsc: self.clone(), listener, local_addr })
    }

    /// What it shows over HTTP.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/messages", listing::messages(&self.0.captured))
            .route("/magic-numbers", get(async || Json(MAGIC_NUMBERS)))
    }

    /// Every message that came, taken or not; parts are messages of their own.
    pub fn captured(&self) -> &Captured<Sms> {
        &self.0.captured
    }

    /// Every receipt that was brought, and whether it was taken.
    pub fn brought(&self) -> &Captured<Brought> {
        &self.0.receipts.brought
    }

    /// How many binds there are now.
    pub fn binds(&self) -> usize {
        self.0.binds().len()
    }

    /// How many binds there have been in all.
    pub fn binds_made(&self) -> u64 {
        self.0.binds_made.load(Ordering::Relaxed)
    }

    /// How often somebody asked whether we are there.
    pub fn enquiries(&self) -> u64 {
        self.0.enquiries.load(Ordering::Relaxed)
    }

    /// How many messages were unanswered at the same time at most, over all binds.
    pub fn most_unanswered(&self) -> usize {
        self.0.most_unanswered.load(Ordering::Relaxed)
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        for handle in self.0.binds().values() {
            handle.cut();
        }
    }

    /// From now on reads everything and answers nothing, or answers again.
    pub fn mute(&self, is_mute: bool) {
        self.0.is_mute.store(is_mute, Ordering::Relaxed);
    }
}

impl Centre {
    fn binds(&self) -> MutexGuard<'_, BTreeMap<u64, session::Handle>> {
        self.binds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refusals(&self) -> MutexGuard<'_, HashMap<String, (u32, Instant)>> {
        let mut kept = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= REFUSALS_KEPT {
            kept.clear();
        }
        kept
    }
}

impl BoundSmsc {
    /// Serves until told to stop; connections still open are then closed.
    pub async fn serve(self, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(self.smsc.0.settings.connections));
        let mut sessions = JoinSet::new();
        let receipts = receipts::run(Arc::clone(&self.smsc.0));
        tokio::pin!(receipts);
        loop {
            let place = Arc::clone(&places).acquire_owned();
            let (accepted, place) = tokio::select! {
                () = stop.cancelled() => return,
                () = &mut receipts => return,
                Some(_) = sessions.join_next() => continue,
                accepted = async {
                    let place = place.await.expect("the semaphore is never closed");
                    (self.listener.accept().await, place)
                } => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let centre = Arc::clone(&self.smsc.0);
                    sessions.spawn(async move {
                        if let Err(error) = session::serve(centre, stream).await {
                            debug!(%error, "an SMPP connection ended early");
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    warn!(%error, "could not accept an SMPP connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}
