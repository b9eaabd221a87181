//! `budstikke send message` and `budstikke inbox`: files on their way from one command line to another.

use serde_json::Value;
use trials::{Place, Said, run};

const ARKIVMELDING: &str = include_str!("../../demo/arkivmelding.xml");
const PDF: &[u8] = include_bytes!("../../demo/vedtak.pdf");
const OWN: &str = "310000001";
const PROCESS: &str = "urn:no:difi:profile:arkivmelding:planByggOgGeodata:ver1.0";

async fn budstikke(place: &Place, arguments: &[&str]) -> Said {
    let data = place.data().display().to_string();
    run(place.folder(), &[arguments, &["--data-dir", &data]].concat()).await
}

fn succeeded(said: Said) -> Said {
    assert!(said.status.success(), "{}{}", said.out, said.err);
    said
}

/// Files to send, in the place's folder.
fn put_files(place: &Place) {
    std::fs::write(place.folder().join("arkivmelding.xml"), ARKIVMELDING).expect("a file");
    std::fs::write(place.folder().join("vedtak.pdf"), PDF).expect("a file");
}

async fn send(place: &Place, more: &[&str]) -> Said {
    let files = ["--file", "arkivmelding.xml", "--file", "vedtak.pdf"];
    let fixed = ["send", "message", "--to", OWN, "--process", PROCESS];
    budstikke(place, &[&fixed[..], &files, more].concat()).await
}

#[tokio::test]
async fn a_message_is_sent_peeked_popped_unpacked_and_taken() {
    let place = Place::new();
    let server = place.start().await;
    put_files(&place);
    let empty = budstikke(&place, &["inbox", "peek"]).await;
    assert_eq!(empty.status.code(), Some(4), "{}", empty.err);

    let takes = succeeded(budstikke(&place, &["send", "message", "--to", OWN, "--list"]).await);
    assert!(takes.out.contains(PROCESS) && takes.out.contains("DPO"), "{}", takes.out);
    let sent = succeeded(send(&place, &["--wait", "sendt"]).await);
    let id = sent.out.lines().next().expect("an id").to_owned();

    let peeked = trials::eventually("the message to arrive", || async {
        let said = budstikke(&place, &["inbox", "peek", "--quiet"]).await;
        said.status.success().then(|| said.out.trim().to_owned())
    })
    .await;
    assert_eq!(peeked, id);
    let listed = succeeded(budstikke(&place, &["inbox", "list"]).await);
    assert!(listed.out.contains(&id) && listed.out.contains("arkivmelding"), "{}", listed.out);

    succeeded(budstikke(&place, &["inbox", "unlock", &id]).await);
    let locked = budstikke(&place, &["inbox", "pop", &id, "--to", "too-soon.asice"]).await;
    assert_eq!(locked.status.code(), Some(2), "what is not peeked is not popped: {}", locked.err);
    assert!(!place.folder().join("too-soon.asice").exists());
    succeeded(budstikke(&place, &["inbox", "peek"]).await);

    succeeded(budstikke(&place, &["inbox", "pop", &id, "--to", "message.asice"]).await);
    let unpacked = succeeded(budstikke(&place, &["inbox", "pop", &id, "--unpack", "inn/en", "--json"]).await);
    let unpacked: Value = serde_json::from_str(&unpacked.out).expect("JSON");
    assert_eq!(unpacked["files"].as_array().map(Vec::len), Some(2), "{unpacked:#}");
    let file = |name: &str| std::fs::read(place.folder().join("inn/en").join(name)).expect("a file");
    assert_eq!((file("vedtak.pdf"), file("arkivmelding.xml")), (PDF.to_vec(), ARKIVMELDING.into()));
    assert_eq!(std::fs::read_dir(place.folder().join("inn/en")).expect("a folder").count(), 2);
    for over in [["--to", "message.asice"], ["--unpack", "inn/en"]] {
        let refused = budstikke(&place, &[&["inbox", "pop", &id][..], &over].concat()).await;
        assert!(refused.err.contains("BUD-5003"), "nothing is written over: {}", refused.err);
    }
    assert_eq!(file("vedtak.pdf"), PDF);

    succeeded(budstikke(&place, &["inbox", "delete", &id]).await);
    assert_eq!(budstikke(&place, &["inbox", "peek"]).await.status.code(), Some(4));
    let status = succeeded(budstikke(&place, &["status", &id]).await);
    assert!(status.out.contains("message") && status.out.contains(&id), "{}", status.out);
    server.stop().await;
}

#[tokio::test]
async fn a_message_that_cannot_be_sent_so_is_refused_before_anything_is_kept() {
    let place = Place::new();
    let server = place.start().await;
    put_files(&place);
    let several = ["send", "message", "--to", OWN, "--file", "arkivmelding.xml", "--file", "vedtak.pdf"];
    let several = budstikke(&place, &several).await;
    assert_eq!(several.status.code(), Some(2), "{}", several.err);
    assert!(several.err.contains("--process") && several.err.contains(PROCESS), "{}", several.err);

    let odd = ["send", "message", "--to", OWN, "--kind", "pigeon", "--file", "vedtak.pdf"];
    let odd = budstikke(&place, &odd).await;
    assert!(odd.status.code() == Some(2) && odd.err.contains("BUD-4016"), "{}", odd.err);
    let nobody = budstikke(&place, &["send", "message", "--to", "310000019", "--file", "vedtak.pdf"]).await;
    assert!(nobody.status.code() == Some(4) && nobody.err.contains("BUD-4006"), "{}", nobody.err);
    let missing = budstikke(&place, &["send", "message", "--to", OWN, "--file", "nowhere.pdf"]).await;
    assert!(missing.err.contains("nowhere.pdf"), "{}", missing.err);

    let alone = ["send", "message", "--to", OWN, "--process", PROCESS, "--file", "vedtak.pdf"];
    let alone = budstikke(&place, &alone).await;
    assert!(
        !alone.status.success() && alone.err.contains("BUD-4005"),
        "an arkivmelding lacks: {}",
        alone.err
    );
    let drafts = server.exchange(reqwest::Method::GET, "/messages/out").send().await.expect("an answer");
    let drafts: Value = drafts.json().await.expect("JSON");
    assert_eq!(drafts["content"], Value::Array(Vec::new()), "no draft is left behind");
    server.stop().await;
}
