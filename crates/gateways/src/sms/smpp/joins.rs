//! Receipts of messages that went in several parts.
//!
//! Each part has an id and a receipt of its own; the message has one result. It is delivered when all
//! parts are, and failed as soon as one is. The id of the first part is the message's reference.
//!
//! This is remembered in this process only. After a restart the receipts of parts sent before it are
//! passed on as they come: the first part then speaks for the message, and the others are about
//! messages that nobody knows. Where that is not good enough, let the message centre divide
//! (`long_messages = "payload"`).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::SmsResult;

/// Messages remembered; the oldest are forgotten first.
const MOST: usize = 50_000;

/// The messages of one account.
#[derive(Debug, Default)]
pub(super) struct Joins {
    known: Mutex<Known>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Known {
    messages: BTreeMap<u64, Message>,
    parts: HashMap<String, u64>,
    next: u64,
    /// How many are being sent, whose ids are not all known yet.
    sending: usize,
}

#[derive(Debug)]
struct Message {
    reference: String,
    parts: BTreeMap<String, Option<SmsResult>>,
    /// Nothing more will be told about it.
    is_settled: bool,
}

/// What a receipt means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The result of the message with this reference.
    Of(String, SmsResult),
    /// Nothing to tell about the message, now or ever.
    Counted,
    /// It may be about a part of a message that is just being sent.
    NotYet,
}

impl Joins {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a message of several parts begins.
    pub(super) fn begin(&self) -> Sending<'_> {
        self.known().sending += 1;
        Sending { joins: self }
    }

    /// Waits for a message to be known whole.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// What a receipt for this id means.
    pub(super) fn weigh(&self, id: &str, result: SmsResult) -> Meaning {
        let mut known = self.known();
        let Some(number) = known.parts.get(id).copied() else {
            return if known.sending > 0 { Meaning::NotYet } else { Self::alone(id, result) };
        };
        let message = known.messages.get_mut(&number);
        message.map_or_else(|| Self::alone(id, result), |message| message.hear(id, result))
    }

    /// What a receipt means that is about a whole message, or about one that is no longer known.
    pub(super) fn alone(id: &str, result: SmsResult) -> Meaning {
        Meaning::Of(id.to_owned(), result)
    }

    fn remember(&self, ids: Vec<String>, is_settled: bool) {
        let Some(reference) = ids.first().cloned() else {
            return;
        };
        let mut known = self.known();
        let number = known.next;
        known.next += 1;
        known.parts.extend(ids.iter().map(|id| (id.clone(), number)));
        let parts = ids.into_iter().map(|id| (id, None)).collect();
        known.messages.insert(number, Message { reference, parts, is_settled });
        if known.messages.len() > MOST
            && let Some((_, oldest)) = known.messages.pop_first()
        {
            for id in oldest.parts.keys() {
                known.parts.remove(id);
            }
        }
    }
}

impl Message {
    fn hear(&mut self, id: &str, result: SmsResult) -> Meaning {
        if self.is_settled {
            return Meaning::Counted;
        }
        // The first word about a part counts.
        self.parts.entry(id.to_owned()).or_default().get_or_insert(result);
        let failed = self.parts.values().flatten().find(|result| **result != SmsResult::Delivered).copied();
        let all = self.parts.values().all(Option::is_some);
        match failed.or_else(|| all.then_some(SmsResult::Delivered)) {
            None => Meaning::Counted,
            // It stays open: the report may not be taken, and then comes again.
            Some(result) => Meaning::Of(self.reference.clone(), result),
        }
    }
}

/// A message of several parts that is being sent.
pub(super) struct Sending<'j> {
    joins: &'j Joins,
}

impl Sending<'_> {
    /// All parts were taken, under these ids.
    pub(super) fn taken(self, ids: Vec<String>) {
        self.joins.remember(ids, false);
    }

    /// Only these were; what is told about them says nothing about the message.
    pub(super) fn broken_off(self, ids: Vec<String>) {
        self.joins.remember(ids, true);
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.joins.known().sending -= 1;
        self.joins.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SmsResult::{Delivered, FailedUndelivered};

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    fn of(id: &str, result: SmsResult) -> Meaning {
        Meaning::Of(id.to_owned(), result)
    }

    /// Covers: NP-54
    #[test]
    fn a_message_is_delivered_when_all_its_parts_are() {
        let joins = Joins::default();
        joins.begin().taken(ids(&["a", "b"]));
        assert_eq!(joins.weigh("b", Delivered), Meaning::Counted);
        assert_eq!(joins.weigh("b", Delivered), Meaning::Counted, "told twice");
        assert_eq!(joins.weigh("a", Delivered), of("a", Delivered));
        assert_eq!(joins.weigh("a", Delivered), of("a", Delivered), "brought again");
    }

    /// Covers: NP-54
    #[test]
    fn a_message_has_failed_as_soon_as_one_of_its_parts_has() {
        let joins = Joins::default();
        joins.begin().taken(ids(&["a", "b"]));
        joins.begin().taken(ids(&["c", "d"]));
        assert_eq!(joins.weigh("a", Delivered), Meaning::Counted);
        assert_eq!(joins.weigh("b", FailedUndelivered), of("a", FailedUndelivered));
        assert_eq!(joins.weigh("d", FailedUndelivered), of("c", FailedUndelivered));
        assert_eq!(joins.weigh("c", Delivered), of("c", FailedUndelivered));
    }

    #[test]
    fn a_receipt_that_overtakes_the_answers_waits_for_them() {
        let joins = Joins::default();
        let sending = joins.begin();
        assert_eq!(joins.weigh("a", Delivered), Meaning::NotYet);
        sending.taken(ids(&["a", "b"]));
        assert_eq!(joins.weigh("a", Delivered), Meaning::Counted);
        assert_eq!(joins.weigh("x", Delivered), of("x", Delivered), "nothing is being sent any more");
    }

    #[test]
    fn parts_of_a_message_that_was_broken_off_say_nothing_about_it() {
        let joins = Joins::default();
        joins.begin().broken_off(ids(&["a"]));
        assert_eq!(joins.weigh("a", Delivered), Meaning::Counted);
        joins.begin().broken_off(Vec::new());
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let joins = Joins::default();
        for number in 0..=MOST {
            joins.begin().taken(vec![format!("a{number}"), format!("b{number}")]);
        }
        assert_eq!(joins.weigh("b0", Delivered), of("b0", Delivered));
        assert_eq!(joins.weigh("b1", Delivered), Meaning::Counted);
        assert_eq!(joins.known().parts.len(), MOST * 2);
    }
}
