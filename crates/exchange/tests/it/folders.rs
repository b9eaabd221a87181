//! Channels through folders: messages that go to another system as files, its answers, and what it sends.

use std::fs;
use std::path::{Path, PathBuf};

use exchange::registry::ServiceIdentifier;
use exchange::transports::folder::{FolderConfig, Form, ReceiverRule, WhenTaken};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::app::{A, Alone, alone_over, case_document, files, message_id, to_anybody, unpack};

const ARKIVMELDING: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";
const RECEIPT: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding_kvittering";
const HEADER: &str = "standardBusinessDocumentHeader";

/// A gateway with one folder, and the two places the other system knows.
struct World {
    alone: Alone,
    place: TempDir,
}

impl World {
    async fn new(service: &'static str) -> Self {
        Self::with(service, |_| {}).await
    }

    async fn with(service: &'static str, change: impl Fn(&mut FolderConfig) + Send + Sync + 'static) -> Self {
        let place = tempfile::tempdir().expect("a folder");
        let (outgoing, incoming) = (place.path().join("out"), place.path().join("in"));
        fs::create_dir(&outgoing).expect("a folder");
        fs::create_dir(&incoming).expect("a folder");
        let alone = alone_over(move |config| {
            let mut folder = FolderConfig {
                name: "other".to_owned(),
                service: service.to_owned(),
                receivers: Vec::new(),
                outgoing: Some(outgoing.clone()),
                incoming: Some(incoming.clone()),
                form: Form::Files,
                when_taken: WhenTaken::Levert,
                statuses: false,
                processes: Vec::new(),
            };
            change(&mut folder);
            config.folders = vec![folder];
        })
        .await;
        Self { alone, place }
    }

    fn out(&self) -> PathBuf {
        self.place.path().join("out")
    }

    fn inside(&self) -> PathBuf {
        self.place.path().join("in")
    }

    async fn settle(&self) {
        self.alone.gateway.exchange.run_due().await;
    }

    async fn send(&self, sbd: &Value, files: &[(&str, Vec<u8>)]) -> String {
        let id = self.alone.gateway.send(sbd, files).await;
        self.settle().await;
        id
    }

    async fn statuses(&self, id: &str) -> Vec<String> {
        self.alone.gateway.statuses(id).await
    }

    /// What the other system answers.
    fn answer(&self, name: &str, receipt: &Value) {
        let receipts = self.out().join("receipts");
        fs::create_dir_all(&receipts).expect("a folder");
        let half = receipts.join(format!("{name}.tmp"));
        fs::write(&half, receipt.to_string()).expect("room");
        fs::rename(half, receipts.join(name)).expect("a name");
    }

    /// Puts a message where the other system does, half written first.
    fn drop_in(&self, name: &str, sbd: &Value, files: &[(&str, &[u8])]) -> PathBuf {
        let half = self.inside().join(format!("{name}.tmp"));
        fs::create_dir_all(half.join("files")).expect("a folder");
        fs::write(half.join("sbd.json"), sbd.to_string()).expect("room");
        for (file, bytes) in files {
            fs::write(half.join("files").join(file), bytes).expect("room");
        }
        half
    }
}

/// What a folder shows to others.
fn shown(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.') && name != "receipts").collect();
    names.sort();
    names
}

fn arkivmelding() -> Value {
    to_anybody("arkivmelding", ARKIVMELDING, json!({ "hoveddokument": "svar.pdf" }))
}

/// A message for us.
fn incoming(id: &str) -> Value {
    let mut sbd = arkivmelding();
    let party = |number: &str| {
        json!([{ "identifier": { "value": format!("0192:{number}"),
        "authority": "iso6523-actorid-upis" } }])
    };
    sbd[HEADER]["sender"] = party("310000007");
    sbd[HEADER]["receiver"] = party(A);
    sbd[HEADER]["documentIdentification"]["instanceIdentifier"] = json!(id);
    let conversation = "7d6f6c1b-1b0a-4d0c-8f5e-9a1d8d1f0e22";
    sbd[HEADER]["businessScope"]["scope"][0]["instanceIdentifier"] = json!(conversation);
    sbd
}

