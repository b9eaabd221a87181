//! What comes in: repeats, forgeries, broken packages and latecomers.

use std::io::{Cursor, Write as _};

use asic::{EnvelopeWriter, Manifest, TransportWriter, UnixTime};
use serde_json::{Value, json};

use crate::app::{A, B, World, avtalt, identity_of, message_id, sbd, world, world_with};

const REFERENCE: &str = "8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c7c11";
const OTHER: &str = "8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c7c12";
const MESSAGE: &str = "0b6d7c3e-9a55-4d0b-8c55-2f4a7f2f6f10";

/// A whole envelope, as it stands in a package.
pub fn envelope(kind: &str, body: Value, deadline: &str) -> Value {
    let mut sbd = if kind == "avtalt" { avtalt() } else { sbd(kind, "x", body) };
    let header = &mut sbd["standardBusinessDocumentHeader"];
    header["sender"] =
        json!([{ "identifier": { "value": format!("0192:{A}"), "authority": "iso6523-actorid-upis" } }]);
    header["documentIdentification"]["instanceIdentifier"] = json!(MESSAGE);
    let scope = &mut header["businessScope"]["scope"][0];
    scope["instanceIdentifier"] = json!("5f0f2a5e-0d4c-4b86-a0a3-7a51e9d3c2b4");
    scope["scopeInformation"] = json!([{ "expectedResponseDateTime": deadline }]);
    sbd
}

fn agreed() -> Value {
    envelope("avtalt", json!({}), "2026-03-03T10:15:00Z")
}

/// An envelope for a message of this id.
pub fn envelope_of(id: &str) -> Value {
    let mut sbd = agreed();
    sbd["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"] = json!(id);
    sbd
}

pub fn package(sbd: &Value) -> Vec<u8> {
    asic::write_message(Vec::new(), sbd.to_string().as_bytes()).expect("a package").0
}

/// A status that A reports on a message of B's.
pub fn status_package(id: &str, status: &str) -> Vec<u8> {
    let mut sbd = envelope("status", json!({ "status": status }), "2026-03-02T10:00:00Z");
    sbd["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"] = json!(id);
    package(&sbd)
}

/// A package with one file, signed by one of the tests' organizations; `spoil` may alter the container.
fn package_with_file(sbd: &Value, signer: usize, spoil: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    package_around(sbd, "unaltered text, unaltered text", signer, spoil)
}

/// A container with one file, `a.txt`, that is as it should be.
pub fn container() -> Vec<u8> {
    container_of("unaltered text, unaltered text", 0)
}

fn container_of(text: &str, signer: usize) -> Vec<u8> {
    let manifest = Manifest {
        receiver: format!("0192:{B}"),
        sender: format!("0192:{A}"),
        main_document: "a.txt".to_owned(),
        main_media_type: "text/plain".to_owned(),
    };
    let content = Cursor::new(text.as_bytes().to_vec());
    let document = asic::Document { name: "a.txt".to_owned(), media_type: None, content };
    let mut container = Vec::new();
    let at = UnixTime(1_772_446_500);
    asic::pack(&mut container, Some(&manifest), [Ok(document)], &identity_of(signer), at)
        .expect("a container");
    container
}

fn package_around(sbd: &Value, text: &str, signer: usize, spoil: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut container = container_of(text, signer);
    spoil(&mut container);
    let transport = TransportWriter::begin(Vec::new(), sbd.to_string().as_bytes()).expect("a package");
    let recipient = identity_of(1).certificate().clone();
    let mut envelope = EnvelopeWriter::new(transport, &[recipient]).expect("an envelope");
    envelope.write_all(&container).expect("memory does not fail");
    envelope.finish().expect("an envelope").finish().expect("a package").0
}

pub async fn set_aside(world: &World) -> Vec<String> {
    let rows = exchange::overview::set_aside(&world.b.store, B.parse().expect("nine digits"), 10).await;
    rows.expect("rows").into_iter().map(|row| row.reason).collect()
}

pub async fn waiting(world: &World) -> Value {
    world.b.get("api/messages/in").await.json()["totalElements"].clone()
}

/// Covers: IP-163, ET-79
#[tokio::test]
async fn a_repeat_is_shown_once_also_after_the_client_has_deleted_the_message() {
    let world = world().await;
    world.smuggle(REFERENCE, package_with_file(&agreed(), 0, |_| {})).await;
    world.smuggle(OTHER, package_with_file(&agreed(), 0, |_| {})).await;
    world.settle().await;

    assert_eq!(waiting(&world).await, 1);
    assert_eq!(world.b.blobs_of("in-container").await, 1);
    assert_eq!(world.b.peek().await.as_deref(), Some(MESSAGE));
    assert_eq!(world.b.delete(&format!("api/messages/in/{MESSAGE}")).await.status, 200);

    world.smuggle("8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c7c13", package(&agreed())).await;
    world.settle().await;
    assert_eq!(waiting(&world).await, 0);
    assert_eq!(set_aside(&world).await, Vec::<String>::new());
}

