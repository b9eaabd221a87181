//! Reads lines, decides, commits and answers, two hundred at a time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use store::{Error, Tx};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use types::ids::OrderId;
use uuid::Uuid;

use super::answers::Answers;
use super::fill;
use super::lines::{BrokenOff, Line, Lines, Text};
use super::model::{Counts, Standing};
use super::sql;
use crate::access::Creator;
use crate::known::until_known;
use crate::orders::receipt::Digest;
use crate::orders::register::{self, Recorded, Registration};
use crate::orders::sql::{Key, Space, receipt};
use crate::orders::wish::{self, Wish};
use crate::problem::{Code, Problem};
use crate::recipients::{Contacts, Phase, RegisterError, look_up};
use crate::{Notify, ORDERS};

/// Orders in one commit at most.
const BATCH: usize = 200;
/// How often progress is told at least, and how long a few lines wait for more. Shorter than a connection
/// may be silent.
const TELL_EVERY: Duration = Duration::from_secs(2);
/// How long a batch is offered while nobody knows whether it is on record.
const PATIENCE: Duration = Duration::from_secs(8);
/// Pauses after which a register that does not answer is asked again.
const ASK_AGAIN: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];
/// JSON may be nested this deep.
const DEPTH: usize = 32;

/// One call's lines on their way to the store.
pub(super) struct Intake {
    pub(super) notify: Notify,
    pub(super) id: Uuid,
    pub(super) creator: Creator,
    pub(super) lines: Lines,
    pub(super) answers: Answers,
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) template: Option<Value>,
    pub(super) counts: Counts,
}

/// An order that has been understood.
struct Understood {
    line: u64,
    wish: Wish,
    digest: Digest,
    /// The problem it has if it is not known already: its time is past.
    late: Option<Problem>,
}

/// An order with its registration.
struct Ready {
    line: u64,
    key: Key,
    registration: Arc<Registration>,
}

/// Why reading came to an end before the lines did.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    #[error("the stream of lines broke off")]
    BrokenOff,
    #[error("the service is being stopped; make the call again")]
    Stopping,
    #[error("a register does not answer; make the call again later")]
    Register,
    #[error("nothing can be stored just now; make the call again later")]
    Store(#[from] Error),
}

impl From<BrokenOff> for Stop {
    fn from(_: BrokenOff) -> Self {
        Self::BrokenOff
    }
}

impl Intake {
    /// Reads to the end, and tells how it went.
    pub(super) async fn run(mut self) {
        self.answers.begun(self.id);
        self.answers.send().await;
        let ended = self.read().await;
        let standing = if ended.is_ok() { Standing::Complete } else { Standing::Stopped };
        let (id, counts, now) = (self.id, self.counts, self.notify.clock().now());
        let noted = self.notify.store().write(move |tx| sql::note(tx, id, standing, counts, now)).await;
        if let Err(error) = &noted {
            let error: &Error = error;
            tracing::warn!(%error, "could not note the end of a bulk");
        }
        match ended {
            Ok(()) => self.answers.complete(self.id, self.counts),
            Err(stop) => {
                tracing::warn!(%stop, lines = self.counts.lines, "a bulk stopped before its end");
                self.answers.stopped(self.id, &stop.to_string(), self.counts);
            }
        }
        self.answers.send().await;
    }

