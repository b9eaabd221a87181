//! Those who look on while things happen: at shipments, whose status may only move forward, and at the
//! feed, whose numbers may only follow each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Answer, Book, Chance, Ways};

/// How far a shipment was seen to have come: the order's place, the recipient's place, and its last
/// word when that is final.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    order: u8,
    recipient: u8,
    last_word: Option<String>,
}

impl Seen {
    fn of(manifest: &Value) -> Self {
        let order = match manifest["status"].as_str().unwrap_or_default() {
            "Order_Registered" => 0,
            "Order_Processing" => 1,
            "Order_Processed" => 2,
            _ => 3,
        };
        let word = manifest["recipients"][0]["status"].as_str().unwrap_or_default();
        let recipient = match word.split_once('_').map_or(word, |(_, word)| word) {
            "" => 0,
            "New" | "Failed_TransientError" => 1,
            "Sending" => 2,
            "Accepted" | "Succeeded" => 3,
            _ => 4,
        };
        Self { order, recipient, last_word: (recipient == 4).then(|| word.to_owned()) }
    }

    /// Whether what was seen later may follow.
    fn may_become(&self, later: &Self) -> bool {
        // A failure without a reason may still be explained.
        let settled = self.last_word.as_ref().filter(|word| !word.ends_with("_Failed"));
        self.order <= later.order
            && self.recipient <= later.recipient
            && settled.is_none_or(|word| later.last_word.as_ref() == Some(word))
    }
}

#[derive(Default)]
struct Notes {
    shipments: HashMap<String, Seen>,
    looks: u64,
    in_vain: u64,
    backwards: Vec<String>,
    feed: Vec<(i64, String)>,
    feed_faults: Vec<String>,
}

/// Onlookers at work.
pub struct Onlookers {
    notes: Arc<Mutex<Notes>>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// What onlookers saw.
pub struct Sight {
    /// Looks at shipments.
    pub looks: u64,
    /// Looks at shipments and at the feed that nobody answered well, nor when they were repeated.
    pub in_vain: u64,
    /// Shipments that were seen to move backwards.
    pub backwards: Vec<String>,
    /// The feed as it was read along the way: numbers and shipments.
    pub feed: Vec<(i64, String)>,
    /// Numbers that did not follow the one before.
    pub feed_faults: Vec<String>,
}

impl Onlookers {
    /// Lets them look until told to stop.
    pub fn start(book: &Arc<Book>, ways: &Ways) -> Self {
        let (notes, stop) = (Arc::<Mutex<Notes>>::default(), CancellationToken::new());
        let mut tasks = JoinSet::new();
        let looking = look_at_shipments(Arc::clone(book), ways.clone(), Arc::clone(&notes), stop.clone());
        tasks.spawn(looking);
        tasks.spawn(read_feed(ways.clone(), Arc::clone(&notes), stop.clone()));
        Self { notes, stop, tasks }
    }