const ID: &str = "5f0a2f0e-6f0c-4c3e-9d35-2a6f2f6f7a10";

#[tokio::test]
async fn a_message_appears_as_files_and_what_is_done_with_it_becomes_its_statuses() {
    let world = World::new("DPF").await;
    world.alone.registry.takes(ServiceIdentifier::Dpf, ARKIVMELDING);

    let id = world.send(&arkivmelding(), &files()).await;
    let folder = world.out().join(&id);
    let envelope: Value =
        serde_json::from_slice(&fs::read(folder.join("sbd.json")).expect("a file")).expect("JSON");
    assert_eq!(message_id(&envelope), id);
    assert_eq!(fs::read(folder.join("files/svar.pdf")).expect("a file"), b"%PDF-1.7 svar");
    let list: Value =
        serde_json::from_slice(&fs::read(folder.join("files.json")).expect("a file")).expect("JSON");
    assert_eq!(list[0]["filename"], "svar.pdf", "the main document is first");
    assert_eq!(world.statuses(&id).await, ["OPPRETTET", "SENDT"]);
    let queue = world.alone.gateway.get("api/conversations/queue").await.json();
    assert_eq!(queue["content"][0]["messageId"], json!(id), "it is being asked about");
    let reference = queue["content"][0]["externalSystemReference"].as_str().expect("a reference");
    assert!(reference.starts_with(&format!("other/{id}@")), "{reference}");

    fs::remove_dir_all(&folder).expect("it can be taken");
    world.settle().await;
    assert_eq!(world.statuses(&id).await, ["OPPRETTET", "SENDT"], "it is not asked about all the time");
    world.alone.clock.advance(std::time::Duration::from_secs(61));
    world.settle().await;
    assert_eq!(world.statuses(&id).await, ["OPPRETTET", "SENDT", "LEVERT"]);
    assert_eq!(world.alone.gateway.get("api/conversations/queue").await.json()["totalElements"], 0);

    let receipt = json!({ "messageId": id, "status": "LEST", "description": "opened" });
    world.answer("one.json", &receipt);
    world.answer("again.json", &receipt);
    world.settle().await;
    assert_eq!(world.statuses(&id).await, ["OPPRETTET", "SENDT", "LEVERT", "LEST"]);
    assert!(shown(&world.out().join("receipts")).is_empty());
}

#[tokio::test]
async fn a_folder_that_is_not_there_has_taken_nothing() {
    let world = World::new("DPF").await;
    world.alone.registry.takes(ServiceIdentifier::Dpf, ARKIVMELDING);
    let id = world.send(&arkivmelding(), &files()).await;

    let elsewhere = world.place.path().join("unmounted");
    fs::rename(world.out(), &elsewhere).expect("it can be unmounted");
    world.alone.clock.advance(std::time::Duration::from_secs(61));
    world.settle().await;
    assert_eq!(world.statuses(&id).await, ["OPPRETTET", "SENDT"]);
    let health = world.alone.gateway.exchange.channel_health().await;
    assert!(!health[0].1.up, "{health:?}");
    fs::create_dir(world.out()).expect("an empty mount point");
    world.alone.clock.advance(std::time::Duration::from_secs(3_600));
    world.settle().await;
    world.alone.gateway.exchange.channel_health().await;
    assert_eq!(world.statuses(&id).await, ["OPPRETTET", "SENDT"], "it is as empty as if all was taken");
    fs::remove_dir(world.out()).expect("nothing was made in it");

    let second = world.alone.gateway.send(&arkivmelding(), &files()).await;
    world.settle().await;
    assert_eq!(world.statuses(&second).await, ["OPPRETTET"], "it waits");
    fs::rename(elsewhere, world.out()).expect("it can be mounted");
    world.alone.clock.advance(std::time::Duration::from_secs(3_600));
    world.settle().await;
    assert_eq!(world.statuses(&second).await, ["OPPRETTET", "SENDT"]);
    assert_eq!(shown(&world.out()).len(), 2);
}

