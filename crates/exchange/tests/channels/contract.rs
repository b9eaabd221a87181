//! What every channel promises, asked of each of them in the same words.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use exchange::message::document::Document;
use exchange::message::{Actor, Envelope};
use exchange::transports::dpo::Config;
use exchange::transports::folder::{self, FolderConfig, Form, WhenTaken};
use exchange::transports::{Arrival, Fetched, Outline, Parcel, Plan, Transport, Watched};
use serde_json::json;
use store::blobs::Blobs as _;
use tempfile::TempDir;
use types::Participant;
use types::random::Random;
use uuid::Uuid;

use crate::support::{Installation, World, new_key, receiver, sender, world};

/// A channel with both of its ends, as the contract asks about it.
#[async_trait]
trait Ends: Send + Sync {
    /// Where we send.
    fn sending(&self) -> &dyn Transport;
    /// Where we receive.
    fn receiving(&self) -> &dyn Transport;
    /// A parcel packed as the channel wants it, with these bytes in it.
    async fn parcel(&self, bytes: &[u8]) -> Parcel;
    /// How many messages the other side has been shown.
    async fn shown(&self) -> usize;
    /// Lets a message with these bytes arrive; the other side's work.
    async fn arrive(&self, bytes: &[u8]);
    /// The bytes of what was fetched.
    async fn content(&self, fetched: &Fetched, key: &store::blobs::BlobKey) -> Vec<u8>;
}

/// Retry, idempotency, and acknowledgement only after the commit.
async fn keeps_the_contract(ends: &dyn Ends) {
    sends_once(ends).await;
    gives_until_confirmed(ends).await;
    answers_what_it_is_asked(ends).await;
}

async fn sends_once(ends: &dyn Ends) {
    let mut parcel = ends.parcel(b"first").await;
    let before = ends.shown().await;
    let began = "2026-03-02T10:15:00Z".parse().expect("a moment");

    let sent = ends.sending().send(&parcel).await.expect("sent");
    // The answer was lost, and so whether it was sent.
    parcel.in_doubt_since = Some(began);
    let again = ends.sending().send(&parcel).await.expect("sent before");
    // The process ended before it began.
    let mut fresh = ends.parcel(b"second").await;
    fresh.in_doubt_since = Some(began);
    ends.sending().send(&fresh).await.expect("sent");

    assert_eq!(again.reference, sent.reference);
    assert_eq!(ends.shown().await, before + 2, "one for each");
}

async fn waiting(ends: &dyn Ends) -> Vec<Arrival> {
    ends.receiving().arrivals(receiver(), None).await.expect("a list").arrivals
}

async fn gives_until_confirmed(ends: &dyn Ends) {
    for arrival in waiting(ends).await {
        let key = new_key();
        ends.receiving().fetch(&arrival, &key).await.expect("fetched");
        ends.receiving().confirm(&arrival).await.expect("confirmed");
    }
    ends.arrive(b"a").await;
    ends.arrive(b"b").await;

    let offered = waiting(ends).await;
    assert_eq!(offered.len(), 2);
    for _ in 0..2 {
        // The process ended before the commit, so all that was done is done again.
        let key = new_key();
        let fetched = ends.receiving().fetch(&offered[0], &key).await.expect("fetched");
        assert!(ends.content(&fetched, &key).await.len() == 1, "whole each time");
        let references = |all: &[Arrival]| all.iter().map(|it| it.reference.clone()).collect::<Vec<_>>();
        let mut now = references(&waiting(ends).await);
        let mut before = references(&offered);
        now.sort();
        before.sort();
        assert_eq!(now, before, "offered until it is confirmed");
    }
    // The process ended after the commit: it is confirmed once more.
    ends.receiving().confirm(&offered[0]).await.expect("confirmed");
    ends.receiving().confirm(&offered[0]).await.expect("confirmed again");
    let left = waiting(ends).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].reference, offered[1].reference);
    ends.receiving().fetch(&left[0], &new_key()).await.expect("fetched");
    ends.receiving().refuse(&left[0], "it is not believed").await.expect("refused");
    assert!(waiting(ends).await.is_empty(), "what was refused is not offered again");
}

async fn answers_what_it_is_asked(ends: &dyn Ends) {
    let parcel = ends.parcel(b"third").await;
    let envelope = envelope(parcel.message_id);
    let outline =
        Outline { envelope: &envelope, receiver: parcel.receiver.as_ref(), route: None, files: None };
    assert!(matches!(ends.sending().plan(&outline), Ok(Plan::Send(_))));
    let sent = ends.sending().send(&parcel).await.expect("sent");
    let watched = Watched {
        message_id: parcel.message_id.to_string(),
        conversation_id: parcel.conversation_id.to_string(),
        reference: sent.reference,
        organization: parcel.organization,
    };
    let seen = ends.sending().statuses(std::slice::from_ref(&watched)).await;
    assert_eq!(seen, ends.sending().statuses(&[watched]).await, "asking changes nothing");
    assert_eq!(ends.sending().receipts().await, Ok(Vec::new()));
    assert!(ends.sending().health().await.up);
}

