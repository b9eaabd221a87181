//! What must hold after everything that happened.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use reqwest::Method;

use crate::book::Asked;
use crate::hand_overs::Tally;
use crate::onlookers::{Sight, whole_feed};
use crate::{Answer, Book, Fate, Kind, Ledger, Letters, Outside, Sheet, Ways, within};

/// How long everything may take to come to its end after the last fault.
const AFTERMATH: Duration = Duration::from_secs(180);
/// How often one order was asked for in vain, at most.
pub const MOST_FOR_ONE_ORDER: &str = "  of these for one order, at most";
/// Looks that nobody answered well, nor when they were repeated.
pub const LOOKS_IN_VAIN: &str = "looks repeated in vain";
/// Orders that are asked for once more.
const SAMPLE: usize = 100;

/// Every accepted order ended in a state and in the feed, once, and was handed over once, unless the
/// ledger says that nobody knows.
pub(crate) async fn orders(book: &Book, ways: &Ways, outside: &Outside, ledger: &Ledger, sheet: &mut Sheet) {
    within(AFTERMATH, "everything to be taken up again", || async {
        ledger.open_work().filter(|open| open.is_none()).map(|_| ())
    })
    .await;
    let (orders, unknown, doubted) = (book.orders(), ledger.unknown(), ledger.doubted());
    count(book, &orders, sheet);
    sheet.broken(book.strangeness());
    let unheard = orders.iter().filter(|(_, asked)| asked.shipment.is_none());
    sheet.broken(unheard.map(|(number, _)| format!("order {number} was never answered")));
    Tally::of(&orders, &outside.hand_overs(), &doubted).write(unknown.len(), sheet);
    feed(&orders, &unknown, ways, sheet).await;
    ask_again(&orders, ways, sheet).await;
}

fn count(book: &Book, orders: &BTreeMap<u64, Asked>, sheet: &mut Sheet) {
    let accepted = orders.values().filter(|asked| asked.shipment.is_some());
    sheet.number("orders accepted", accepted.clone().count());
    sheet.number("  of these instant", accepted.clone().filter(|asked| asked.kind == Kind::Instant).count());
    sheet.count(
        "requests without an answer",
        orders.values().map(|asked| u64::from(asked.unanswered)).sum::<u64>(),
    );
    sheet.count(
        "requests refused for the moment",
        orders.values().map(|asked| u64::from(asked.refused)).sum::<u64>(),
    );
    let in_vain = orders.values().map(|asked| u64::from(asked.unanswered + asked.refused)).max();
    sheet.count(MOST_FOR_ONE_ORDER, in_vain.unwrap_or_default());
    let gap = book.longest_gap();
    sheet.count("longest time without a receipt", format!("{:.1} s", gap.as_secs_f64()));
}

/// Every order that is not in doubt comes to its end in the feed, once, and no number is left out.
async fn feed(
    orders: &BTreeMap<u64, Asked>,
    doubts: &HashMap<String, usize>,
    ways: &Ways,
    sheet: &mut Sheet,
) {
    let shipments: HashMap<&String, u64> =
        orders.iter().filter_map(|(number, asked)| Some((asked.shipment.as_ref()?, *number))).collect();
    if shipments.len() != orders.values().filter(|asked| asked.shipment.is_some()).count() {
        sheet.broken(["two orders share a shipment".to_owned()]);
    }
    let certain: HashSet<&String> =
        shipments.keys().copied().filter(|id| !doubts.contains_key(*id)).collect();
    let numbered = until_in_feed(&certain, ways).await;
    let ended: HashSet<&String> = numbered.iter().map(|(_, shipment)| shipment).collect();
    let missing = certain.iter().filter(|id| !ended.contains(**id));
    sheet.broken(missing.map(|id| format!("order {} never came to its end", shipments[*id])));
    let holes = numbered.iter().zip(1..).filter(|((number, _), expected)| number != expected).count();
    sheet.number("entries in the feed", numbered.len());
    sheet.number("feed: holes", holes);
    sheet.number("feed: orders that ended twice", numbered.len() - ended.len());
    if holes > 0 || ended.len() < numbered.len() {
        sheet.broken(["the feed is not whole".to_owned()]);
    }
}

