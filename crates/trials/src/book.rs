//! What clients asked for, and what they heard.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::watch;

use crate::{email_order, instant_sms, sms_order};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An order for one SMS.
    Sms,
    /// An order for one e-mail.
    Email,
    /// An SMS that is handed over before the answer.
    Instant,
}

impl Kind {
    /// Half of all are instant.
    const fn of(number: u64) -> Self {
        match number % 4 {
            0 => Self::Sms,
            1 => Self::Email,
            _ => Self::Instant,
        }
    }

    /// Where it is posted.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Instant => "/future/orders/instant/sms",
            _ => "/future/orders",
        }
    }
}

/// One order, from the client's point of view.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What kind of order.
    pub kind: Kind,
    /// The shipment that the receipt named, once it was accepted.
    pub shipment: Option<String>,
    /// Requests that got no answer, so that the client could not know.
    pub unanswered: u32,
    /// Requests that were refused because the server could not do it then.
    pub refused: u32,
}

impl Asked {
    /// Whether the first request was answered at once, and well.
    pub const fn at_once(&self) -> bool {
        self.unanswered == 0 && self.refused == 0 && self.shipment.is_some()
    }
}

/// Everything that clients asked for. An order's text is its name everywhere.
pub struct Book {
    pages: Mutex<Pages>,
    accepted: watch::Sender<u64>,
}

#[derive(Default)]
struct Pages {
    orders: BTreeMap<u64, Asked>,
    last_accepted: Option<Instant>,
    longest_gap: Duration,
    strange: Vec<String>,
}

impl Default for Book {
    fn default() -> Self {
        Self { pages: Mutex::default(), accepted: watch::Sender::new(0) }
    }
}

impl Book {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The text of an order: its name at the gateway and the mail server.
    pub fn text(number: u64) -> String {
        format!("melding {number} blåbær")
    }

    /// An order's request: always the same, with the client's own key.
    pub fn body(number: u64) -> Value {
        let (text, key) = (Self::text(number), format!("nøkkel-{number}"));
        match Kind::of(number) {
            Kind::Sms => sms_order(&key, "+4799999901", &text),
            Kind::Email => email_order(&key, "kari@fjord.example", &text),
            Kind::Instant => instant_sms(&key, "+4799999901", &text),
        }
    }

    /// Notes that somebody is about to ask for one more.
    pub fn next(&self) -> (u64, Kind) {
        let mut pages = self.pages();
        let number = pages.orders.len() as u64;
        let kind = Kind::of(number);
        pages.orders.insert(number, Asked { kind, shipment: None, unanswered: 0, refused: 0 });
        (number, kind)
    }

    /// Notes that no answer came.
    pub fn unanswered(&self, number: u64) {
        if let Some(asked) = self.pages().orders.get_mut(&number) {
            asked.unanswered += 1;
        }
    }

    /// Notes that the server could not do it.
    pub fn refused(&self, number: u64) {
        if let Some(asked) = self.pages().orders.get_mut(&number) {
            asked.refused += 1;
        }
    }

    /// Notes a receipt.
    pub fn accepted(&self, number: u64, shipment: String) {
        let mut pages = self.pages();
        let now = Instant::now();
        let gap = pages.last_accepted.map_or(Duration::ZERO, |last| now - last);
        pages.longest_gap = pages.longest_gap.max(gap);
        pages.last_accepted = Some(now);
        if let Some(asked) = pages.orders.get_mut(&number) {
            asked.shipment = Some(shipment);
        }
        drop(pages);
        self.accepted.send_modify(|count| *count += 1);
    }

    /// Notes something that must never happen.
    pub fn strange(&self, what: String) {
        self.pages().strange.push(what);
    }

    /// Everything that must never happen, and did.
    pub fn strangeness(&self) -> Vec<String> {
        self.pages().strange.clone()
    }

    /// The time without clients ends; the gap until the next receipt does not count.
    pub fn rest(&self) {
        self.pages().last_accepted = None;
    }

    /// How many were accepted so far.
    pub fn accepted_so_far(&self) -> u64 {
        *self.accepted.borrow()
    }

    /// Waits until so many are accepted, at most so long.
    pub async fn wait_for_accepted(&self, count: u64, limit: Duration) -> bool {
        let mut accepted = self.accepted.subscribe();
        let enough = accepted.wait_for(|now| *now >= count);
        tokio::time::timeout(limit, enough).await.is_ok()
    }

    /// The longest time between two receipts while clients were asking.
    pub fn longest_gap(&self) -> Duration {
        self.pages().longest_gap
    }

    /// Every order so far, by number.
    pub fn orders(&self) -> BTreeMap<u64, Asked> {
        self.pages().orders.clone()
    }

    /// Requests that were refused so far because the server could not do it then.
    pub fn refusals(&self) -> u64 {
        self.pages().orders.values().map(|asked| u64::from(asked.refused)).sum()
    }

    /// An order that was accepted, by any number that comes to mind.
    pub fn some_accepted(&self, any: u64) -> Option<(u64, String)> {
        let pages = self.pages();
        let number = any % (pages.orders.len() as u64).max(1);
        pages.orders.get(&number)?.shipment.clone().map(|shipment| (number, shipment))
    }
}
