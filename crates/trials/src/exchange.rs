//! Messages between two organizations, and who got what.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Answer, PATIENCE, Ways};

const PROCESS: &str = "urn:no:difi:profile:arkivmelding:planByggOgGeodata:ver1.0";
pub(crate) const ARKIVMELDING: &[u8] = include_bytes!("../../budstikke/demo/arkivmelding.xml");

/// An envelope (SBD) with a message from one organization to another.
pub fn envelope(message_id: &str, from: &str, to: &str) -> Value {
    let who = |org: &str| json!([{ "identifier": { "value": format!("0192:{org}"), "authority": "iso6523-actorid-upis" } }]);
    json!({
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0", "sender": who(from), "receiver": who(to),
            "documentIdentification": {
                "standard": "urn:no:difi:arkivmelding:xsd::arkivmelding", "typeVersion": "2.0",
                "type": "arkivmelding", "instanceIdentifier": message_id },
            "businessScope": { "scope": [{ "type": "ConversationId",
                "instanceIdentifier": uuid::Uuid::new_v4().to_string(), "identifier": PROCESS }] } },
        "arkivmelding": { "hoveddokument": "vedtak.pdf", "sikkerhetsnivaa": 3 }
    })
}

/// One message, from the point of view of both sides' clients.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// Whether the sender's server accepted it.
    pub accepted: bool,
    /// Requests of the sender that got no answer or could not be fulfilled.
    pub unanswered: u32,
    /// How often the receiver's client took it off the queue.
    pub taken: u32,
    /// How often it was shown to the receiver again after that.
    pub shown_again: u32,
    /// Whether a request to take it off the queue got no answer.
    pub delete_in_doubt: bool,
    /// The statuses that its sender has seen.
    pub seen: Vec<String>,
}

impl Letter {
    /// Whether statuses may follow what its sender has seen: nothing is taken back.
    pub fn may_become(&self, statuses: &[String]) -> bool {
        statuses.starts_with(&self.seen)
    }
}

/// A stream of messages one way.
pub struct Letters {
    all: Arc<Mutex<BTreeMap<String, Letter>>>,
    strange: Arc<Mutex<Vec<String>>>,
    stop: CancellationToken,
    stop_taking: CancellationToken,
    sending: JoinSet<()>,
    taking: JoinSet<()>,
}

/// Who writes to whom, and by which ways.
#[derive(Clone)]
pub struct Route {
    /// The sender's number.
    pub from: String,
    /// The receiver's number.
    pub to: String,
    /// To the sender's servers.
    pub sender: Ways,
    /// To the receiver's servers.
    pub receiver: Ways,
}

#[derive(Clone)]
struct Desk {
    route: Route,
    all: Arc<Mutex<BTreeMap<String, Letter>>>,
    strange: Arc<Mutex<Vec<String>>>,
}