/// Covers: ET-49
#[tokio::test]
async fn a_package_that_was_altered_is_set_aside_and_stops_nobody() {
    let world = world().await;
    let altered = package_with_file(&agreed(), 0, |container| {
        // Somewhere in the file's data: behind the local header of its entry.
        let name = b"a.txt";
        let at = container.windows(name.len()).position(|window| window == name).expect("its name");
        let name_in_entry = at;
        container[name_in_entry + name.len() + 3] ^= 0xff;
    });
    world.smuggle(REFERENCE, altered).await;
    world.smuggle(OTHER, b"this is no zip at all".to_vec()).await;
    let fine = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    world.settle().await;

    assert_eq!(world.b.peek().await.as_deref(), Some(fine.as_str()));
    assert_eq!(world.b.peek().await, None);
    assert_eq!(set_aside(&world).await.len(), 2);
    assert_eq!(world.b.blobs_of("in-package").await, 2, "they are kept for somebody to look at");
    assert_eq!(world.b.blobs_of("in-container").await, 0);
    assert_eq!(world.b.statuses(MESSAGE).await, ["OPPRETTET", "FEIL"]);
}

#[tokio::test]
async fn a_package_in_anothers_name_or_with_a_third_member_is_set_aside() {
    let world = world().await;
    let mut forged = agreed();
    forged["standardBusinessDocumentHeader"]["sender"][0]["identifier"]["value"] = json!("0192:310000003");
    world.smuggle(REFERENCE, package(&forged)).await;
    let mut third = agreed();
    third["third"] = json!({});
    world.smuggle(OTHER, package(&third)).await;
    world.settle().await;

    let mut reasons = set_aside(&world).await;
    reasons.sort();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(
        reasons.iter().any(|reason| reason.contains("the channel says it is from 310000001")),
        "{reasons:?}"
    );
    assert!(reasons.iter().any(|reason| reason.contains("third")), "{reasons:?}");
    assert_eq!(waiting(&world).await, 0);
}

#[tokio::test]
async fn a_package_over_the_limit_is_left_where_it_is_and_one_that_unpacks_to_more_is_set_aside() {
    let world = world_with(|config| config.receive_limit_bytes = 50_000).await;
    let mut long = agreed();
    long["avtalt"]["content"] = json!("x".repeat(60_000));
    world.smuggle(REFERENCE, package(&long)).await;
    world.smuggle(OTHER, package_around(&agreed(), &"x".repeat(60_000), 0, |_| {})).await;
    let fine = world.a.send(&avtalt(), &[]).await;
    world.settle().await;

    assert_eq!(world.b.peek().await.as_deref(), Some(fine.as_str()));
    assert_eq!(world.b.peek().await, None);
    assert_eq!(set_aside(&world).await.len(), 1, "{:?}", set_aside(&world).await);
    assert_eq!(world.b.blobs_of("in-package").await, 1);
}

/// Covers: IP-161
#[tokio::test]
async fn a_latecomer_is_recorded_and_not_shown() {
    let world = world().await;
    world.smuggle(REFERENCE, package(&envelope("avtalt", json!({}), "2026-03-02T10:14:00Z"))).await;
    world.settle().await;

    assert_eq!(waiting(&world).await, 0);
    assert_eq!(world.b.statuses(MESSAGE).await, ["OPPRETTET", "LEVETID_UTLOPT"]);
}

/// Covers: ET-76, ET-80, IP-182
#[tokio::test]
async fn only_the_receiver_of_a_message_may_report_on_it_and_late_facts_are_kept() {
    let world = world().await;
    // B has a message out to A, whose statuses the test sends in A's name.
    let mut to_a = avtalt();
    let receiver =
        json!([{ "identifier": { "value": format!("0192:{A}"), "authority": "iso6523-actorid-upis" } }]);
    to_a["standardBusinessDocumentHeader"]["receiver"] = receiver;
    let to_a = world.b.draft(&to_a).await;
    // … and one to itself, about which A has nothing to say.
    let to_b = world.b.draft(&avtalt()).await;
    let mut number = 0;
    for (id, name) in [
        (&to_a, "LEVERT"),
        (&to_a, "MOTTATT"),
        (&to_a, "LEVERT"),
        (&to_a, "INNKOMMENDE_LEVERT"),
        (&to_b, "LEVERT"),
    ] {
        number += 1;
        world
            .smuggle(&format!("8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c7d{number:02}"), status_package(id, name))
            .await;
        world.settle().await;
    }

    assert_eq!(world.b.statuses(&to_a).await, ["OPPRETTET", "LEVERT", "MOTTATT"]);
    assert_eq!(world.b.statuses(&to_b).await, ["OPPRETTET"]);
    let story = world.b.get(&format!("api/conversations/messageId/{to_a}")).await.json();
    let shown: Vec<_> =
        story["messageStatuses"].as_array().expect("a list").iter().map(|s| &s["status"]).collect();
    assert_eq!(shown, ["OPPRETTET", "MOTTATT", "LEVERT"], "shown by how far the message has come");
    let described: Vec<_> = story["messageStatuses"].as_array().expect("a list").iter().collect();
    assert_eq!(described[1]["description"], "Late: came after LEVERT");
    assert!(described[2].get("description").is_none(), "the other was in time");
    assert_eq!((&story["finished"], message_id(&agreed()).as_str()), (&json!(true), MESSAGE));
}
