//! Receipts: waiting for their time, brought to whoever can receive them, brought again.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use rusmpp_core::pdus::owned::{DeliverSm, SubmitSm};
use rusmpp_core::tlvs::owned::MessageDeliveryRequestTlvValue;
use rusmpp_core::types::owned::{COctetString, OctetString};
use rusmpp_core::values::{DataCoding, EsmClass, MessageState, Npi, Ton};
use tokio::time::sleep_until;

use super::magic::State;
use super::{Centre, Settings};
use crate::captured::Captured;
use crate::line::{self, Line};

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

/// A receipt on its way.
pub(super) type Due = line::Due<About, State>;

/// The message that receipts are about.
#[derive(Clone, Debug)]
pub(super) struct About {
    id: u64,
    sender: (Ton, Npi, COctetString<1, 21>),
    receiver: (Ton, Npi, COctetString<1, 21>),
}

impl About {
    pub(super) fn new(id: u64, submit: &SubmitSm) -> Self {
        let sender = (submit.source_addr_ton, submit.source_addr_npi, submit.source_addr.clone());
        let receiver = (submit.dest_addr_ton, submit.dest_addr_npi, submit.destination_addr.clone());
        Self { id, sender, receiver }
    }

    /// The frame that brings a receipt.
    pub(super) fn frame(&self, state: State, settings: &Settings, now: jiff::Timestamp) -> DeliverSm {
        let id = settings.ids.in_receipt(self.id);
        let local = now.to_zoned(TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC));
        let date = local.strftime("%y%m%d%H%M").to_string();
        let delivered = u8::from(state == State::Delivered);
        let text = format!(
            "id:{id} sub:001 dlvrd:{delivered:03} submit date:{date} done date:{date} stat:{} err:000 text:",
            state.wire()
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
            deliver.push_tlv(MessageDeliveryRequestTlvValue::MessageState(state_number(state)));
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
pub(super) struct Receipts {
    pub(super) line: Line<About, State>,
    pub(super) brought: Captured<Brought>,
}

impl Receipts {
    pub(super) fn new(most: usize) -> Self {
        Self { line: Line::with_room_for(most), brought: Captured::keeping(most) }
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
            message_id: self.settings.ids.in_receipt(due.message.id),
            state: due.state,
            attempt: due.attempt,
            was_taken,
        });
        self.receipts.line.follow(due, was_taken, Some(self.settings.receipt_again_after));
    }
}

/// Brings receipts for as long as it is asked to.
pub(super) async fn run(centre: Arc<Centre>) {
    loop {
        let next = match centre.receipts.line.take() {
            Ok(due) => {
                if let Some(due) = centre.bring(due) {
                    centre.receipts.line.put(due, NOBODY_THERE);
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
            () = centre.receipts.line.changed() => {}
            () = wait => {}
        }
    }
}