impl Letters {
    /// Lets one client send, pausing after each message, and another receive.
    pub fn start(route: &Route, pause: Duration) -> Self {
        let (all, strange) = (Arc::default(), Arc::default());
        let desk = Desk { route: route.clone(), all: Arc::clone(&all), strange: Arc::clone(&strange) };
        let (stop, stop_taking) = (CancellationToken::new(), CancellationToken::new());
        let (mut sending, mut taking) = (JoinSet::new(), JoinSet::new());
        let (writer, until) = (desk.clone(), stop.clone());
        sending.spawn(async move {
            while !until.is_cancelled() {
                writer.send().await;
                writer.look_back().await;
                tokio::time::sleep(pause).await;
            }
        });
        let until = stop_taking.clone();
        taking.spawn(async move {
            while !until.is_cancelled() {
                if !desk.take().await {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        });
        Self { all, strange, stop, stop_taking, sending, taking }
    }

    /// Stops sending; receiving goes on.
    pub async fn stop_sending(&mut self) {
        self.stop.cancel();
        while let Some(ended) = self.sending.join_next().await {
            ended.expect("a client that does not panic");
        }
    }

    /// Stops receiving too.
    pub async fn stop_taking(&mut self) {
        self.stop_taking.cancel();
        while let Some(ended) = self.taking.join_next().await {
            ended.expect("a client that does not panic");
        }
    }

    /// Every message so far, by id.
    pub fn all(&self) -> BTreeMap<String, Letter> {
        locked(&self.all).clone()
    }

    /// What must never happen, and did.
    pub fn strangeness(&self) -> Vec<String> {
        locked(&self.strange).clone()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    fn note(&self, id: &str, change: impl FnOnce(&mut Letter)) {
        change(locked(&self.all).entry(id.to_owned()).or_default());
    }

    fn strange(&self, what: String) {
        locked(&self.strange).push(what);
    }

    /// Sends one message; asks again with the same id until it is accepted.
    async fn send(&self) {
        let id = uuid::Uuid::new_v4().to_string();
        let sbd = envelope(&id, &self.route.from, &self.route.to).to_string();
        self.note(&id, |_| {});
        let begun = Instant::now();
        loop {
            let request = self.route.sender.exchange(Method::POST, "/messages/out/multipart");
            match Answer::of(request.multipart(form(&sbd))).await {
                Ok(answer) if answer.status == 200 => break,
                // An earlier request had its effect although its answer was lost.
                Ok(answer) if answer.text.contains("exists already") && self.in_doubt(&id) => break,
                Ok(answer) if answer.status >= 500 => {}
                Ok(answer) => return self.strange(format!("message {id} got {answer:?}")),
                Err(_) => {}
            }
            self.note(&id, |letter| letter.unanswered += 1);
            assert!(begun.elapsed() < 3 * PATIENCE, "message {id} gets no answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.note(&id, |letter| letter.accepted = true);
    }

    /// Looks how far a message has come that was sent a while ago.
    async fn look_back(&self) {
        let ids: Vec<String> = locked(&self.all).keys().cloned().collect();
        let Some(id) = ids.get(uuid::Uuid::new_v4().as_fields().0 as usize % ids.len().max(1)) else {
            return;
        };
        let Some(fate) = Fate::of(&self.route.sender, id).await else { return };
        let mut letters = locked(&self.all);
        let letter = letters.entry(id.clone()).or_default();
        if letter.may_become(fate.statuses()) {
            letter.seen = fate.statuses().to_vec();
        } else {
            self.strange(format!("message {id} was {:?} and became {fate:?}", letter.seen));
        }
    }

    fn in_doubt(&self, id: &str) -> bool {
        locked(&self.all).get(id).is_some_and(|letter| letter.unanswered > 0)
    }

    /// Takes the next message off the queue; answers false when there was none, or no luck.
    async fn take(&self) -> bool {
        let peek = Answer::of(self.route.receiver.exchange(Method::GET, "/messages/in/peek")).await;
        let Some(sbd) = peek.ok().filter(|answer| answer.status == 200) else { return false };
        let sbd = sbd.json();
        let id = &sbd["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"];
        let Some(id) = id.as_str() else {
            self.strange(format!("peek showed {sbd}"));
            return false;
        };
        self.note(id, |letter| {
            letter.shown_again += u32::from(letter.taken > 0);
        });
        self.pop(id).await && self.delete(id).await
    }

    async fn pop(&self, id: &str) -> bool {
        let request = self.route.receiver.exchange(Method::GET, &format!("/messages/in/pop/{id}"));
        let Ok(answer) = request.send().await else { return false };
        let status = answer.status().as_u16();
        let Ok(container) = answer.bytes().await else { return false };
        if status == 200 && !container.starts_with(b"PK") {
            self.strange(format!("message {id} came without a container"));
        }
        status == 200
    }

    async fn delete(&self, id: &str) -> bool {
        // A request that got no answer may still be under way, and come to its effect when the message is
        // locked anew: whoever has popped it since has it.
        let mut in_doubt = locked(&self.all).get(id).is_some_and(|letter| letter.delete_in_doubt);
        let begun = Instant::now();
        loop {
            let request = self.route.receiver.exchange(Method::DELETE, &format!("/messages/in/{id}"));
            match Answer::of(request).await {
                Ok(answer) if answer.status == 200 => break,
                Ok(answer) if answer.text.contains("NotLocked") => return false,
                // An earlier request had its effect although its answer was lost.
                Ok(answer) if answer.status < 500 && in_doubt => break,
                Ok(answer) if answer.status < 500 => {
                    self.strange(format!("message {id} was locked and is gone: {answer:?}"));
                    return false;
                }
                _ => {
                    in_doubt = true;
                    self.note(id, |letter| letter.delete_in_doubt = true);
                }
            }
            assert!(begun.elapsed() < 3 * PATIENCE, "message {id} cannot be taken off the queue");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.note(id, |letter| letter.taken += 1);
        true
    }
}

/// The main document of every message.
pub(crate) fn pdf() -> Vec<u8> {
    b"%PDF-1.4 vedtak ".iter().copied().cycle().take(20 << 10).collect()
}

/// Envelope and files of a message in one request.
pub(crate) fn form(sbd: &str) -> Form {
    let part = |bytes: Vec<u8>, name: &'static str, media_type: &str| {
        Part::bytes(bytes).file_name(name).mime_str(media_type).expect("a media type")
    };
    Form::new()
        .part("sbd", Part::text(sbd.to_owned()).mime_str("application/json").expect("a media type"))
        .part("Arkivmelding", part(ARKIVMELDING.to_vec(), "arkivmelding.xml", "text/xml"))
        .part("Vedtak", part(pdf(), "vedtak.pdf", "application/pdf"))
}

/// Where a message stands, from the sender's point of view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It came to LEVERT or LEST, by way of these.
    Arrived(Vec<String>),
    /// The sender was told that it failed.
    Failed(Vec<String>),
    /// It is still under way.
    UnderWay(Vec<String>),
}

impl Fate {
    /// Asks the sender's servers.
    pub async fn of(sender: &Ways, id: &str) -> Option<Self> {
        let request = sender.exchange(Method::GET, &format!("/statuses/{id}?size=100"));
        let answer = Answer::of(request).await.ok().filter(|answer| answer.status == 200)?.json();
        let content = answer["content"].as_array()?;
        let names: Vec<String> =
            content.iter().filter_map(|one| one["status"].as_str().map(str::to_owned)).collect();
        let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
        let (failed, arrived) = (has(&["FEIL", "LEVETID_UTLOPT"]), has(&["LEVERT", "LEST"]));
        Some(match (failed, arrived) {
            (true, _) => Self::Failed(names),
            (false, true) => Self::Arrived(names),
            (false, false) => Self::UnderWay(names),
        })
    }

    /// The statuses, in the order in which they were listed.
    pub fn statuses(&self) -> &[String] {
        match self {
            Self::Arrived(names) | Self::Failed(names) | Self::UnderWay(names) => names,
        }
    }

    /// Whether each status came once. Their order says nothing: reports about a message may overtake each
    /// other on the way back, and all are kept.
    pub fn each_once(&self) -> bool {
        let different: std::collections::HashSet<_> = self.statuses().iter().collect();
        different.len() == self.statuses().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn statuses_may_overtake_each_other_but_come_once() {
        assert!(Fate::Arrived(names(&["OPPRETTET", "SENDT", "LEVERT", "MOTTATT"])).each_once());
        assert!(!Fate::Arrived(names(&["OPPRETTET", "SENDT", "SENDT"])).each_once());
    }

    #[test]
    fn what_a_sender_has_seen_is_not_taken_back() {
        let letter = Letter { seen: names(&["OPPRETTET", "SENDT"]), ..Letter::default() };
        assert!(letter.may_become(&names(&["OPPRETTET", "SENDT", "LEVERT"])));
        assert!(!letter.may_become(&names(&["OPPRETTET"])));
        assert!(!letter.may_become(&names(&["OPPRETTET", "LEVERT"])));
    }
}