/// Covers: ET-89
#[tokio::test]
async fn receipts_to_receivers_that_have_no_way_for_them_are_told_at_once() {
    for (name, service) in [("DPV", ServiceIdentifier::Dpv), ("DPF", ServiceIdentifier::Dpf)] {
        let world = World::new(name).await;
        world.alone.registry.takes(service, RECEIPT);
        let body = json!({ "receiptType": "OK", "relatedToMessageId": ID, "messages": [] });

        let id = world.send(&to_anybody("arkivmelding_kvittering", RECEIPT, body), &[]).await;

        assert_eq!(world.statuses(&id).await, ["OPPRETTET", "SENDT", "LEVERT", "LEST"]);
        assert!(shown(&world.out()).is_empty());
    }
}

/// Covers: ET-88
#[tokio::test]
async fn a_letter_that_is_delivered_before_it_was_received_is_received_a_second_earlier() {
    let world = World::new("DPI").await;
    let address = json!({ "navn": "Kari Testdatter", "adresselinje1": "Storgata 1", "postnummer": "0155",
        "poststed": "Oslo", "land": "Norge" });
    let body = json!({ "hoveddokument": "brev.pdf", "mottaker": address,
        "retur": { "mottaker": address, "returhaandtering": "MAKULERING_MED_MELDING" } });
    let mut letter = to_anybody("print", "urn:no:difi:digitalpost:xsd:fysisk::print", body);
    letter[HEADER].as_object_mut().expect("a header").remove("receiver");
    let id = world.send(&letter, &[("brev.pdf", b"%PDF-1.7 brev".to_vec())]).await;
    assert_eq!(shown(&world.out()), std::slice::from_ref(&id));

    world.answer(
        "r.json",
        &json!({ "messageId": id, "status": "LEVERT", "time": "2026-03-02T12:00:00+01:00" }),
    );
    world.settle().await;

    let page = world.alone.gateway.get(&format!("api/statuses/{id}")).await.json();
    let at = |name: &str| {
        let all = page["content"].as_array().expect("a list");
        let one = all.iter().find(|status| status["status"] == name).expect("the status");
        one["lastUpdate"].as_str().expect("a moment").to_owned()
    };
    assert_eq!(world.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    assert_eq!(at("MOTTATT"), "2026-03-02T11:59:59+01:00");
    assert_eq!(at("LEVERT"), "2026-03-02T12:00:00+01:00");
}

#[tokio::test]
async fn a_receiver_that_a_folder_names_is_led_there_and_others_are_not() {
    let world = World::with("DPV", |folder| {
        folder.receivers = vec![ReceiverRule::Organization("310000007".parse().expect("nine digits"))];
        folder.form = Form::Asice;
    })
    .await;
    let mut sbd = arkivmelding();
    sbd[HEADER]["businessScope"]["scope"][0]["identifier"] =
        json!("urn:no:difi:profile:arkivmelding:administrasjon:ver1.0");

    let id = world.send(&sbd, &files()).await;

    let container = fs::read(world.out().join(&id).join("message.asice")).expect("a container");
    assert_eq!(unpack(container)[0].0, "svar.pdf");
    sbd[HEADER]["receiver"][0]["identifier"]["value"] = json!("0192:310000008");
    let other = world.alone.gateway.post_json("api/messages/out", &sbd).await;
    assert_eq!(other.refusal().0, 400, "{other:?}");
}

#[tokio::test]
async fn a_message_that_is_dropped_comes_in_when_it_is_whole_and_once() {
    let world = World::new("DPF").await;
    let xml = case_document();
    let half = world.drop_in("m-1", &incoming(ID), &[("arkivmelding.xml", &xml), ("svar.pdf", b"%PDF")]);

    world.settle().await;
    assert_eq!(world.alone.gateway.peek().await, None, "it is half written");
    fs::rename(&half, world.inside().join("m-1")).expect("a name");
    world.settle().await;

    assert_eq!(world.alone.gateway.peek().await.as_deref(), Some(ID));
    let container = world.alone.gateway.get(&format!("api/messages/in/pop/{ID}")).await;
    let unpacked = unpack(container.bytes);
    assert_eq!(unpacked[0], ("svar.pdf".to_owned(), b"%PDF".to_vec()));
    assert_eq!((unpacked.len(), &unpacked[1].1), (2, &xml));
    assert!(shown(&world.inside()).is_empty());
    let half = world.drop_in("m-2", &incoming(ID), &[("arkivmelding.xml", &xml), ("svar.pdf", b"%PDF")]);
    fs::rename(half, world.inside().join("m-2")).expect("a name");
    world.settle().await;
    let all = world.alone.gateway.get("api/messages/in").await.json();
    assert_eq!(all["totalElements"], 1, "a repeat is one");
    assert!(shown(&world.inside()).is_empty());
}

#[tokio::test]
async fn a_message_whose_commit_fails_is_taken_in_at_the_next_look() {
    let world = World::new("DPF").await;
    let half = world.drop_in("m-1", &incoming(ID), &[("svar.pdf", b"%PDF")]);
    fs::rename(half, world.inside().join("m-1")).expect("a name");

    world.alone.gateway.commits.fail_when(|| true);
    world.settle().await;
    assert!(world.alone.gateway.commits.were_struck());
    world.alone.clock.advance(std::time::Duration::from_secs(3_600));
    world.settle().await;

    assert_eq!(world.alone.gateway.get("api/messages/in").await.json()["totalElements"], 1);
    assert!(shown(&world.inside()).is_empty());
}

#[tokio::test]
async fn tricks_are_set_apart_with_a_reason_and_hold_nobody_up() {
    let world = World::new("DPF").await;
    let secret = world.place.path().join("secret");
    fs::write(&secret, "our key").expect("room");
    let link = world.drop_in("link", &incoming(ID), &[]);
    std::os::unix::fs::symlink(&secret, link.join("files/key.pem")).expect("a link");
    let hard = world.drop_in("hard", &incoming(ID), &[]);
    fs::hard_link(&secret, hard.join("files/key.pem")).expect("a link");
    let none = world.drop_in("none", &json!({ "no": "SBD" }), &[]);
    let mut stranger = incoming(ID);
    stranger[HEADER]["receiver"][0]["identifier"]["value"] = json!("0192:310000009");
    let stranger = world.drop_in("stranger", &stranger, &[("a.txt", b"a")]);
    let listed = world.drop_in("listed", &incoming(ID), &[("a.txt", b"a")]);
    fs::write(listed.join("files.json"), r#"[{"file":"a.txt","filename":"META-INF/x"}]"#).expect("room");
    let fine = world.drop_in("z-fine", &incoming(ID), &[("svar.pdf", b"%PDF")]);
    for half in [link, hard, none, stranger, listed, fine] {
        fs::rename(&half, half.with_extension("")).expect("a name");
    }

    world.settle().await;

    assert_eq!(world.alone.gateway.peek().await.as_deref(), Some(ID));
    let rejected = shown(&world.inside().join("rejected"));
    let expected = ["hard", "link", "listed", "none", "stranger"];
    let expected: Vec<_> =
        expected.iter().flat_map(|name| [(*name).to_owned(), format!("{name}.reason.txt")]).collect();
    assert_eq!(rejected, expected);
    let reason = fs::read_to_string(world.inside().join("rejected/link.reason.txt")).expect("a reason");
    assert!(reason.contains("key.pem"), "{reason}");
    let container = world.alone.gateway.get(&format!("api/messages/in/pop/{ID}")).await;
    assert_eq!(unpack(container.bytes).len(), 1);
}

#[tokio::test]
async fn a_receipt_that_says_nothing_is_set_apart() {
    let world = World::new("DPF").await;
    world.answer("bad.json", &json!({ "status": "LEST" }));
    world.answer("unknown.json", &json!({ "messageId": ID, "status": "LEST" }));

    world.settle().await;

    assert_eq!(shown(&world.out().join("receipts")), ["rejected"]);
    assert_eq!(shown(&world.out().join("receipts/rejected")), ["bad.json"]);
}
