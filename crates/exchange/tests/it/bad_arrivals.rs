//! Hostile and broken packages, each on its whole way: through the broker, to an answer of its own, with
//! nothing stored half and the queue behind it going on.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use asic::{EnvelopeWriter, TransportWriter};
use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::app::{B, World, avtalt, identity_of, world_with};
use crate::receive::{container, envelope_of};

/// The most bytes that a message may have, unpacked; bombs have more.
const LIMIT: u64 = 50 << 20;

/// A package, and words of the reason for which it is set aside.
struct Bad {
    package: Vec<u8>,
    reason: &'static str,
    /// Whether its envelope can be believed, so that the message has a story.
    has_story: bool,
}

/// A zip with these entries; its `mimetype` is never compressed.
fn zip_of(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let method = if *name == "mimetype" { CompressionMethod::Stored } else { method };
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("an entry");
        zip.write_all(bytes).expect("memory does not fail");
    }
    zip.finish().expect("a zip").into_inner()
}

const MIMETYPE: (&str, &[u8]) = ("mimetype", b"application/vnd.etsi.asic-e+zip");

fn stored(entries: &[(&str, &[u8])]) -> Vec<u8> {
    zip_of(&[&[MIMETYPE], entries].concat(), CompressionMethod::Stored)
}

/// What is in a good container, with something done to it.
fn again(change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(container())).expect("a zip");
    let mut entries = Vec::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("bytes");
        entries.push((name, bytes));
    }
    change(&mut entries);
    let entries: Vec<_> = entries.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    zip_of(&entries, CompressionMethod::Stored)
}

fn encrypted(container: &[u8], recipient: usize) -> Vec<u8> {
    let recipient = identity_of(recipient).certificate().clone();
    let mut envelope = EnvelopeWriter::new(Vec::new(), &[recipient]).expect("an envelope");
    envelope.write_all(container).expect("memory does not fail");
    envelope.finish().expect("an envelope")
}

/// A package with this in place of the encrypted container.
fn around(id: &str, encrypted: &[u8]) -> Vec<u8> {
    let sbd = envelope_of(id).to_string();
    let mut transport = TransportWriter::begin(Vec::new(), sbd.as_bytes()).expect("a package");
    transport.write_all(encrypted).expect("memory does not fail");
    transport.finish().expect("a package").0
}

fn id(number: usize) -> String {
    format!("0b6d7c3e-9a55-4d0b-8c55-2f4a7f2f{number:04}")
}

/// Packages whose envelope nobody can believe.
fn without_an_envelope() -> Vec<Bad> {
    let bad = |package: Vec<u8>, reason| Bad { package, reason, has_story: false };
    let whole = around(&id(0), &encrypted(&container(), 1));
    let bomb = vec![b' '; 40 << 20];
    vec![
        bad(b"this is no zip at all".to_vec(), "no directory at its end"),
        bad(whole[..whole.len() - 40].to_vec(), "no directory at its end"),
        bad(zip_of(&[("x.txt", b"x")], CompressionMethod::Stored), "has no sbd.json"),
        bad(zip_of(&[("sbd.json", b"{ not JSON")], CompressionMethod::Stored), "sbd.json: "),
        bad(zip_of(&[("sbd.json", bomb.as_slice())], CompressionMethod::Deflated), "\"sbd.json\" unpacks to"),
        bad(zip_of(&[("../sbd.json", b"{}")], CompressionMethod::Stored), "\"../sbd.json\" is not allowed"),
    ]
}

/// Packages whose envelope is fine, and whose container is not: what stands in its place, and the reason.
fn with_a_bad_container() -> Vec<(&'static str, Vec<u8>)> {
    [bad_encryption(), bad_zips(), bad_contents()].concat()
}

fn bad_encryption() -> Vec<(&'static str, Vec<u8>)> {
    let whole = encrypted(&container(), 1);
    let mut undecryptable = whole.clone();
    // The key that is wrapped for the recipient lies at the beginning, with the content behind it.
    let at = undecryptable.len().min(500);
    undecryptable[at - 1] ^= 0xff;
    vec![
        ("the envelope around the container: ", whole[..whole.len() / 2].to_vec()),
        ("the envelope cannot be decrypted", undecryptable),
        ("addressed to another certificate", encrypted(&container(), 2)),
    ]
}

fn bad_zips() -> Vec<(&'static str, Vec<u8>)> {
    let bomb = zip_of(&[MIMETYPE, ("a.txt", &vec![0; 60 << 20])], CompressionMethod::Deflated);
    let mut twice = stored(&[("a.txt", b"one"), ("b.txt", b"two")]);
    let names: Vec<usize> = (0..twice.len() - 5).filter(|&at| &twice[at..at + 5] == b"b.txt").collect();
    for at in names {
        twice[at] = b'a';
    }
    let half = container()[..container().len() / 2].to_vec();
    let all = [
        ("the container: the archive has no directory", half),
        ("a segment that is empty, . or ..", stored(&[("../../etc/passwd", b"x")])),
        ("it is absolute", stored(&[("/etc/passwd", b"x")])),
        ("it has a backslash", stored(&[("..\\a.txt", b"x")])),
        ("unpacks to", bomb),
        ("two entries are named \"a.txt\"", twice),
    ];
    all.map(|(reason, container)| (reason, encrypted(&container, 1))).into()
}

