//! Two nodes of one organization receive, and give what they received to clients: each message once.

use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};

use serde_json::json;
use store::{Engine, FromRow, Row, ToValue as _, params};
use tokio::sync::Notify;

use crate::app::{A, Gateway, World, arkivmelding, avtalt, files, world};
use crate::nodes::{deadlocks, number, until};
use crate::receive::status_package;

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

/// Every deadline ends once, though both nodes look.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadlines_that_two_nodes_look_at_end_each_message_once() {
    let world = world().await;
    let second = world.another_node(&world.b).await;
    multiply(&world, 100).await;
    world.pass(25 * 3_600);

    tokio::join!(world.b.exchange.run_due(), second.exchange.run_due());

    let late = "SELECT count(*) FROM exchange_statuses WHERE status = 'LEVETID_UTLOPT'";
    assert_eq!(number(&world.b, late).await, 101);
    assert_eq!(number(&world.b, "SELECT count(*) FROM exchange_inbox").await, 0);
    assert_eq!(number(&world.b, "SELECT count(*) FROM exchange_conversations WHERE finished = 0").await, 0);
}

/// On the embedded engine the look has nothing to wait for, and begins before or after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_finished_while_a_node_looks_at_its_deadline_is_not_said_to_be_late() {
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let world = world().await;
    multiply(&world, 0).await;
    world.pass(25 * 3_600);

    let begun = Arc::new(Notify::new());
    let (tell, (go_on, told)) = (Arc::clone(&begun), mpsc::channel());
    let finish = world.b.store.write(move |tx| {
        tx.execute("UPDATE exchange_conversations SET finished = 1", params![])?;
        tell.notify_one();
        // Whoever has gone away does not hold this up.
        let _ = told.recv();
        Ok::<_, store::Error>(())
    });
    let look = async {
        begun.notified().await;
        let wait = async {
            if world.b.store.engine() == Engine::Postgres {
                until(async || number(&world.b, WAITING).await > 0).await;
            }
            go_on.send(()).expect("somebody waits");
        };
        tokio::join!(world.b.exchange.run_due(), wait)
    };
    let (finished, _) = tokio::join!(finish, look);
    finished.expect("no failure");

    let late = "SELECT count(*) FROM exchange_statuses WHERE status = 'LEVETID_UTLOPT'";
    assert_eq!(number(&world.b, late).await, 0);
    assert_eq!(number(&world.b, "SELECT count(*) FROM exchange_inbox").await, 0);
}