/// The feed, once all of these are in it or time is up.
async fn until_in_feed(certain: &HashSet<&String>, ways: &Ways) -> Vec<(i64, String)> {
    let begun = std::time::Instant::now();
    loop {
        let numbered = whole_feed(ways).await;
        let ended: HashSet<&String> = numbered.iter().map(|(_, shipment)| shipment).collect();
        if certain.is_subset(&ended) || begun.elapsed() > AFTERMATH {
            return numbered;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// A key still means the same shipment, and the shipment can be read.
async fn ask_again(orders: &BTreeMap<u64, Asked>, ways: &Ways, sheet: &mut Sheet) {
    let doubtful_first = |asked: &&(&u64, &Asked)| asked.1.unanswered > 0;
    let all: Vec<(&u64, &Asked)> = orders.iter().filter(|(_, asked)| asked.shipment.is_some()).collect();
    let unanswered = all.iter().filter(doubtful_first).take(SAMPLE);
    let spread = all.iter().step_by((all.len() / SAMPLE).max(1));
    for (number, asked) in unanswered.chain(spread) {
        let body = Book::body(**number);
        let request = ways.notify(Method::POST, asked.kind.path()).json(&body);
        let answer = Answer::of(request).await.expect("an answer");
        let same = answer.status == 200 && Some(answer.shipment()) == asked.shipment;
        sheet.broken((!same).then(|| format!("order {number} asked for again: {answer:?}")));
        let shipment = asked.shipment.as_deref().unwrap_or_default();
        let manifest = ways.get(&format!("/future/shipment/{shipment}")).await;
        let there = manifest.status == 200;
        sheet.broken((!there).then(|| format!("order {number} cannot be read: {manifest:?}")));
    }
}

/// Every message that was accepted came to LEVERT, or its sender was told that it failed; what came
/// was taken off the queue once.
pub(crate) async fn letters(which: &str, letters: &mut Letters, sender: &Ways, sheet: &mut Sheet) {
    let fates = fates(letters, sender).await;
    letters.stop_taking().await;
    let all = letters.all();
    let (mut lost, mut doubled, mut failed) = (Vec::new(), Vec::new(), 0);
    for (id, letter) in &all {
        let fate = fates.get(id);
        match fate {
            Some(Fate::Arrived(_)) if letter.taken == 0 => {
                lost.push(format!("{id} is LEVERT and never came"));
            }
            Some(Fate::Arrived(_)) => {}
            Some(Fate::Failed(_)) => failed += 1,
            _ if letter.accepted => lost.push(format!("{id} came to no end: {fate:?}, {letter:?}")),
            _ => lost.push(format!("{id} was never accepted: {letter:?}")),
        }
        if letter.taken > 1 || letter.shown_again > 0 {
            doubled.push(format!("{id} came more than once: {letter:?}"));
        }
        let forward = fate.is_none_or(|fate| fate.each_once() && letter.may_become(fate.statuses()));
        sheet.broken((!forward).then(|| format!("{id} moved backwards: {fate:?}, {letter:?}")));
    }
    let unanswered = all.values().map(|letter| u64::from(letter.unanswered)).sum::<u64>();
    sheet.number(&format!("messages {which}"), all.len());
    sheet.count(&format!("messages {which}: requests in vain"), unanswered);
    let most = all.values().map(|letter| u64::from(letter.unanswered)).max();
    sheet.count(&most_for_one_message(which), most.unwrap_or_default());
    sheet.number(&format!("messages {which}: failed, said so"), failed);
    sheet.number(&format!("messages {which}: lost"), lost.len());
    sheet.number(&format!("messages {which}: doubled"), doubled.len());
    sheet.broken(lost.into_iter().chain(doubled).chain(letters.strangeness()));
}

/// How often one message was sent in vain, at most; `which` is `sent` or `received`.
pub fn most_for_one_message(which: &str) -> String {
    format!("messages {which}: requests in vain for one, at most")
}

/// How each message ended, once all have or time is up.
async fn fates(letters: &Letters, sender: &Ways) -> HashMap<String, Fate> {
    let (begun, mut known) = (std::time::Instant::now(), HashMap::new());
    loop {
        let open: Vec<String> = letters.all().into_keys().filter(|id| !has_ended(known.get(id))).collect();
        for id in &open {
            if let Some(fate) = Fate::of(sender, id).await {
                known.insert(id.clone(), fate);
            }
        }
        if open.iter().all(|id| has_ended(known.get(id))) || begun.elapsed() > AFTERMATH {
            return known;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

const fn has_ended(fate: Option<&Fate>) -> bool {
    matches!(fate, Some(Fate::Arrived(_) | Fate::Failed(_)))
}

/// Statuses moved forward only, and the feed along the way was the feed as it is.
pub(crate) async fn sight(sight: Sight, ways: &Ways, sheet: &mut Sheet) {
    sheet.count("looks at shipments along the way", sight.looks);
    sheet.count(LOOKS_IN_VAIN, sight.in_vain);
    sheet.number("statuses that moved backwards", sight.backwards.len());
    sheet.broken(sight.backwards);
    sheet.broken(sight.feed_faults);
    let whole = whole_feed(ways).await;
    let same = whole.starts_with(&sight.feed);
    sheet.broken((!same).then(|| "the feed is not what it was along the way".to_owned()));
}
