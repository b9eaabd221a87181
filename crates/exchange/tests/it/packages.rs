//! What containers look like when they arrive.

use std::process::Command;

use exchange::SignatureHash;

use crate::app::{arkivmelding, case_document, files, world, world_with};

/// Covers: ET-3
#[tokio::test]
async fn the_main_document_comes_first_behind_the_manifest_and_the_others_as_they_were_given() {
    let world = world().await;
    let given = [
        ("b.pdf", b"%PDF-1.7 b".to_vec()),
        ("svar.pdf", b"%PDF-1.7 svar".to_vec()),
        ("arkivmelding.xml", case_document()),
        ("a.pdf", b"%PDF-1.7 a".to_vec()),
    ];
    let id = world.a.send(&arkivmelding(), &given).await;
    world.settle().await;
    assert_eq!(world.b.peek().await.as_ref(), Some(&id));

    let container = world.b.get(&format!("api/messages/in/pop/{id}")).await.bytes;

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.asice");
    std::fs::write(&path, container).expect("writable");
    let listed = Command::new("unzip").arg("-Z1").arg(&path).output().expect("unzip");
    let listed = String::from_utf8(listed.stdout).expect("UTF-8");
    let names: Vec<&str> = listed.lines().collect();
    let wanted = ["mimetype", "manifest.xml", "svar.pdf", "b.pdf", "arkivmelding.xml", "a.pdf"];
    assert_eq!(names[..6], wanted);
    assert!(names[6..].iter().all(|name| name.starts_with("META-INF/")), "{names:?}");
}

#[tokio::test]
async fn signatures_are_made_with_sha1_where_that_is_configured() {
    for (configured, expected) in
        [(SignatureHash::Sha256, asic::Hash::Sha256), (SignatureHash::Sha1, asic::Hash::Sha1)]
    {
        let world = world_with(move |config| config.signature_hash = configured).await;
        let id = world.a.send(&arkivmelding(), &files()).await;
        world.settle().await;
        assert_eq!(world.b.peek().await.as_ref(), Some(&id));
        let container = world.b.get(&format!("api/messages/in/pop/{id}")).await.bytes;

        let opened = asic::Container::open(std::io::Cursor::new(container), &asic::Limits::default());
        let at = asic::UnixTime(1_800_000_000);
        let verified = opened.expect("sound").verify(asic::Trust::AnySigner, at).expect("a signature");
        assert_eq!(verified.signatures()[0].hash, expected);
    }
}
