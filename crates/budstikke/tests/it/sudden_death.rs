//! SIGKILL while instant messages and orders are under way. Afterwards nothing accepted is lost, and
//! nothing was handed over twice unless the ledger says that nobody could know.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use rusqlite::Connection;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::outside::Outside;
use crate::server::{Answer, Place, Server};
use crate::{email_order, eventually, instant_sms, sms_order};

const CLIENTS: usize = 12;
const ORDERS: &str = "/future/orders";
const INSTANT: &str = "/future/orders/instant/sms";

/// What a client asked for, and what it heard.
#[derive(Clone, Debug)]
struct Asked {
    path: &'static str,
    body: Value,
    /// Nothing when the server died first.
    shipment: Option<String>,
}

impl Asked {
    fn is_sms(&self) -> bool {
        self.body.pointer("/recipient/recipientEmail").is_none()
    }
}

/// A message of kind and number: its text is its name everywhere.
fn wish(number: u64) -> (String, &'static str, Value) {
    let text = format!("melding {number} blåbær");
    let key = format!("nøkkel-{number}");
    match number % 4 {
        0 => (text.clone(), ORDERS, sms_order(&key, "+4799999901", &text)),
        1 => (text.clone(), ORDERS, email_order(&key, "kari@fjord.example", &text)),
        _ => (text.clone(), INSTANT, instant_sms(&key, "+4799999901", &text)),
    }
}

/// Many clients send until the server answers no more; everything they asked for, by text.
async fn send_until_death(
    server: Arc<Server>,
    next: Arc<AtomicU64>,
    heard: watch::Sender<u64>,
) -> BTreeMap<String, Asked> {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (server, next, heard) = (Arc::clone(&server), Arc::clone(&next), heard.clone());
        clients.spawn(async move {
            let mut all = Vec::new();
            loop {
                let (text, path, body) = wish(next.fetch_add(1, Ordering::Relaxed));
                let answer = Answer::of(server.notify(Method::POST, path).json(&body)).await;
                let Ok(answer) = answer else {
                    all.push((text, Asked { path, body, shipment: None }));
                    return all;
                };
                assert!(matches!(answer.status, 200 | 201), "{answer:?}");
                all.push((text, Asked { path, body, shipment: Some(answer.shipment()) }));
                heard.send_modify(|count| *count += 1);
            }
        });
    }
    clients.join_all().await.into_iter().flatten().collect()
}

/// A moment nobody has planned for: so many answers heard, or so many messages at the gateway.
async fn some_moment(outside: &Outside, slow: bool, heard: &mut watch::Receiver<u64>, seed: &mut u64) {
    let draw = random(seed);
    if draw.is_multiple_of(2) {
        let captured = outside.gateway(slow).captured();
        let wanted = captured.total() + 1 + draw % 37;
        assert!(captured.wait_for_total(wanted, crate::PATIENCE).await, "nothing was handed over");
    } else {
        let wanted = 1 + draw % 61;
        let waiting = heard.wait_for(|count| *count >= wanted);
        tokio::time::timeout(crate::PATIENCE, waiting).await.expect("answers in time").expect("clients");
    }
}

/// xorshift64 (Marsaglia 2003).
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 8
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}

fn place() -> Place {
    Place::new()
        .with("notify.lease_seconds", "2")
        .with("notify.doubt_wait_seconds", "1")
        .with("notify.email_delivered_after_seconds", "1")
        .with("log.filter", "warn")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_survives_sigkill_and_is_handed_over_once() {
    let rounds = from_environment("BUDSTIKKE_KILL_ROUNDS").unwrap_or(4);
    let mut seed =
        from_environment("BUDSTIKKE_KILL_SEED").unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 | 1);
    println!("BUDSTIKKE_KILL_SEED={seed} repeats this run");
    let outside = Outside::start(Duration::from_millis(80)).await;
    let mut place = place();
    let (next, mut all) = (Arc::new(AtomicU64::new(0)), BTreeMap::new());
    for round in 0..rounds {
        let slow = round % 2 == 1;
        outside.lead_to(&mut place, slow);
        let server = Arc::new(place.start().await);
        outside.report_to(&server);
        let (heard, mut hearing) = watch::channel(0);
        let sending = tokio::spawn(send_until_death(Arc::clone(&server), Arc::clone(&next), heard));
        some_moment(&outside, slow, &mut hearing, &mut seed).await;
        server.signal("KILL").await;
        let asked = sending.await.expect("clients that saw only good answers");
        assert!(asked.values().any(|asked| asked.shipment.is_some()) || round % 2 == 1);
        all.extend(asked);
    }

    let mut server = place.start().await;
    outside.report_to(&server);
    let shipments = ask_again(&server, &all).await;
    settled(&place).await;
    feed_is_whole(&server, &place, &shipments).await;
    server.signal("TERM").await;
    assert!(server.ended().await.success());
    handed_over_once(&outside, &place, &shipments, &all);
}

