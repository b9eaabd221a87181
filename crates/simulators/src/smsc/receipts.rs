//! Receipts: waiting for their time, brought to whoever can receive them, brought again.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use rusmpp_core::pdus::owned::{DeliverSm, SubmitSm};
use rusmpp_core::tlvs::owned::MessageDeliveryRequestTlvValue;
use rusmpp_core::types::owned::{COctetString, OctetString};
use rusmpp_core::values::{DataCoding, EsmClass, MessageState, Npi, Ton};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tracing::warn;

use super::magic::State;
use super::{Centre, Settings};
use crate::captured::Captured;

/// When to look again where nobody can receive.
const NOBODY_THERE: Duration = Duration::from_millis(200);
/// `esm_class` of a receipt.
const RECEIPT: u8 = 0x04;

/// What came of bringing one receipt once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The message's id as the receipt writes it.
    pub message_id: String,
    /// What the receipt said.
    pub state: State,
    /// Which attempt it was, from 1.
    pub attempt: usize,
    /// Whether it was answered with status 0.
    pub was_taken: bool,
}

/// A receipt that waits, and those of the same message that follow it.
#[derive(Clone, Debug)]
pub(super) struct Due {
    id: u64,
    sender: (Ton, Npi, COctetString<1, 21>),
    receiver: (Ton, Npi, COctetString<1, 21>),
    state: State,
    following: &'static [State],
    attempt: usize,
}

impl Due {
    /// The first of the receipts of a message, if there are any.
    pub(super) fn first(id: u64, submit: &SubmitSm, states: &'static [State]) -> Option<Self> {
        let (state, following) = states.split_first()?;
        let sender = (submit.source_addr_ton, submit.source_addr_npi, submit.source_addr.clone());
        let receiver = (submit.dest_addr_ton, submit.dest_addr_npi, submit.destination_addr.clone());
        Some(Self { id, sender, receiver, state: *state, following, attempt: 1 })
    }

    /// The frame that brings it.
    pub(super) fn frame(&self, settings: &Settings, now: jiff::Timestamp) -> DeliverSm {
        let id = settings.ids.in_receipt(self.id);
        let local = now.to_zoned(TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC));
        let date = local.strftime("%y%m%d%H%M").to_string();
        let delivered = u8::from(self.state == State::Delivered);
        let text = format!(
            "id:{id} sub:001 dlvrd:{delivered:03} submit date:{date} done date:{date} stat:{} err:000 text:",
            self.state.wire()
        );
        let (to, from) = (self.sender.clone(), self.receiver.clone());
        let mut deliver = DeliverSm::builder()
            .source_addr_ton(from.0)
            .source_addr_npi(from.1)
            .source_addr(from.2)
            .dest_addr_ton(to.0)
            .dest_addr_npi(to.1)
            .destination_addr(to.2)
            .esm_class(EsmClass::from(RECEIPT))
            .data_coding(DataCoding::default())
            .short_message(OctetString::from_string(text).unwrap_or_default())
            .build();
        if let Ok(id) = id.parse() {
            deliver.push_tlv(MessageDeliveryRequestTlvValue::ReceiptedMessageId(id));
            deliver.push_tlv(MessageDeliveryRequestTlvValue::MessageState(state_number(self.state)));
        }
        deliver
    }
}

const fn state_number(state: State) -> MessageState {
    match state {
        State::EnRoute => MessageState::Enroute,
        State::Delivered => MessageState::Delivered,
        State::Expired => MessageState::Expired,
        State::Deleted => MessageState::Deleted,
        State::Undeliverable => MessageState::Undeliverable,
        State::Unknown => MessageState::Unknown,
        State::Rejected => MessageState::Rejected,
    }
}

/// The receipts of one message centre.
#[derive(Debug)]
pub(super) struct Line {
    waiting: Mutex<Waiting>,
    changed: Notify,
    most: usize,
    pub(super) brought: Captured<Brought>,
}

#[derive(Debug, Default)]
struct Waiting {
    due: BTreeMap<(Instant, u64), Due>,
    next: u64,
}

impl Line {
    pub(super) fn new(most: usize) -> Self {
        Self { waiting: Mutex::default(), changed: Notify::new(), most, brought: Captured::keeping(most) }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a receipt in line, unless the line is full.
    pub(super) fn put_in_line(&self, due: Due, after: Duration) {
        let mut waiting = self.waiting();
        if waiting.due.len() >= self.most {
            warn!(waiting = self.most, "too many delivery receipts are waiting; one is lost");
            return;
        }
        let key = (Instant::now() + after, waiting.next);
        waiting.next += 1;
        waiting.due.insert(key, due);
        drop(waiting);
        self.changed.notify_one();
    }

    /// Takes one that is due, or says when the next one is.
    fn take_due(&self) -> Result<Due, Option<Instant>> {
        let now = Instant::now();
        match self.waiting().due.first_entry() {
            Some(first) if first.key().0 <= now => Ok(first.remove()),
            first => Err(first.map(|first| first.key().0)),
        }
    }
}

impl Centre {
    /// Gives a receipt to the first bind that can receive; back where there is none.
    fn bring(&self, due: Due) -> Option<Due> {
        let mut due = Some(due);
        for bind in self.binds().values() {
            due = bind.bring(due?).err();
        }
        due
    }

    /// Writes down what came of a receipt and puts what follows in line.
    pub(super) fn settle(&self, due: Due, was_taken: bool) {
        self.receipts.brought.push(Brought {
            message_id: self.settings.ids.in_receipt(due.id),
            state: due.state,
            attempt: due.attempt,
            was_taken,
        });
        if !was_taken {
            let attempt = due.attempt + 1;
            self.receipts.put_in_line(Due { attempt, ..due }, self.settings.receipt_again_after);
        } else if let Some((state, following)) = due.following.split_first() {
            let next = Due { state: *state, following, attempt: 1, ..due };
            self.receipts.put_in_line(next, Duration::ZERO);
        }
    }
}

/// Brings receipts for as long as it is asked to.
pub(super) async fn run(centre: Arc<Centre>) {
    loop {
        let next = match centre.receipts.take_due() {
            Ok(due) => {
                if let Some(due) = centre.bring(due) {
                    centre.receipts.put_in_line(due, NOBODY_THERE);
                }
                continue;
            }
            Err(next) => next,
        };
        let wait = async {
            match next {
                Some(due) => sleep_until(due).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = centre.receipts.changed.notified() => {}
            () = wait => {}
        }
    }
}
