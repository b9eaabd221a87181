//! Takes messages, turns them away, or leaves the sender in doubt.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rusmpp_core::pdus::owned::SubmitSm;
use tokio::time::Instant;

use super::magic::{self, Outcome, State};
use super::receipts::{About, Due};
use super::text::{self, Said};
use super::{Centre, Sms};

/// It has the message.
const OK: u32 = 0x00;
/// It wants a slower pace.
const THROTTLED: u32 = 0x58;
/// How long an answer waits that a receipt must overtake.
const OVERTAKING: Duration = Duration::from_millis(50);

/// What becomes of a submission.
pub(super) enum Decision {
    /// It is answered, after a while.
    Answer { status: u32, message_id: String, after: Duration, receipt_first: Option<Due> },
    /// It is not answered.
    Silence,
    /// The connection is cut.
    Cut,
}

impl Centre {
    /// Decides about a submission; receipts that follow it are put in line.
    pub(super) fn decide(&self, bind: u64, submit: &SubmitSm) -> Decision {
        let said = text::read(submit);
        let receiver = submit.destination_addr.as_str().to_owned();
        let outcome = magic::outcome_for(&receiver);
        let refusal = if self.is_too_fast() { Some(THROTTLED) } else { self.refusal(&receiver, outcome) };
        if let Some(status) = refusal {
            self.keep(bind, submit, &said, None);
            return self.answer(status, String::new());
        }
        if outcome == Outcome::CutUntaken {
            self.keep(bind, submit, &said, None);
            return Decision::Cut;
        }
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let message_id = self.settings.ids.in_answer(id);
        self.keep(bind, submit, &said, Some(message_id.clone()));
        let wants_receipt = u8::from(submit.registered_delivery) & 0x03 != 0;
        let states = if wants_receipt { states(outcome, &said) } else { &[] };
        let due = Due::first(About::new(id, submit), states);
        match outcome {
            Outcome::ReceiptBeforeAnswer => {
                Decision::Answer { status: OK, message_id, after: OVERTAKING, receipt_first: due }
            }
            Outcome::SwallowedTaken => self.report(due, Decision::Silence),
            Outcome::CutTaken => self.report(due, Decision::Cut),
            Outcome::TakenWithoutId => self.answer(OK, String::new()),
            Outcome::Slow => {
                let after = self.settings.slow;
                self.report(due, Decision::Answer { status: OK, message_id, after, receipt_first: None })
            }
            _ => {
                let answer = self.answer(OK, message_id);
                self.report(due, answer)
            }
        }
    }

    fn answer(&self, status: u32, message_id: String) -> Decision {
        Decision::Answer { status, message_id, after: self.settings.answer_after, receipt_first: None }
    }

    fn report(&self, due: Option<Due>, decision: Decision) -> Decision {
        if let Some(due) = due {
            self.receipts.line.put(due, self.settings.receipt_after);
        }
        decision
    }

    /// Counts one more message of this second; whether it is one too many.
    fn is_too_fast(&self) -> bool {
        let Some(most) = self.settings.per_second else {
            return false;
        };
        let mut second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if second.0.is_none_or(|began| now - began >= Duration::from_secs(1)) {
            *second = (Some(now), 0);
        }
        second.1 += 1;
        second.1 > most
    }

    /// The status of a refusal, if the receiver wants one now.
    fn refusal(&self, receiver: &str, outcome: Outcome) -> Option<u32> {
        let (status, goes_on): (u32, fn(u32, Duration, Duration) -> bool) = match outcome {
            Outcome::Refused(status) => return Some(status),
            Outcome::RefusedTwice(status) => (status, |times, _, _| times < 2),
            Outcome::RefusedForAWhile(status) => (status, |_, since, limit| since < limit),
            _ => return None,
        };
        let mut kept = self.refusals();
        let (times, since) = kept.entry(receiver.to_owned()).or_insert((0, Instant::now()));
        if goes_on(*times, since.elapsed(), self.settings.limited_for) {
            *times += 1;
            return Some(status);
        }
        kept.remove(receiver);
        None
    }

    fn keep(&self, bind: u64, submit: &SubmitSm, said: &Said, message_id: Option<String>) {
        self.captured.push(Sms {
            at: self.clock.now(),
            bind,
            taken: message_id.is_some(),
            message_id,
            sender: submit.source_addr.as_str().to_owned(),
            sender_kind: (submit.source_addr_ton.into(), submit.source_addr_npi.into()),
            receiver: submit.destination_addr.as_str().to_owned(),
            text: said.text.clone(),
            part: said.part,
            esm_class: submit.esm_class.into(),
            data_coding: submit.data_coding.into(),
            registered_delivery: submit.registered_delivery.into(),
            validity: submit.validity_period.as_str().to_owned(),
        });
    }
}

fn states(outcome: Outcome, said: &Said) -> &'static [State] {
    let is_last = said.part.is_none_or(|(_, total, number)| number == total);
    match outcome {
        Outcome::Taken(states) => states,
        Outcome::TakenWithoutId => &[],
        Outcome::LastPartFails if is_last => &[State::Undeliverable],
        _ => &[State::Delivered],
    }
}
