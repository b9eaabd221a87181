//! From A to B, and what A hears of it.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use types::Roles;

use crate::app::{self, RESPONSE, arkivmelding, avtalt, files, message_id, sbd, unpack, world, world_with};

/// Covers: IP-36, IP-100, IP-117, IP-121, IP-146, IP-147, IP-148, IP-149, IP-153, IP-154, IP-156, IP-158, IP-159, ET-71, ET-72
#[tokio::test]
async fn a_message_sent_in_one_step_travels_to_levert() {
    let world = world().await;

    let id = world.a.send(&arkivmelding(), &files()).await;
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET"]);
    world.settle().await;
    assert_eq!(world.a.get(&format!("api/messages/out/{id}")).await.status, 404);
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT"]);
    assert_eq!(world.b.statuses(&id).await, ["OPPRETTET", "INNKOMMENDE_MOTTATT"]);

    assert_eq!(world.b.peek().await.as_deref(), Some(id.as_str()));
    let popped = world.b.get(&format!("api/messages/in/pop/{id}")).await;
    assert_eq!(popped.status, 200);
    assert_eq!(popped.headers["content-type"], "application/vnd.etsi.asic-e+zip");
    assert_eq!(popped.headers["content-disposition"], "attachment; filename=asic.zip");
    let again = world.b.get(&format!("api/messages/in/{id}")).await;
    assert!(popped.bytes == again.bytes, "popping twice gives the same bytes");
    let unpacked = unpack(popped.bytes);
    let mut expected: Vec<_> = files().into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    expected.reverse(); // the main document is first
    assert_eq!(
        unpacked.iter().filter(|(name, _)| name != "manifest.xml").cloned().collect::<Vec<_>>(),
        expected
    );

    let deleted = world.b.delete(&format!("api/messages/in/{id}")).await;
    assert_eq!((deleted.status.as_u16(), message_id(&deleted.json())), (200, id.clone()));
    assert_eq!(world.b.delete(&format!("api/messages/in/{id}")).await.refusal().0, 404);
    world.settle().await;
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    assert_eq!(world.b.statuses(&id).await, ["OPPRETTET", "INNKOMMENDE_MOTTATT", "INNKOMMENDE_LEVERT"]);
    assert_eq!(world.b.peek().await, None);
    for (gateway, kinds) in
        [(&world.a, ["out-file", "out-package"]), (&world.b, ["in-package", "in-container"])]
    {
        for kind in kinds {
            assert_eq!(gateway.blobs_of(kind).await, 0, "{kind} is left over");
        }
    }
}

/// Covers: IP-106, IP-116
#[tokio::test]
async fn a_message_sent_in_steps_travels_once_even_when_it_is_sent_twice() {
    let world = world().await;
    let id = world.a.draft(&arkivmelding()).await;
    for (name, bytes) in files() {
        assert_eq!(world.a.attach(&id, name, bytes).await.status, 200);
    }

    let path = format!("api/messages/out/{id}");
    let (first, second) = (world.a.post(&path).await, world.a.post(&path).await);
    world.settle().await;

    assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 200));
    assert!(first.bytes.is_empty());
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT"]);
    assert!(world.b.peek().await.is_some());
    assert_eq!(world.b.peek().await, None, "it came once");
}

/// Covers: IP-109, IP-151, IP-155
#[tokio::test]
async fn an_agreed_message_without_files_has_nothing_to_pop_and_stays() {
    let world = world().await;
    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;

    let peeked = world.b.get("api/messages/in/peek").await.json();
    assert_eq!(peeked["avtalt"], json!({ "identifier": "agreement-1", "content": { "case": 42 } }));
    assert_eq!(world.b.get(&format!("api/messages/in/pop/{id}")).await.status, 204);
    assert_eq!(world.b.delete(&format!("api/messages/in/{id}")).await.status, 200);
}

/// Covers: IP-110, IP-150, IP-160
#[tokio::test]
async fn a_receipt_comes_back_as_a_message_and_as_a_status() {
    let world = world().await;
    let id = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;

    let body = json!({
        "receiptType": "OK", "relatedToMessageId": id, "messages": [{ "code": "Recno", "text": "318923" }],
    });
    let mut receipt = sbd("arkivmelding_kvittering", RESPONSE, body);
    receipt["standardBusinessDocumentHeader"]["receiver"][0]["identifier"]["value"] =
        format!("0192:{}", app::A).into();
    let receipt_id = world.b.send(&receipt, &[]).await;
    world.settle().await;

    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT", "LEST"]);
    let page = world.a.get(&format!("api/statuses?messageId={id}&status=LEST")).await.json();
    assert_eq!(page["content"][0]["description"], "ArkivmeldingKvittering: OK");
    assert!(page["content"][0]["rawReceipt"].as_str().expect("a receipt").contains("318923"));
    assert_eq!(world.a.peek().await.as_deref(), Some(receipt_id.as_str()));
    assert_eq!(world.a.get(&format!("api/messages/in/pop/{receipt_id}")).await.status, 204);
}