    /// Ends their work and asks what they saw.
    pub async fn finish(self) -> Sight {
        self.stop.cancel();
        self.tasks.join_all().await;
        let notes = std::mem::take(&mut *locked(&self.notes));
        let Notes { looks, in_vain, backwards, feed, feed_faults, .. } = notes;
        Sight { looks, in_vain, backwards, feed, feed_faults }
    }
}

fn locked(notes: &Mutex<Notes>) -> MutexGuard<'_, Notes> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks at one shipment again and again until it has ended or enough time has passed, then at another.
async fn look_at_shipments(book: Arc<Book>, ways: Ways, notes: Arc<Mutex<Notes>>, stop: CancellationToken) {
    let mut chance = Chance::new(None);
    while !stop.is_cancelled() {
        tokio::time::sleep(Duration::from_millis(15)).await;
        // The latest are those that still move.
        let latest = book.accepted_so_far().saturating_sub(chance.below(60));
        let any = if chance.below(4) == 0 { chance.below(u64::MAX) } else { latest };
        let Some((number, shipment)) = book.some_accepted(any) else { continue };
        let Some(answer) = look(&ways, &format!("/future/shipment/{shipment}"), &notes).await else {
            continue;
        };
        match answer.status {
            200 => locked(&notes).note(number, &shipment, Seen::of(&answer.json())),
            404 => locked(&notes).backwards.push(format!("order {number} was accepted and is not there")),
            _ => {}
        }
    }
}

/// Asks, and asks once more when that was in vain.
async fn look(ways: &Ways, path: &str, notes: &Mutex<Notes>) -> Option<Answer> {
    for pause in [Some(Duration::from_millis(40)), None] {
        match Answer::of(ways.notify(Method::GET, path)).await {
            Ok(answer) if answer.status < 500 && answer.status != 429 => return Some(answer),
            _ => {}
        }
        if let Some(pause) = pause {
            tokio::time::sleep(pause).await;
        }
    }
    locked(notes).in_vain += 1;
    None
}

impl Notes {
    fn note(&mut self, number: u64, shipment: &str, seen: Seen) {
        self.looks += 1;
        let before = self.shipments.entry(shipment.to_owned()).or_default();
        if before.may_become(&seen) {
            *before = seen;
        } else {
            self.backwards.push(format!("order {number} was {before:?} and became {seen:?}"));
        }
    }
}

/// Reads the feed onwards, as a subscriber would.
async fn read_feed(ways: Ways, notes: Arc<Mutex<Notes>>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let after = locked(&notes).feed.last().map_or(0, |(number, _)| *number);
        let path = format!("/future/shipment/feed?seq={after}");
        let Some(answer) = look(&ways, &path, &notes).await.filter(|answer| answer.status == 200) else {
            continue;
        };
        let mut notes = locked(&notes);
        for (number, shipment) in entries(&answer.json()) {
            let expected = notes.feed.last().map_or(1, |(last, _)| last + 1);
            if number != expected {
                notes.feed_faults.push(format!("after {} the feed showed {number}", expected - 1));
            }
            notes.feed.push((number, shipment));
        }
    }
}

/// Numbers and shipments of a page of the feed.
fn entries(page: &Value) -> Vec<(i64, String)> {
    let entries = page.as_array().expect("a list of entries").iter();
    let entry = |entry: &Value| {
        let number = entry["sequenceNumber"].as_i64().expect("a number");
        (number, entry["shipmentId"].as_str().expect("an id").to_owned())
    };
    entries.map(entry).collect()
}

/// The whole feed, from its beginning.
pub async fn whole_feed(ways: &Ways) -> Vec<(i64, String)> {
    let mut all: Vec<(i64, String)> = Vec::new();
    loop {
        let after = all.last().map_or(0, |(number, _)| *number);
        let page = ways.get(&format!("/future/shipment/feed?seq={after}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        let page = entries(&page.json());
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(order: &str, recipient: &str) -> Seen {
        Seen::of(&json!({ "status": order, "recipients": [{ "status": recipient }] }))
    }

    #[test]
    fn a_shipment_may_stay_and_move_on_but_not_back() {
        let sending = seen("Order_Processed", "SMS_Sending");
        assert!(sending.may_become(&sending));
        assert!(sending.may_become(&seen("Order_Completed", "SMS_Delivered")));
        assert!(!sending.may_become(&seen("Order_Processing", "SMS_Sending")));
        assert!(!sending.may_become(&seen("Order_Processed", "SMS_New")));
    }

    #[test]
    fn a_last_word_stands_unless_it_was_a_failure_without_a_reason() {
        let delivered = seen("Order_Completed", "SMS_Delivered");
        assert!(!delivered.may_become(&seen("Order_Completed", "SMS_Failed")));
        assert!(seen("Order_Completed", "SMS_Failed").may_become(&delivered));
    }
}
