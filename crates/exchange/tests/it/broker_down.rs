//! The broker is gone for an hour. Messages and statuses wait, are tried by the ladder, run out of time
//! where they must, and come once when it is back.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use store::params;

use crate::app::{A, Gateway, World, arkivmelding, avtalt, files, world};
use crate::nodes::number;

/// How long the broker is gone, in minutes.
const AWAY: u64 = 60;
/// Pauses of the ladder that end within the hour, in minutes rounded down: 20 s, 1, 3, 9 and 27 minutes.
const PAUSES: [u64; 5] = [0, 1, 3, 9, 27];

/// The same message with a deadline of its own.
fn until(mut sbd: Value, deadline: &str) -> Value {
    let scope = &mut sbd["standardBusinessDocumentHeader"]["businessScope"]["scope"][0];
    scope["scopeInformation"] = json!([{ "expectedResponseDateTime": deadline }]);
    sbd
}

fn to_a(mut sbd: Value) -> Value {
    let receiver = &mut sbd["standardBusinessDocumentHeader"]["receiver"][0]["identifier"]["value"];
    *receiver = json!(format!("0192:{A}"));
    sbd
}

/// How often it was tried to hand a message over.
async fn tries(of: &Gateway, id: &str) -> usize {
    let id = id.to_owned();
    let found = of.store.read(move |tx| {
        const SQL: &str = "SELECT count(*) FROM attempts a JOIN exchange_outbox m ON m.id = a.subject
            WHERE m.message_id = $1";
        tx.one::<i64>(SQL, params![id])
    });
    usize::try_from(Result::<_, store::Error>::expect(found.await, "a number")).expect("a count")
}

/// Lets an hour pass, minute by minute; answers in which minutes a message was tried again.
async fn an_hour(world: &World, id: &str) -> Vec<u64> {
    let (mut tried, mut minutes) = (tries(&world.a, id).await, Vec::new());
    for minute in 1..=AWAY {
        world.pass(60);
        world.settle().await;
        let now = tries(&world.a, id).await;
        if now > tried {
            minutes.push(minute);
        }
        tried = now;
    }
    minutes
}

/// Takes everything that waits; answers the ids.
async fn take_all(at: &Gateway) -> Vec<String> {
    let mut taken = Vec::new();
    while let Some(id) = at.peek().await {
        assert!([200, 204].contains(&at.get(&format!("api/messages/in/pop/{id}")).await.status.as_u16()));
        assert_eq!(at.delete(&format!("api/messages/in/{id}")).await.status, 200);
        taken.push(id);
    }
    taken
}

#[tokio::test]
async fn an_hour_without_a_broker_delays_and_neither_loses_nor_doubles() {
    let mut world = world().await;
    // One message waits at B, whose time will be over; of another B has yet to say that it has it.
    let unread = world.a.send(&until(avtalt(), "2026-03-02T10:45:00Z"), &[]).await;
    let taken = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;
    world.stop_broker().await;
    assert_eq!(world.b.get(&format!("api/messages/in/peek?messageId={taken}")).await.status, 200);
    assert_eq!(world.b.delete(&format!("api/messages/in/{taken}")).await.status, 200);
    let short = world.a.send(&until(avtalt(), "2026-03-02T10:45:00Z"), &[]).await;
    let with_files = world.a.send(&arkivmelding(), &files()).await;
    let mut forth = BTreeSet::from([with_files.clone()]);
    let mut back = BTreeSet::new();
    for _ in 0..5 {
        forth.insert(world.a.send(&avtalt(), &[]).await);
        back.insert(world.b.send(&to_a(avtalt()), &[]).await);
    }
    world.settle().await;

    let minutes = an_hour(&world, &with_files).await;

    let pauses: Vec<u64> =
        std::iter::once(minutes[0]).chain(minutes.windows(2).map(|pair| pair[1] - pair[0])).collect();
    assert_eq!(pauses.len(), PAUSES.len(), "tried in minutes {minutes:?}");
    for (pause, least) in pauses.iter().zip(PAUSES) {
        // Chance adds up to a tenth, and a look comes once a minute.
        assert!((least..=least + least / 10 + 2).contains(pause), "tried in minutes {minutes:?}");
    }
    assert_eq!(world.a.statuses(&with_files).await, ["OPPRETTET"]);
    assert_eq!(world.a.statuses(&taken).await, ["OPPRETTET", "SENDT", "MOTTATT"], "LEVERT waits");
    assert_eq!(world.a.statuses(&short).await, ["OPPRETTET", "LEVETID_UTLOPT"]);
    let told = ["OPPRETTET", "SENDT", "MOTTATT", "LEVETID_UTLOPT"];
    assert_eq!(world.a.statuses(&unread).await, told);
    assert_eq!(world.b.statuses(&unread).await, ["OPPRETTET", "INNKOMMENDE_MOTTATT", "LEVETID_UTLOPT"]);

    world.start_broker().await;
    for _ in 0..70 {
        world.pass(60);
        world.settle().await;
    }
    let (at_b, at_a) = (take_all(&world.b).await, take_all(&world.a).await);
    world.settle().await;
    assert_eq!((at_b.len(), at_a.len()), (forth.len(), back.len()), "each came once");
    assert_eq!(at_b.into_iter().collect::<BTreeSet<_>>(), forth);
    assert_eq!(at_a.into_iter().collect::<BTreeSet<_>>(), back);
    for id in forth.iter().chain([&taken]) {
        assert_eq!(world.a.statuses(id).await, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    }
    for id in &back {
        assert_eq!(world.b.statuses(id).await, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    }
    assert_eq!(world.a.statuses(&unread).await, told, "what was over stays so");
    nothing_is_left(&world).await;
}

async fn nothing_is_left(world: &World) {
    for gateway in [&world.a, &world.b] {
        assert_eq!(number(gateway, "SELECT count(*) FROM jobs").await, 0);
        assert_eq!(number(gateway, "SELECT count(*) FROM exchange_outbox").await, 0);
        assert_eq!(number(gateway, "SELECT count(*) FROM exchange_inbox").await, 0);
        for kind in ["out-file", "out-package", "status-package", "in-package", "in-container"] {
            assert_eq!(gateway.blobs_of(kind).await, 0, "{kind} is left over");
        }
    }
}