fn bad_contents() -> Vec<(&'static str, Vec<u8>)> {
    let is_list = |name: &str| name.eq_ignore_ascii_case("META-INF/asicmanifest.xml");
    let with_type = again(|entries| {
        for (_, bytes) in entries.iter_mut().filter(|(name, _)| is_list(name)) {
            let text = String::from_utf8(bytes.clone()).expect("text");
            let at = text.find("?>").map_or(0, |at| at + 2);
            *bytes = format!("{}<!DOCTYPE x [<!ENTITY a \"aaa\">]>{}", &text[..at], &text[at..]).into_bytes();
        }
    });
    let altered = again(|entries| {
        for (_, bytes) in entries.iter_mut().filter(|(name, _)| name == "a.txt") {
            bytes[0] ^= 0xff;
        }
    });
    let is_signature = |name: &str| Path::new(name).extension().is_some_and(|end| end == "p7s");
    let all = [
        ("no ASiC manifest", stored(&[("a.txt", b"x")])),
        (
            "\"smuglergods.txt\" is not covered",
            again(|entries| entries.push(("smuglergods.txt".to_owned(), b"x".to_vec()))),
        ),
        ("\"a.txt\" has another content", altered),
        ("\"a.txt\" is listed but missing", again(|entries| entries.retain(|(name, _)| name != "a.txt"))),
        ("is missing", again(|entries| entries.retain(|(name, _)| !is_signature(name)))),
        ("a document type declaration", with_type),
    ];
    all.map(|(reason, container)| (reason, encrypted(&container, 1))).into()
}

/// Every package, with the id of the message that it pretends to be.
fn all() -> Vec<(String, Bad)> {
    let without = without_an_envelope();
    let first = without.len();
    let with = with_a_bad_container().into_iter().enumerate().map(|(at, (reason, encrypted))| Bad {
        package: around(&id(first + at), &encrypted),
        reason,
        has_story: true,
    });
    without.into_iter().chain(with).enumerate().map(|(at, bad)| (id(at), bad)).collect()
}

async fn reasons(world: &World) -> Vec<(Option<String>, String)> {
    let rows = exchange::overview::set_aside(&world.b.store, B.parse().expect("nine digits"), 100).await;
    let mut rows = rows.expect("rows");
    // Packages of one batch are taken in side by side.
    rows.sort_by(|one, other| one.reference.cmp(&other.reference));
    rows.into_iter().map(|row| (row.message_id, row.reason)).collect()
}

#[tokio::test]
async fn every_bad_package_is_answered_by_its_own_reason_and_stops_nobody() {
    let world = world_with(|config| config.receive_limit_bytes = LIMIT).await;
    let all = all();
    let first = world.a.send(&avtalt(), &[]).await;
    for (number, (_, bad)) in all.iter().enumerate() {
        let reference = format!("8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c{number:04}");
        world.smuggle(&reference, bad.package.clone()).await;
    }
    let last = world.a.send(&avtalt(), &[]).await;
    world.settle().await;

    let reasons = reasons(&world).await;
    assert_eq!(reasons.len(), all.len(), "{reasons:#?}");
    for ((id, bad), (message_id, reason)) in all.iter().zip(&reasons) {
        assert!(reason.contains(bad.reason), "{:?} in {reason:?}", bad.reason);
        if bad.has_story {
            assert_eq!(message_id.as_ref(), Some(id));
            assert_eq!(world.b.statuses(id).await, ["OPPRETTET", "FEIL"], "{reason}");
            let page = world.b.get(&format!("api/statuses?messageId={id}&status=FEIL")).await.json();
            let told = page["content"][0]["description"].as_str().expect("a description").to_owned();
            assert!(told.contains(bad.reason), "{told:?}");
        } else {
            assert_eq!(*message_id, None, "{reason}");
            assert_eq!(world.b.get(&format!("api/conversations/messageId/{id}")).await.status, 404);
        }
    }
    let shown = BTreeSet::from([world.b.peek().await, world.b.peek().await]);
    assert_eq!(shown, BTreeSet::from([Some(first), Some(last)]), "the queue before and behind goes on");
    assert_eq!(
        world.b.get("api/messages/in").await.json()["totalElements"],
        json!(2),
        "nothing else came in"
    );
    assert_eq!(world.b.blobs_of("in-container").await, 0, "nothing is stored half");
    assert_eq!(world.b.blobs_of("in-package").await, all.len(), "all are kept for somebody to look at");

    world.pass(3_600);
    world.settle().await;
    assert_eq!(self::reasons(&world).await.len(), all.len(), "the broker offers none of them again");
}