#[tokio::test]
async fn a_file_of_a_hundred_megabytes_streams_through() {
    const PIECES: u32 = 1_650;
    let world = world().await;
    let id = world.a.draft(&avtalt()).await;
    let piece = |n: u32| {
        Bytes::from(
            (0..65_536_u32).map(|at| (at.wrapping_mul(n + 7) >> 3).to_le_bytes()[0]).collect::<Vec<_>>(),
        )
    };
    let pieces = stream::iter((0..PIECES).map(move |n| Ok::<_, std::io::Error>(piece(n))));

    let attached = world.a.attach(&id, "large.bin", reqwest::Body::wrap_stream(pieces)).await;
    assert_eq!(attached.status, 200, "{attached:?}");
    let listed = world.a.get(&format!("api/messages/out/{id}/files")).await.json();
    assert_eq!(listed[0]["size"], u64::from(PIECES) * 65_536);
    let sha256 = listed[0]["sha256"].as_str().expect("a hash").to_owned();
    world.a.post(&format!("api/messages/out/{id}")).await;
    world.settle().await;

    assert_eq!(world.b.peek().await.as_deref(), Some(id.as_str()));
    let popped = world.b.get(&format!("api/messages/in/pop/{id}")).await.bytes;
    let container = asic::Container::open(std::io::Cursor::new(popped), &asic::Limits::default());
    let verified =
        container.expect("a container").verify(asic::Trust::AnySigner, asic::UnixTime(1_800_000_000));
    let verified = verified.expect("its signature holds");
    let file = verified.documents().iter().find(|file| file.name == "large.bin").expect("the file");
    let sent: Vec<u8> = sha256.as_bytes().chunks(2).map(hexadecimal).collect();
    assert_eq!((file.size, file.sha256.to_vec()), (u64::from(PIECES) * 65_536, sent));
}

fn hexadecimal(digits: &[u8]) -> u8 {
    u8::from_str_radix(std::str::from_utf8(digits).expect("ASCII"), 16).expect("hexadecimal digits")
}

/// Covers: IP-118, IP-120, ET-78
#[tokio::test]
async fn a_broker_that_is_gone_is_tried_by_the_ladder_until_the_deadline() {
    let mut world = world().await;
    world.stop_broker().await;
    let id = world.a.send(&arkivmelding(), &files()).await;
    let attempts = async || -> i64 {
        let count = "SELECT count(*) FROM attempts";
        let counted = world.a.store.read(move |tx| tx.one::<i64>(count, store::params![])).await;
        Result::<_, store::Error>::expect(counted, "a number")
    };

    world.settle().await;
    assert_eq!(
        (attempts().await, world.a.get(&format!("api/messages/out/{id}")).await.status.as_u16()),
        (1, 200)
    );
    for (number, pause) in [(2, 20), (3, 60), (4, 180), (5, 540), (6, 1_620), (7, 3_600), (8, 3_600)] {
        world.pass(pause - 1);
        world.settle().await;
        assert_eq!(attempts().await, number - 1, "before {pause} seconds have passed");
        world.pass(pause / 10 + 2); // chance adds up to a tenth
        world.settle().await;
        assert_eq!(attempts().await, number);
    }
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET"]);

    world.pass(24 * 3_600);
    world.settle().await;
    assert_eq!(attempts().await, 8, "too late for another try");
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "LEVETID_UTLOPT"]);
    assert_eq!(world.a.get(&format!("api/messages/out/{id}")).await.status, 404);
}

#[tokio::test]
async fn the_loops_send_receive_and_tell_by_themselves_and_stop_when_told() {
    let world = world_with(|config| config.receive_interval_ms = 20).await;
    let stop = CancellationToken::new();
    let running = [&world.a, &world.b].map(|gateway| {
        let (exchange, stop) = (gateway.exchange.clone(), stop.clone());
        tokio::spawn(async move { exchange.run(Roles::all(), stop).await })
    });

    let id = world.a.send(&avtalt(), &[]).await;
    let soon = tokio::time::timeout(Duration::from_secs(30), async {
        while world.b.peek().await.is_none() {
            tokio::task::yield_now().await;
        }
        assert_eq!(world.b.delete(&format!("api/messages/in/{id}")).await.status, 200);
        while world.a.statuses(&id).await.last().map(String::as_str) != Some("LEVERT") {
            tokio::task::yield_now().await;
        }
    });
    soon.await.expect("LEVERT comes soon");

    stop.cancel();
    for loops in running {
        let ended = tokio::time::timeout(Duration::from_secs(30), loops).await;
        ended.expect("it stops").expect("without a panic");
    }
}
