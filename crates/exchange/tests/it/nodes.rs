//! Two nodes of one organization: what one begins the other goes on with, and nothing happens twice.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value as Json, json};
use simulators::Subscriber;
use store::{Engine, FromRow, Row, ToValue as _, params};
use testkit::blobs::BlobPlace;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use types::Roles;

use crate::app::{
    A, Gateway, World, arkivmelding, avtalt, files, serve, unpack, world, world_on_blobs, world_with,
};
use crate::receive::status_package;

/// Waits until this is so.
async fn until<F: Future<Output = bool>>(mut so: impl FnMut() -> F) {
    let waiting = async {
        while !so().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(90), waiting).await.expect("it takes too long");
}

/// A number that a query finds in a gateway's tables.
async fn number(of: &Gateway, sql: &'static str) -> i64 {
    let found = of.store.read(move |tx| tx.one::<i64>(sql, params![])).await;
    Result::<_, store::Error>::expect(found, "a number")
}

/// How often two transactions have waited for each other in a circle. They are run again, but only after
/// a second.
async fn deadlocks(of: &Gateway) -> i64 {
    match of.store.engine() {
        Engine::Sqlite => 0,
        Engine::Postgres => {
            number(of, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").await
        }
    }
}

/// The parts of a waiting message that its copies share.
struct Template {
    message_id: String,
    sbd: String,
}

impl FromRow for Template {
    fn from_row(row: &Row<'_>) -> store::Result<Self> {
        Ok(Self { message_id: row.get("message_id")?, sbd: row.get("sbd")? })
    }
}

/// Puts copies of one message that came in beside it, each with an id and a conversation of its own.
async fn multiply(world: &World, copies: i64) -> BTreeSet<String> {
    const INBOX: &str = "INSERT INTO exchange_inbox
            (id, number, owner, message_id, conversation_id, process, sender_identifier, receiver_identifier,
             service, kind, sbd, place, locked, locked_until, releases, expires, last_updated)
        SELECT $1, $2, owner, $3, conversation_id, process, sender_identifier, receiver_identifier,
             service, kind, $4, place, 0, 0, 0, expires, last_updated
        FROM exchange_inbox WHERE message_id = $5";
    const STORY: &str = "INSERT INTO exchange_conversations
            (id, owner, direction, message_id, conversation_id, sender, sender_identifier, process_identifier,
             document_identifier, message_reference, message_title, service, pollable, finished, expiry,
             last_update)
        SELECT $1, owner, direction, $2, conversation_id, sender, sender_identifier, process_identifier,
             document_identifier, message_reference, message_title, service, 0, 0, expiry, last_update
        FROM exchange_conversations WHERE message_id = $3";
    world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    let work = move |tx: &mut store::Tx<'_>| {
        let template: Template = tx.one("SELECT message_id, sbd FROM exchange_inbox", params![])?;
        let of = template.message_id.clone();
        let ids: Vec<_> = (0..copies).map(|_| uuid::Uuid::new_v4()).collect();
        let names: Vec<_> = ids.iter().map(ToString::to_string).collect();
        let documents: Vec<_> = names.iter().map(|name| template.sbd.replace(&of, name)).collect();
        let numbers: Vec<i64> = (1_000_000..1_000_000 + copies).collect();
        let mut messages = Vec::new();
        let mut stories = Vec::new();
        for (((id, name), document), number) in ids.iter().zip(&names).zip(&documents).zip(&numbers) {
            let (number, name, of) = (number.to_value(), name.to_value(), of.to_value());
            messages.push(vec![id.to_value(), number.clone(), name.clone(), document.to_value(), of.clone()]);
            stories.push(vec![number, name, of]);
        }
        tx.each(INBOX, &messages)?;
        tx.each(STORY, &stories)?;
        Ok::<_, store::Error>(names.iter().cloned().chain([of]).collect())
    };
    world.b.store.write(work).await.expect("copies")
}

/// Covers: IP-139
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consumers_at_two_nodes_share_a_full_inbox_and_none_gets_what_another_has() {
    let world = world().await;
    let second = world.another_node(&world.b).await;
    let ids = multiply(&world, 2_000).await;
    let consume = async |node: &Gateway| {
        let mut got = Vec::new();
        while let Some(id) = node.peek().await {
            let deleted = node.delete(&format!("api/messages/in/{id}")).await;
            assert_eq!(deleted.status, 200, "{deleted:?}");
            got.push(id);
        }
        got
    };

    let (one, two, three, four) =
        tokio::join!(consume(&world.b), consume(&second), consume(&world.b), consume(&second));

    assert!(!one.is_empty() && !two.is_empty(), "both nodes gave some");
    let all = [one, two, three, four].concat();
    assert_eq!(all.len(), ids.len(), "none came twice");
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), ids, "none was lost");
    let delivered = "SELECT count(*) FROM exchange_statuses WHERE status = 'INNKOMMENDE_LEVERT'";
    assert_eq!(number(&world.b, delivered).await, 2_001);
    assert_eq!(number(&world.b, "SELECT count(*) FROM exchange_conversations WHERE finished = 0").await, 0);
    assert_eq!(number(&world.b, "SELECT count(*) FROM exchange_inbox").await, 0);
    assert_eq!(deadlocks(&world.b).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn locks_that_ran_out_are_taken_once_whichever_node_is_asked() {
    let world = world().await;
    let second = world.another_node(&world.b).await;
    let ids = multiply(&world, 200).await;
    let peek_all = async |node: &Gateway| {
        let mut got = Vec::new();
        while let Some(id) = node.peek().await {
            got.push(id);
        }
        got
    };

    for round in 0..3 {
        let (one, two, three) = tokio::join!(peek_all(&world.b), peek_all(&second), peek_all(&world.b));
        let all = [one, two, three].concat();
        assert_eq!(all.len(), ids.len(), "none came twice in round {round}");
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), ids);
        world.pass(301);
    }
    assert_eq!(number(&world.b, "SELECT count(*) FROM exchange_inbox WHERE releases <> 2").await, 0);
}