/// Every key still means one shipment, the one that was answered, and it can be read.
async fn ask_again(server: &Server, all: &BTreeMap<String, Asked>) -> HashMap<String, String> {
    let mut shipments = HashMap::new();
    for (text, asked) in all {
        let first = server.post(asked.path, &asked.body).await;
        let second = server.post(asked.path, &asked.body).await;
        assert!(matches!(first.status, 200 | 201), "{text}: {first:?}");
        assert_eq!((second.status, second.shipment()), (200, first.shipment()), "{text}");
        if let Some(answered) = &asked.shipment {
            assert_eq!((first.status, &first.shipment()), (200, answered), "{text} was accepted before");
        }
        let manifest = server.get(&format!("/future/shipment/{}", first.shipment())).await;
        assert_eq!(manifest.status, 200, "{text}: {manifest:?}");
        shipments.insert(text.clone(), first.shipment());
    }
    let different: HashSet<_> = shipments.values().collect();
    assert_eq!(different.len(), shipments.len(), "two keys share a shipment");
    shipments
}

fn count(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).expect("a count")
}

/// Waits until nothing is under way any more.
async fn settled(place: &Place) {
    let database = place.database();
    eventually("everything to be taken up again", || async {
        let open = [
            "SELECT count(*) FROM attempts WHERE state IN ('prepared', 'in_flight')",
            "SELECT count(*) FROM notify_orders WHERE state NOT IN ('processed', 'completed')",
            "SELECT count(*) FROM jobs WHERE kind LIKE 'notify.%'",
        ];
        open.iter().all(|sql| count(&database, sql) == 0).then_some(())
    })
    .await;
}

/// The shipments with an attempt whose outcome nobody knows, and how many such attempts each has.
fn in_doubt(place: &Place) -> HashMap<String, usize> {
    let sql = "SELECT n.order_id, count(*) FROM attempts a JOIN notify_notifications n ON n.id = a.subject
        WHERE a.state = 'unknown' GROUP BY n.order_id";
    let database = place.database();
    let mut statement = database.prepare(sql).expect("a query");
    let rows = statement.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?)));
    let row = |row: rusqlite::Result<(Vec<u8>, i64)>| {
        let (id, count) = row.expect("a row");
        let id = uuid::Uuid::from_slice(&id).expect("an id");
        (id.to_string(), usize::try_from(count).expect("a count"))
    };
    rows.expect("rows").map(row).collect()
}

/// Every shipment that is not in doubt comes to its end in the feed, once, and no number is left out.
async fn feed_is_whole(server: &Server, place: &Place, shipments: &HashMap<String, String>) {
    let doubtful = in_doubt(place);
    let certain: HashSet<&String> = shipments.values().filter(|id| !doubtful.contains_key(*id)).collect();
    let numbered = eventually("every shipment's end in the feed", || async {
        let numbered = whole_feed(server).await;
        let ended: HashSet<&String> = numbered.iter().map(|(_, shipment)| shipment).collect();
        certain.is_subset(&ended).then_some(numbered)
    })
    .await;
    let numbers: Vec<i64> = numbered.iter().map(|(number, _)| *number).collect();
    let expected: Vec<i64> = (1..).take(numbers.len()).collect();
    assert_eq!(numbers, expected, "the feed has a hole");
    let different: HashSet<&String> = numbered.iter().map(|(_, shipment)| shipment).collect();
    assert_eq!(different.len(), numbered.len(), "a shipment ended twice");
}

async fn whole_feed(server: &Server) -> Vec<(i64, String)> {
    let mut all: Vec<(i64, String)> = Vec::new();
    loop {
        let after = all.last().map_or(0, |(number, _)| *number);
        let page = server.get(&format!("/future/shipment/feed?seq={after}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        let entries = page.as_array().expect("a list");
        if entries.is_empty() {
            return all;
        }
        all.extend(entries.iter().map(|entry| {
            let number = entry["sequenceNumber"].as_i64().expect("a number");
            (number, entry["shipmentId"].as_str().expect("an id").to_owned())
        }));
    }
}

/// More than once only where the ledger knows of doubt; never, likewise.
fn handed_over_once(
    outside: &Outside,
    place: &Place,
    shipments: &HashMap<String, String>,
    all: &BTreeMap<String, Asked>,
) {
    let (counts, doubtful) = (outside.hand_overs(), in_doubt(place));
    for (text, shipment) in shipments {
        let times = counts.get(text).copied().unwrap_or_default();
        let doubts = doubtful.get(shipment).copied().unwrap_or_default();
        assert!(times <= 1 + doubts, "{text} was handed over {times} times, with {doubts} attempts in doubt");
        assert!(times >= 1 || doubts >= 1, "{text} was never handed over, and the ledger says nothing");
        let asked = &all[text];
        if asked.is_sms() {
            assert!(times <= 1, "an SMS in doubt is never sent again: {text}");
        }
        if asked.path == INSTANT && asked.shipment.is_some() {
            assert_eq!((times, doubts), (1, 0), "{text} was answered, so its hand-over was on record");
        }
    }
    let strangers: Vec<_> = counts.keys().filter(|text| !shipments.contains_key(*text)).collect();
    assert!(strangers.is_empty(), "handed over, but nobody asked for it: {strangers:?}");
}
