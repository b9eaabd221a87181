//! Trays: clients that speak no HTTP.

use std::fs;
use std::path::{Path, PathBuf};

use exchange::trays::{TrayConfig, TrayForm};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::app::{World, arkivmelding, avtalt, files, world_with};

/// A gateway A with a tray, a gateway B with another, and a broker between them.
struct Desk {
    world: World,
    place: TempDir,
}

async fn desk() -> Desk {
    let place = tempfile::tempdir().expect("a folder");
    for name in ["send", "received", "statuses"] {
        fs::create_dir(place.path().join(name)).expect("a folder");
    }
    let root = place.path().to_owned();
    let world = world_with(move |config| {
        let tray = TrayConfig {
            name: "archive".to_owned(),
            received: Some(root.join("received")),
            processes: Vec::new(),
            form: TrayForm::Files,
            send: Some(root.join("send")),
            statuses: Some(root.join("statuses")),
        };
        config.trays = vec![tray];
    })
    .await;
    Desk { world, place }
}

impl Desk {
    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn put(&self, name: &str, sbd: &Value, files: &[(&str, Vec<u8>)]) {
        let half = self.path("send").join(format!(".{name}"));
        fs::create_dir_all(half.join("files")).expect("a folder");
        fs::write(half.join("sbd.json"), sbd.to_string()).expect("room");
        for (file, bytes) in files {
            fs::write(half.join("files").join(file), bytes).expect("room");
        }
        fs::rename(half, self.path("send").join(name)).expect("a name");
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

#[tokio::test]
async fn a_client_without_http_sends_receives_and_hears_through_folders() {
    // Both gateways look after the same tray: A's message goes out of it, and B's copy comes into it.
    let desk = desk().await;
    desk.put("case-1", &arkivmelding(), &files());

    desk.world.settle().await;

    let answer = read(&desk.path("send/sent/case-1.json"));
    let id = answer["messageId"].as_str().expect("an id");
    assert_eq!(names(&desk.path("send")), ["sent"]);
    let received = desk.path("received").join(id);
    assert_eq!(fs::read(received.join("files/svar.pdf")).expect("a file"), b"%PDF-1.7 svar");
    let envelope = read(&received.join("sbd.json"));
    assert_eq!(crate::app::message_id(&envelope), id);
    let told: Vec<String> = names(&desk.path("statuses"));
    let told = |status: &str| told.iter().any(|name| name.ends_with(&format!("{id}-{status}.json")));
    for status in ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT", "INNKOMMENDE_MOTTATT", "INNKOMMENDE_LEVERT"] {
        assert!(told(status), "{status} was not told");
    }
    assert_eq!(desk.world.b.peek().await, None, "the tray has it");
}

#[tokio::test]
async fn what_cannot_be_sent_is_set_apart_with_the_answer_a_client_would_get() {
    let desk = desk().await;
    desk.put("no-file", &arkivmelding(), &[]);
    desk.put("no-json", &json!("hello"), &[]);

    desk.world.settle().await;

    let rejected = desk.path("send/rejected");
    let reasons = ["no-file", "no-file.reason.txt", "no-json", "no-json.reason.txt"];
    assert_eq!(names(&rejected), reasons);
    let reason = fs::read_to_string(rejected.join("no-file.reason.txt")).expect("a reason");
    assert!(reason.contains("MissingFileException"), "{reason}");
}

#[tokio::test]
async fn a_message_whose_commit_was_lost_is_sent_once() {
    let desk = desk().await;
    desk.put("once", &avtalt(), &[]);

    let (commits, stored) = (desk.world.a.commits.clone(), desk.path("send/.budstikke/taken/once"));
    commits.lose_answer_when(move || stored.join(".message-id").exists());
    desk.world.settle().await;
    desk.world.pass(60);
    desk.world.settle().await;

    assert!(desk.world.a.commits.were_struck());
    let id = read(&desk.path("send/sent/once.json"))["messageId"].as_str().expect("an id").to_owned();
    assert_eq!(names(&desk.path("received")), [id]);
    assert_eq!(names(&desk.path("send")), ["sent"]);
}

#[tokio::test]
async fn a_received_message_that_was_put_there_and_not_acknowledged_is_not_put_there_twice() {
    let desk = desk().await;
    desk.put("once", &avtalt(), &[]);
    let received = desk.path("received");
    let looking = received.clone();
    // The first commit after the folder has appeared is the one that takes the message out of the inbox.
    desk.world.b.commits.fail_when(move || !names(&looking).is_empty());

    desk.world.settle().await;
    assert!(desk.world.b.commits.were_struck());
    for name in names(&received) {
        fs::remove_dir_all(received.join(name)).expect("the client takes it");
    }
    desk.world.pass(400);
    desk.world.settle().await;

    assert!(names(&received).is_empty(), "it was there already");
    assert_eq!(desk.world.b.peek().await, None);
}