/// Covers: IP-182
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statuses_that_two_nodes_fetch_at_once_are_recorded_once_and_never_taken_back() {
    let world = world().await;
    let second = world.another_node(&world.b).await;
    let mut to_a = avtalt();
    let address = &mut to_a["standardBusinessDocumentHeader"]["receiver"][0]["identifier"]["value"];
    *address = json!(format!("0192:{A}"));
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(world.b.draft(&to_a).await);
    }
    for (at, id) in ids.iter().enumerate() {
        for (by, status) in ["LEVERT", "MOTTATT", "LEVERT", "LEST"].into_iter().enumerate() {
            let reference = format!("8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c{at:02}{by:02}");
            world.smuggle(&reference, status_package(id, status)).await;
        }
    }

    tokio::join!(world.b.exchange.run_due(), second.exchange.run_due());
    world.settle().await;

    for id in &ids {
        let statuses = second.statuses(id).await;
        assert_eq!(statuses.len(), 4, "{statuses:?}");
        assert_eq!(statuses.into_iter().collect::<BTreeSet<_>>().len(), 4, "each once");
        let story = second.get(&format!("api/conversations/messageId/{id}")).await.json();
        assert_eq!(story["finished"], json!(true));
    }
    let take_off = async |node: &Gateway| {
        let mut taken = Vec::new();
        loop {
            let answer = node.get("api/statuses/peek").await;
            if answer.status != 200 {
                return taken;
            }
            let number = answer.json()["id"].as_i64().expect("a number");
            if node.delete(&format!("api/statuses/{number}")).await.status == 200 {
                taken.push(number);
            }
        }
    };
    let (one, two) = tokio::join!(take_off(&world.b), take_off(&second));
    let queued = [one, two].concat();
    assert_eq!(queued.len(), 8 * 4, "each was queued once, and taken off once");
    assert_eq!(queued.into_iter().collect::<BTreeSet<_>>().len(), 8 * 4);
    assert_eq!(deadlocks(&world.b).await, 0);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_and_its_repeat_fetched_by_two_nodes_at_once_are_shown_once() {
    let world = world().await;
    let second = world.another_node(&world.b).await;
    for _ in 0..5 {
        world.a.send(&arkivmelding(), &files()).await;
    }
    while world.a.exchange.run_due().await > 0 {}

    tokio::join!(world.b.exchange.run_due(), second.exchange.run_due());
    world.settle().await;

    assert_eq!(number(&world.b, "SELECT count(*) FROM exchange_inbox").await, 5);
    assert_eq!(number(&world.b, "SELECT count(*) FROM exchange_set_aside").await, 0);
    assert_eq!(world.b.blobs_of("in-container").await, 5);
    assert_eq!(world.b.blobs_of("in-package").await, 0);
}

/// What a subscriber was told, in its order: of which message, and which status.
fn told(subscriber: &Subscriber) -> Vec<(String, String)> {
    let all = subscriber.deliveries().all();
    let text = |json: &Json| json.as_str().expect("a text").to_owned();
    let events = all.iter().filter(|delivery| !delivery.is_ping());
    events.map(|delivery| (text(&delivery.json["messageId"]), text(&delivery.json["status"]))).collect()
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

/// Every deadline ends once, though both nodes look.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadlines_that_two_nodes_look_at_end_each_message_once() {
    let world = world().await;
    let second = Arc::new(world.another_node(&world.b).await);
    multiply(&world, 100).await;
    world.pass(25 * 3_600);

    tokio::join!(world.b.exchange.run_due(), second.exchange.run_due());

    let late = "SELECT count(*) FROM exchange_statuses WHERE status = 'LEVETID_UTLOPT'";
    assert_eq!(number(&world.b, late).await, 101);
    assert_eq!(number(&world.b, "SELECT count(*) FROM exchange_inbox").await, 0);
    assert_eq!(number(&world.b, "SELECT count(*) FROM exchange_conversations WHERE finished = 0").await, 0);
}
