//! Two nodes of one organization send: what one begins the other goes on with, and nothing happens twice.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value as Json, json};
use simulators::Subscriber;
use store::{Engine, params};
use testkit::blobs::BlobPlace;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use types::Roles;

use crate::app::{Gateway, arkivmelding, avtalt, files, serve, unpack, world, world_on_blobs, world_with};

/// Waits until this is so.
pub async fn until<F: Future<Output = bool>>(mut so: impl FnMut() -> F) {
    let waiting = async {
        while !so().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(90), waiting).await.expect("it takes too long");
}

/// A number that a query finds in a gateway's tables.
pub async fn number(of: &Gateway, sql: &'static str) -> i64 {
    let found = of.store.read(move |tx| tx.one::<i64>(sql, params![])).await;
    Result::<_, store::Error>::expect(found, "a number")
}

/// How often two transactions have waited for each other in a circle. They are run again, but only after
/// a second.
pub async fn deadlocks(of: &Gateway) -> i64 {
    match of.store.engine() {
        Engine::Sqlite => 0,
        Engine::Postgres => {
            number(of, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").await
        }
    }
}

/// What a subscriber was told, in its order: of which message, and which status.
fn told(subscriber: &Subscriber) -> Vec<(String, String)> {
    let all = subscriber.deliveries().all();
    let text = |json: &Json| json.as_str().expect("a text").to_owned();
    let events = all.iter().filter(|delivery| !delivery.is_ping());
    events.map(|delivery| (text(&delivery.json["messageId"]), text(&delivery.json["status"]))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_of_one_node_gets_its_files_from_two_and_is_sent_by_the_other() {
    let world = world().await;
    let second = world.another_node(&world.a).await;
    let id = world.a.draft(&avtalt()).await;

    let names: Vec<_> = (0..12).map(|at| format!("file-{at}.pdf")).collect();
    let uploads = names.iter().enumerate().map(|(at, name)| {
        let node = if at % 2 == 0 { &world.a } else { &second };
        node.attach(&id, name, name.clone().into_bytes())
    });
    let same = [&world.a, &second].map(|node| node.attach(&id, "same.pdf", b"same".to_vec()));
    let (uploaded, same) = tokio::join!(join_all(uploads), join_all(same));
    assert!(uploaded.iter().all(|answer| answer.status == 200), "{uploaded:?}");
    let same: Vec<_> = same.iter().map(|answer| answer.status).collect();
    assert!(same.contains(&StatusCode::OK) && same.contains(&StatusCode::BAD_REQUEST), "{same:?}");
    let submit = format!("api/messages/out/{id}");
    let (one, two) = tokio::join!(world.a.post(&submit), second.post(&submit));
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (200, 200));
    while second.exchange.run_due().await > 0 {}
    world.settle().await;

    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT"]);
    assert_eq!(world.b.peek().await.as_ref(), Some(&id));
    assert_eq!(world.b.peek().await, None, "it was sent once");
    let popped = world.b.get(&format!("api/messages/in/pop/{id}")).await;
    let received: BTreeMap<_, _> = unpack(popped.bytes).into_iter().collect();
    for name in &names {
        assert_eq!(received.get(name), Some(&name.clone().into_bytes()));
    }
    assert_eq!(received.get("same.pdf"), Some(&b"same".to_vec()));
    for kind in ["out-file", "out-package"] {
        assert_eq!(world.a.blobs_of(kind).await, 0, "{kind} is left over");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_discarded_while_it_is_changed_leaves_nothing_behind() {
    let world = world().await;
    let second = world.another_node(&world.a).await;
    for _ in 0..10 {
        let id = world.a.draft(&avtalt()).await;
        let path = format!("api/messages/out/{id}");

        let (attached, submitted, deleted) = tokio::join!(
            world.a.attach(&id, "a.pdf", b"%PDF".to_vec()),
            second.post(&path),
            second.delete(&path)
        );

        assert!([200, 400, 404].contains(&attached.status.as_u16()), "{attached:?}");
        assert!([200, 404].contains(&submitted.status.as_u16()), "{submitted:?}");
        assert_eq!(deleted.status, 200);
        assert_eq!(world.a.get(&path).await.status, 404);
    }
    world.settle().await;
    assert_eq!(number(&world.a, "SELECT count(*) FROM exchange_outbox_files").await, 0);
    assert_eq!(world.a.blobs_of("out-file").await, 0);
    assert_eq!(deadlocks(&world.a).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_id_makes_one_message_also_when_both_nodes_are_given_it() {
    let world = world().await;
    let second = world.another_node(&world.a).await;
    for _ in 0..5 {
        let mut sbd = avtalt();
        let id = uuid::Uuid::new_v4().to_string();
        sbd["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"] = json!(id);

        let posts = [&world.a, &second].map(|node| node.post_json("api/messages/out", &sbd));
        let answers = join_all(posts).await;

        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{answers:?}");
        assert_eq!(second.statuses(&id).await, ["OPPRETTET"]);
    }
}

/// Covers: IP-197
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_hear_of_what_two_nodes_do_once_and_in_order() {
    let world = world_with(|config| config.receive_interval_ms = 20).await;
    let second = world.another_node(&world.a).await;
    let subscriber = Subscriber::new(world.clock.clone(), 10_000);
    let served = serve(subscriber.router()).await;
    let body = json!({ "name": "Sak", "pushEndpoint": served.url, "resource": "all", "event": "all" });
    assert_eq!(second.post_json("api/subscriptions", &body).await.status, 200);
    let stop = CancellationToken::new();
    let running = [&world.a, &second, &world.b].map(|gateway| {
        let (exchange, stop) = (gateway.exchange.clone(), stop.clone());
        tokio::spawn(async move { exchange.run(Roles::all(), stop).await })
    });

    let sbd = avtalt();
    let mut ids = BTreeSet::new();
    for _ in 0..10 {
        let sends = [&world.a, &second, &world.a, &second].map(|node| node.send(&sbd, &[]));
        ids.extend(join_all(sends).await);
    }
    until(async || told(&subscriber).len() >= ids.len() * 3).await;
    stop.cancel();
    join_all(running).await;

    let told = told(&subscriber);
    assert_eq!(told.len(), ids.len() * 3, "each event came once");
    for id in &ids {
        let of_message: Vec<_> =
            told.iter().filter(|(message, _)| message == id).map(|(_, status)| status.as_str()).collect();
        assert_eq!(of_message, ["OPPRETTET", "SENDT", "MOTTATT"]);
    }
    let bodies = world.a.store.read(|tx| {
        let sql = "SELECT body FROM webhooks_deliveries WHERE state = 'delivered' ORDER BY number";
        tx.all::<String>(sql, params![])
    });
    let bodies: Vec<String> = Result::<_, store::Error>::expect(bodies.await, "bodies");
    let announced = bodies.iter().map(|body| serde_json::from_str::<Json>(body).expect("JSON"));
    let announced: Vec<_> = announced
        .map(|body| (body["messageId"].clone(), body["status"].clone()))
        .map(|(id, status)| (id.as_str().unwrap_or("").to_owned(), status.as_str().unwrap_or("").to_owned()))
        .collect();
    assert_eq!(told, announced, "in the order of their numbers");
    assert_eq!(deadlocks(&world.a).await + deadlocks(&world.b).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_slept_through_its_lease_sends_nothing_twice_and_records_nothing() {
    let world = world().await;
    let second = world.another_node(&world.a).await;
    world.gate.shut();
    let id = world.a.send(&arkivmelding(), &files()).await;
    let sleeping = world.a.exchange.clone();
    let sleeping = tokio::spawn(async move { sleeping.run_due().await });
    world.gate.reached().await;

    world.pass(61);
    while second.exchange.run_due().await > 0 {}
    let in_time = second.statuses(&id).await;
    world.gate.open();
    sleeping.await.expect("no panic");
    world.settle().await;

    assert_eq!(in_time, ["OPPRETTET", "SENDT"]);
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT"]);
    assert_eq!(number(&world.b, "SELECT count(*) FROM exchange_received").await, 1);
    assert_eq!(world.b.peek().await.as_ref(), Some(&id));
    let unknown = "SELECT count(*) FROM attempts WHERE route = 'DPO' AND state = 'unknown'";
    assert_eq!(number(&world.a, unknown).await, 1, "what the sleeper learnt was not written");
    assert_eq!(number(&world.a, "SELECT count(*) FROM jobs").await, 0);
    for kind in ["out-file", "out-package"] {
        assert_eq!(world.a.blobs_of(kind).await, 0, "{kind} is left over");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_travels_with_its_files_in_buckets() {
    let (at_a, at_b) = (BlobPlace::s3(), BlobPlace::s3());
    let world = world_on_blobs([at_a.blobs(), at_b.blobs()]).await;
    let second = world.another_node(&world.b).await;
    let large: Vec<u8> = (0..12_000_000_u32).map(|at| at.wrapping_mul(7).to_le_bytes()[1]).collect();
    let mut sent = files();
    sent.push(("large.bin", large.clone()));
    let id = world.a.draft(&arkivmelding()).await;
    for (name, bytes) in sent {
        assert_eq!(world.a.attach(&id, name, bytes).await.status, 200);
    }
    assert_eq!(world.a.post(&format!("api/messages/out/{id}")).await.status, 200);
    world.settle().await;

    assert_eq!(second.peek().await.as_ref(), Some(&id));
    let popped = second.get(&format!("api/messages/in/pop/{id}")).await;
    let received: BTreeMap<_, _> = unpack(popped.bytes).into_iter().collect();
    assert!(received.get("large.bin") == Some(&large), "the bytes are the same");
    assert_eq!(second.delete(&format!("api/messages/in/{id}")).await.status, 200);
    world.settle().await;

    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    for (gateway, kinds) in
        [(&world.a, ["out-file", "out-package"]), (&world.b, ["in-package", "in-container"])]
    {
        for kind in kinds {
            assert_eq!(gateway.blobs_of(kind).await, 0, "{kind} is left over");
        }
    }
    assert_eq!(at_a.half_written() + at_b.half_written(), 0);
}

#[tokio::test]
async fn numbers_go_on_after_the_last_one_when_tables_were_copied() {
    let world = world().await;
    let draft = async || {
        let id = world.a.draft(&avtalt()).await;
        world.a.get(&format!("api/conversations/messageId/{id}")).await.json()["id"].as_i64().expect("an id")
    };
    assert!(draft().await >= 1_000);

    let last = world.a.store.read(exchange::numbers::last).await.expect("a number");
    let highest = number(&world.a, "SELECT max(id) FROM exchange_statuses").await;
    assert_eq!(last, highest, "a draft's first status is numbered last");
    world.a.store.write(|tx| exchange::numbers::continue_after(tx, 5_000_000)).await.expect("a commit");
    assert!(draft().await > 5_000_000);
    world.a.store.write(|tx| exchange::numbers::continue_after(tx, 17)).await.expect("a commit");
    assert!(draft().await > 5_000_000, "never back");
}

#[tokio::test]
async fn the_character_nul_is_refused_wherever_it_comes() {
    let world = world().await;
    let id = world.a.draft(&avtalt()).await;
    for path in ["api/statuses/%00", "api/statuses?messageId=a%00b", "api/messages/in/peek?process=%00"] {
        let refused = world.a.get(path).await;
        assert_eq!(refused.refusal(), (400, "RequestRejectedException".to_owned()), "{path}");
    }
    let titled = world.a.request(http::Method::PUT, &format!("api/messages/out/{id}"));
    let titled = titled.header("content-disposition", "attachment; filename*=UTF-8''a%00.pdf");
    let titled = crate::app::Answer::of(titled.header("content-type", "application/pdf").body("x")).await;
    assert_eq!(titled.status, 400);
    let case = String::from_utf8(crate::app::case_document()).expect("text").replace("Svar", "S\0ar");
    let titled = world.a.attach(&id, "arkivmelding.xml", case.into_bytes()).await;
    assert_eq!(titled.refusal(), (400, "UnmarshalArkivmeldingException".to_owned()));
    let mut sbd = arkivmelding();
    sbd["arkivmelding"]["hoveddokument"] = json!("a\0.pdf");
    assert_eq!(world.a.post_json("api/messages/out", &sbd).await.status, 400);
    let body =
        json!({ "name": "a\0", "pushEndpoint": "http://127.0.0.1:1/", "resource": "all", "event": "all" });
    assert_eq!(world.a.post_json("api/subscriptions", &body).await.status, 400);

    let mut inside = avtalt();
    inside["avtalt"]["content"] = json!({ "text": "a\0b" });
    let id = world.a.send(&inside, &[]).await;
    world.settle().await;
    let peeked = world.b.get(&format!("api/messages/in/peek?messageId={id}")).await.json();
    assert_eq!(peeked["avtalt"]["content"]["text"], "a\0b", "within a document it is kept");
}