/// An envelope from the sender to the receiver.
fn envelope(id: Uuid) -> Envelope {
    let party = |number| {
        json!([{ "identifier": { "value": format!("0192:{number}"),
        "authority": "iso6523-actorid-upis" } }])
    };
    let sbd = json!({
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0", "sender": party(sender()), "receiver": party(receiver()),
            "documentIdentification": { "standard": "urn:no:difi:avtalt:xsd::avtalt", "typeVersion": "2.0",
                "type": "avtalt", "instanceIdentifier": id, "creationDateAndTime": "2026-03-02T10:15:00Z" },
            "businessScope": { "scope": [{ "type": "ConversationId", "instanceIdentifier": id,
                "identifier": "urn:no:difi:profile:avtalt:avtalt:ver1.0" }] },
        },
        "avtalt": { "identifier": "a", "content": {} },
    });
    Envelope::read(sbd.to_string().as_bytes()).expect("an envelope")
}

/// DPO, over the embedded broker.
struct Dpo {
    world: World,
    from: Installation,
    to: Installation,
}

#[async_trait]
impl Ends for Dpo {
    fn sending(&self) -> &dyn Transport {
        &self.from.dpo
    }

    fn receiving(&self) -> &dyn Transport {
        &self.to.dpo
    }

    async fn parcel(&self, bytes: &[u8]) -> Parcel {
        self.from.parcel(bytes).await
    }

    async fn shown(&self) -> usize {
        self.world.list(receiver(), "status=Published").await.len()
    }

    async fn arrive(&self, bytes: &[u8]) {
        self.from.dpo.send(&self.from.parcel(bytes).await).await.expect("sent");
        self.world.clock.advance(std::time::Duration::from_secs(1));
    }

    async fn content(&self, _: &Fetched, key: &store::blobs::BlobKey) -> Vec<u8> {
        self.to.content(key).await
    }
}

/// Folders.
struct Folders {
    channel: Arc<dyn Transport>,
    installation: Installation,
    place: TempDir,
}

impl Folders {
    fn out(&self) -> PathBuf {
        self.place.path().join("out")
    }
}

#[async_trait]
impl Ends for Folders {
    fn sending(&self) -> &dyn Transport {
        self.channel.as_ref()
    }

    fn receiving(&self) -> &dyn Transport {
        self.channel.as_ref()
    }

    async fn parcel(&self, bytes: &[u8]) -> Parcel {
        let blob = new_key();
        let mut writer = self.installation.blobs.create(&blob).await.expect("a writer");
        writer.write(Bytes::copy_from_slice(bytes)).await.expect("room");
        writer.finish().await.expect("room");
        let id = Uuid::new_v4();
        let file = Document {
            number: 1,
            name: "a.txt".to_owned(),
            title: None,
            media_type: "text/plain".to_owned(),
            bytes: bytes.len() as u64,
            sha256: Vec::new(),
            blob,
        };
        Parcel {
            id,
            sender: Actor::Participant(Participant::organization(sender())),
            organization: sender(),
            receiver: Some(Actor::Participant(Participant::organization(receiver()))),
            message_id: id,
            conversation_id: id,
            envelope: envelope(id).to_bytes(),
            package: None,
            files: vec![file],
            channel: None,
            route: None,
            in_doubt_since: None,
        }
    }

    async fn shown(&self) -> usize {
        let entries = fs::read_dir(self.out()).expect("a folder").flatten();
        entries.filter(|entry| entry.file_name().to_str().is_some_and(|name| name.len() == 36)).count()
    }

    async fn arrive(&self, bytes: &[u8]) {
        let id = Uuid::new_v4();
        let half = self.place.path().join("in").join(format!(".{id}"));
        fs::create_dir_all(half.join("files")).expect("a folder");
        fs::write(half.join("sbd.json"), envelope(id).to_bytes()).expect("room");
        fs::write(half.join("files/a.txt"), bytes).expect("room");
        fs::rename(half, self.place.path().join("in").join(id.to_string())).expect("a name");
    }

    async fn content(&self, fetched: &Fetched, _: &store::blobs::BlobKey) -> Vec<u8> {
        let Fetched::Loose { documents, .. } = fetched else { panic!("{fetched:?}") };
        let mut bytes = Vec::new();
        std::io::copy(&mut documents[0].source.open().expect("a file"), &mut bytes).expect("bytes");
        bytes
    }
}

/// Covers: ET-90
#[tokio::test]
async fn every_channel_keeps_the_contract() {
    let dpo = world().await;
    let (from, to) = (dpo.installation(sender()), dpo.installation(receiver()));
    keeps_the_contract(&Dpo { world: dpo, from, to }).await;

    let place = tempfile::tempdir().expect("a folder");
    let [outgoing, incoming] = ["out", "in"].map(|name| place.path().join(name));
    fs::create_dir(&outgoing).expect("a folder");
    fs::create_dir(&incoming).expect("a folder");
    let section = FolderConfig {
        name: "other".to_owned(),
        service: "DPF".to_owned(),
        receivers: Vec::new(),
        outgoing: Some(outgoing),
        incoming: Some(incoming),
        form: Form::Files,
        when_taken: WhenTaken::Levert,
        statuses: false,
        processes: Vec::new(),
    };
    let world = world().await;
    let installation = world.installation_with(sender(), Config::default());
    let blobs: Arc<dyn store::blobs::Blobs> = installation.blobs.clone();
    let channels = folder::channels(&[section], &[receiver()], &blobs, &Random::system());
    let channel = channels.expect("a channel").remove(0);
    keeps_the_contract(&Folders { channel, installation, place }).await;
}