    async fn read(&mut self) -> Result<(), Stop> {
        let (mut batch, mut told) = (Vec::with_capacity(BATCH), Instant::now());
        loop {
            if *self.stopping.borrow() {
                self.keep(std::mem::take(&mut batch)).await?;
                return Err(Stop::Stopping);
            }
            let next = match timeout(TELL_EVERY, self.lines.next()).await {
                Ok(Err(broken)) => {
                    // What came whole before the break counts.
                    self.keep(std::mem::take(&mut batch)).await?;
                    return Err(broken.into());
                }
                Ok(Ok(next)) => Some(next),
                Err(_) => None,
            };
            let (is_end, is_quiet) = (matches!(next, Some(None)), next.is_none());
            if let Some(Some(line)) = next {
                batch.extend(self.understand(line));
            }
            if batch.len() >= BATCH || is_end || is_quiet {
                self.keep(std::mem::take(&mut batch)).await?;
            }
            if is_quiet || told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                self.answers.progress(self.counts);
            }
            self.answers.send().await;
            if is_end {
                return Ok(());
            }
        }
    }

    /// An order, if the line holds one that can be understood.
    fn understand(&mut self, Line { number, text }: Line) -> Option<Understood> {
        let parsed = match text {
            Text::Whole(text) => web::json::parse::<Value>(&text, DEPTH).map_err(Problem::from),
            Text::TooLong => Err(Problem::wrong("$", "the line is longer than a request's body may be")),
        };
        let (id, read) = match parsed {
            Ok(mut line) => {
                if let Some(template) = line.as_object_mut().and_then(|members| members.remove("template")) {
                    self.template = Some(template);
                    return None;
                }
                (named(&line), self.order(line))
            }
            Err(problem) => (None, Err(problem)),
        };
        self.counts.lines += 1;
        match read {
            Ok((wish, late, digest)) => Some(Understood { line: number, wish, digest, late }),
            Err(problem) => {
                self.refuse(number, id.as_deref(), &problem);
                None
            }
        }
    }

    fn order(&self, line: Value) -> Result<(Wish, Option<Problem>, Digest), Problem> {
        let mut line = match &self.template {
            Some(template) => fill::overlay(template, line),
            None => line,
        };
        fill::fill(&mut line).map_err(|message| Problem::wrong("Fields", message))?;
        let (wish, late, digest) = wish::understand(&self.notify, &line, self.notify.clock().now())?;
        let late = late.or_else(|| wish.refused_sender(&self.notify, &self.creator));
        Ok((wish, late, digest))
    }

    fn refuse(&mut self, line: u64, id: Option<&str>, problem: &Problem) {
        self.counts.refused += 1;
        self.answers.refused(line, id, problem);
    }

    /// Looks up, commits and answers a batch.
    async fn keep(&mut self, batch: Vec<Understood>) -> Result<(), Stop> {
        if batch.is_empty() {
            return Ok(());
        }
        let now = self.notify.clock().now();
        let batch = self.without_known(batch).await?;
        let ready = batch.into_iter().map(|understood| self.ready(understood, now)).collect();
        let ready = self.without_unreachable(ready).await?;
        if ready.is_empty() {
            return Ok(());
        }
        let registrations: Vec<_> = ready.iter().map(|ready| Arc::clone(&ready.registration)).collect();
        let (id, before) = (self.id, self.counts);
        let write = || {
            let registrations = registrations.clone();
            self.notify.store().write(move |tx| write(tx, id, &registrations, before, now))
        };
        let (recorded, counts) = until_known(PATIENCE, write).await?;
        self.counts = counts;
        self.notify.ring(ORDERS);
        for (ready, recorded) in ready.iter().zip(recorded) {
            let (receipt, known) = match recorded {
                Recorded::New(receipt) => (receipt, false),
                Recorded::Earlier(receipt) => (receipt, true),
            };
            self.answers.accepted(ready.line, &ready.key.idempotency_id, &receipt.text, known);
        }
        Ok(())
    }

    fn ready(&self, Understood { line, wish, digest, .. }: Understood, now: Timestamp) -> Ready {
        let key = self.key(&wish);
        let registration = register::registration_in_bulk(&self.notify, key.clone(), (wish, digest), now);
        Ready { line, key, registration: Arc::new(registration) }
    }

    fn key(&self, wish: &Wish) -> Key {
        let (creator, idempotency_id) = (self.creator.clone(), wish.idempotency_id().to_owned());
        Key { creator, space: Space::Standard, idempotency_id }
    }

    /// What was accepted once stays accepted, however late or unreachable it would be today.
    async fn without_known(&mut self, batch: Vec<Understood>) -> Result<Vec<Understood>, Stop> {
        let asked: Vec<Option<Key>> = batch
            .iter()
            .map(|one| (one.late.is_some() || one.wish.asks_register()).then(|| self.key(&one.wish)))
            .collect();
        if asked.iter().all(Option::is_none) {
            return Ok(batch);
        }
        let found = move |tx: &mut Tx<'_>| {
            let look = |key: &Option<Key>| key.as_ref().map_or(Ok(None), |key| receipt(tx, key));
            asked.iter().map(look).collect::<Result<Vec<_>, Error>>()
        };
        let found = self.notify.store().read(found).await?;
        let (mut rest, mut orders) = (Vec::with_capacity(batch.len()), Vec::new());
        for (one, receipt) in batch.into_iter().zip(found) {
            match (receipt, &one.late) {
                (Some(receipt), _) => {
                    self.counts.known += 1;
                    orders.extend(order_of(&receipt.text));
                    self.answers.accepted(one.line, one.wish.idempotency_id(), &receipt.text, true);
                }
                (None, Some(problem)) => {
                    let problem = problem.clone();
                    self.refuse(one.line, Some(one.wish.idempotency_id()), &problem);
                }
                (None, None) => rest.push(one),
            }
        }
        let id = self.id;
        self.notify.store().write(move |tx| sql::add_orders(tx, id, &orders)).await.map_err(Stop::Store)?;
        Ok(rest)
    }

    /// Refuses whoever cannot be reached; all are looked up at once.
    async fn without_unreachable(&mut self, ready: Vec<Ready>) -> Result<Vec<Ready>, Stop> {
        let mut pauses = ASK_AGAIN.into_iter();
        let contacts = loop {
            match self.look_up(&ready).await {
                Ok(contacts) => break contacts,
                Err(error) => self.rest_or_stop(&error, pauses.next()).await?,
            }
        };
        let mut reachable = Vec::with_capacity(ready.len());
        for ready in ready {
            if ready.registration.orders().iter().any(|order| register::is_unreachable(order, &contacts)) {
                self.refuse(ready.line, Some(&ready.key.idempotency_id), &Code::MissingContact.into());
            } else {
                reachable.push(ready);
            }
        }
        Ok(reachable)
    }

    /// Asks the register. However slow it is, the connection shows signs of life.
    async fn look_up(&mut self, ready: &[Ready]) -> Result<Contacts, RegisterError> {
        let notify = self.notify.clone();
        let orders = ready.iter().flat_map(|ready| ready.registration.orders());
        let recipients = orders.flat_map(|order| &order.content.recipients);
        let mut asking = std::pin::pin!(look_up(notify.contacts(), recipients, Phase::Registration));
        loop {
            if let Ok(found) = timeout(TELL_EVERY, asking.as_mut()).await {
                return found;
            }
            self.answers.progress(self.counts);
            self.answers.send().await;
        }
    }

    async fn rest_or_stop(&mut self, error: &RegisterError, pause: Option<Duration>) -> Result<(), Stop> {
        tracing::warn!(%error, "cannot look up recipients of a bulk");
        self.answers.progress(self.counts);
        self.answers.send().await;
        let Some(pause) = pause else { return Err(Stop::Register) };
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// The idempotency id of a line, for telling which line is meant.
fn named(line: &Value) -> Option<String> {
    let mut members = line.as_object()?.iter();
    let id = members.find(|(name, _)| name.eq_ignore_ascii_case("idempotencyId"))?.1;
    id.as_str().map(str::to_owned)
}

/// The main order that a receipt tells of.
fn order_of(receipt: &str) -> Option<OrderId> {
    let receipt: Value = serde_json::from_str(receipt).ok()?;
    receipt["notification"]["shipmentId"].as_str()?.parse().ok()
}

/// One commit: orders, which bulk they came in, and how far it has come.
fn write(
    tx: &mut Tx<'_>,
    id: Uuid,
    registrations: &[Arc<Registration>],
    before: Counts,
    now: Timestamp,
) -> Result<(Vec<Recorded>, Counts), Error> {
    let recorded = register::record_all(tx, registrations)?;
    let (mut counts, mut orders) = (before, Vec::with_capacity(recorded.len()));
    for (recorded, registration) in recorded.iter().zip(registrations) {
        match recorded {
            Recorded::New(_) => {
                counts.accepted += 1;
                orders.extend(registration.orders().first().map(|order| order.id));
            }
            Recorded::Earlier(receipt) => {
                counts.known += 1;
                orders.extend(order_of(&receipt.text));
            }
        }
    }
    sql::add_orders(tx, id, &orders)?;
    sql::note(tx, id, Standing::Taking, counts, now)?;
    Ok((recorded, counts))
}
