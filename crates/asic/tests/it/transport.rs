//! The zip that the broker carries.

use std::fs;
use std::io::{Cursor, Read, Write};

use asic::error::{TransportError, ZipError};
use asic::{
    EnvelopeWriter, HandOver, Limits, Transport, TransportWriter, open_envelope, pack, write_message,
};
use tempfile::TempDir;

use crate::support::{container, document, manifest, noise, now, pki, run};

const SBD: &[u8] = br#"{"standardBusinessDocumentHeader":{}}"#;

/// Covers: ET-31
#[test]
fn the_message_comes_first_and_the_sealed_container_second() {
    let mut writer = TransportWriter::begin(Vec::new(), SBD).expect("writable");
    let sealed = noise(400_000);
    for piece in sealed.chunks(70_001) {
        writer.write_all(piece).expect("memory does not fail");
    }
    let (bytes, size) = writer.finish().expect("memory does not fail");
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join(asic::TRANSPORT_NAME), &bytes).expect("writable");

    run(folder.path(), "unzip", &["-q", "-t", "sbd.zip"]);
    let names = run(folder.path(), "unzip", &["-Z1", "sbd.zip"]);
    assert_eq!(names.lines().collect::<Vec<_>>(), ["sbd.json", "asic.zip"]);
    assert_eq!(size, bytes.len() as u64);
    let mut transport = Transport::open(Cursor::new(&bytes), &Limits::default()).expect("ours");
    assert_eq!(transport.sbd().expect("there"), SBD);
    let mut read = Vec::new();
    transport.container().expect("ours").expect("there").read_to_end(&mut read).expect("readable");
    assert!(read == sealed);
}

/// Covers: ET-20
#[test]
fn a_message_without_files_has_no_container() {
    let (bytes, size) = write_message(Vec::new(), SBD).expect("writable");

    let mut transport = Transport::open(Cursor::new(&bytes), &Limits::default()).expect("ours");

    assert_eq!(size, bytes.len() as u64);
    assert!(!transport.has_container());
    assert!(transport.container().expect("ours").is_none());
    assert_eq!(transport.sbd().expect("there"), SBD);
}

/// Covers: ET-32
#[test]
fn unknown_entries_are_passed_over_and_a_missing_message_is_an_error() {
    let folder = TempDir::new().expect("a folder");
    let dir = folder.path();
    for (name, content) in [("manifest.xml", &b"<x/>"[..]), ("sbd.json", SBD), ("asic.zip", b"cms")] {
        fs::write(dir.join(name), content).expect("writable");
    }
    run(dir, "zip", &["-q", "all.zip", "manifest.xml", "sbd.json", "asic.zip"]);
    run(dir, "zip", &["-q", "without.zip", "asic.zip"]);
    let open = |name: &str| {
        let file = fs::File::open(dir.join(name)).expect("zipped");
        Transport::open(file, &Limits::default())
    };

    let mut all = open("all.zip").expect("complete");

    assert_eq!(all.sbd().expect("there"), SBD);
    assert!(all.has_container());
    assert!(matches!(open("without.zip"), Err(TransportError::NoSbd)));
}

#[test]
fn a_damaged_message_is_noticed() {
    let (mut bytes, _) = write_message(Vec::new(), SBD).expect("writable");
    bytes[40] ^= 1;

    let mut transport = Transport::open(Cursor::new(&bytes), &Limits::default()).expect("looks fine");

    assert!(matches!(transport.sbd(), Err(TransportError::Zip(ZipError::Damaged(_)))));
}

#[test]
fn the_whole_pipeline_goes_there_and_back_over_two_threads() {
    let content = noise(2_000_000);
    let transport = TransportWriter::begin(Vec::new(), SBD).expect("writable");
    let recipient = [pki().receiver.certificate().clone()];
    let envelope = EnvelopeWriter::new(transport, &recipient).expect("usable");
    let mut hand_over = HandOver::to(envelope).expect("a thread");
    let documents = [document("a.bin", &content)];
    let manifest = manifest("a.bin", "application/octet-stream");

    pack(&mut hand_over, Some(&manifest), documents, &pki().sender, now()).expect("packable");
    let envelope = hand_over.finish().expect("memory does not fail");
    let transport = envelope.finish().expect("memory does not fail");
    let (sent, _) = transport.finish().expect("memory does not fail");

    let mut transport = Transport::open(Cursor::new(&sent), &Limits::default()).expect("ours");
    let sealed = transport.container().expect("ours").expect("there");
    let mut opened = Vec::new();
    let receiver = std::slice::from_ref(&pki().receiver);
    open_envelope(sealed, receiver).expect("ours").read_to_end(&mut opened).expect("whole");
    let mut verified = crate::support::open(&opened).expect("sound");
    let mut read = Vec::new();
    verified.read("a.bin").expect("there").read_to_end(&mut read).expect("readable");
    assert!(read == content);
}

#[test]
fn a_sealed_container_altered_on_the_way_is_noticed_by_the_transport() {
    let mut writer = TransportWriter::begin(Vec::new(), SBD).expect("writable");
    writer.write_all(&crate::support::envelope(&container())).expect("memory does not fail");
    let (mut bytes, _) = writer.finish().expect("memory does not fail");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;

    let mut transport = Transport::open(Cursor::new(&bytes), &Limits::default()).expect("looks fine");
    let sealed = transport.container().expect("looks fine").expect("there");
    let receiver = std::slice::from_ref(&pki().receiver);
    let result = open_envelope(sealed, receiver).expect("begins well").read_to_end(&mut Vec::new());

    let error = result.expect_err("altered");
    assert!(matches!(ZipError::inside(&error), Some(ZipError::Damaged(_))), "{error}");
}
