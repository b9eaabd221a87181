//! One message from one organization to another, sent and taken by clients as they should be: they ask
//! again until they are answered, and look at what they get.

use std::io::{Cursor, Read as _};
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::exchange::{ARKIVMELDING, form, pdf};
use crate::{Answer, Checkpoint, PATIENCE, Route, Ways, envelope, within};

/// A message on its way.
pub struct Journey {
    /// Its id.
    pub id: String,
    route: Route,
}

impl Journey {
    /// A message that nobody has sent yet.
    pub fn new(route: &Route) -> Self {
        Self { id: uuid::Uuid::new_v4().to_string(), route: route.clone() }
    }

    /// Draft, files, off: each step passes a point when it is answered.
    pub async fn send_in_steps(&self, checkpoint: &Checkpoint) {
        let Route { from, to, sender, .. } = &self.route;
        let sbd = envelope(&self.id, from, to);
        insist("the draft", || sender.exchange(Method::POST, "/messages/out").json(&sbd)).await;
        checkpoint.pass("draft answered").await;
        for (name, media_type, bytes) in [
            ("arkivmelding.xml", "text/xml", ARKIVMELDING.to_vec()),
            ("vedtak.pdf", "application/pdf", pdf()),
        ] {
            let put = || {
                let request = sender.exchange(Method::PUT, &format!("/messages/out/{}", self.id));
                let disposition = format!("attachment; name=\"{name}\"; filename=\"{name}\"");
                let request = request.header("Content-Disposition", disposition);
                request.header("Content-Type", media_type).body(bytes.clone())
            };
            insist(name, put).await;
            checkpoint.pass("file answered").await;
        }
        let path = format!("/messages/out/{}", self.id);
        insist("the submission", || sender.exchange(Method::POST, &path)).await;
        checkpoint.pass("submission answered").await;
    }

    /// Everything in one request.
    pub async fn send_at_once(&self) {
        let Route { from, to, sender, .. } = &self.route;
        let sbd = envelope(&self.id, from, to).to_string();
        let post = || sender.exchange(Method::POST, "/messages/out/multipart").multipart(form(&sbd));
        insist("the message", post).await;
    }

    /// Peeks, pops half, pops and deletes; each passes a point.
    pub async fn take(&self, checkpoint: &Checkpoint) {
        let (ways, begun) = (&self.route.receiver, Instant::now());
        let one = |what: &str| format!("/messages/in/{what}{}", self.id);
        let mut in_doubt = false;
        loop {
            assert!(begun.elapsed() < 2 * PATIENCE, "message {} cannot be taken", self.id);
            let peeked = Answer::of(ways.exchange(Method::GET, &one("peek?messageId="))).await;
            if !in_doubt && !peeked.is_ok_and(|answer| answer.status == 200) {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            checkpoint.pass("peeked").await;
            if let Ok(mut half) = ways.exchange(Method::GET, &one("pop/")).send().await {
                let _ = half.chunk().await;
                checkpoint.pass("popped halfway").await;
            }
            let popped = pop(ways, &one("pop/")).await;
            if let Some(container) = popped {
                self.check(container);
                checkpoint.pass("popped").await;
            } else if !in_doubt {
                continue;
            }
            match Answer::of(ways.exchange(Method::DELETE, &one(""))).await {
                Ok(answer) if answer.status == 200 || (in_doubt && answer.status == 404) => break,
                Ok(answer) if answer.status == 404 => panic!("message {} is gone: {answer:?}", self.id),
                _ => in_doubt = true,
            }
        }
        checkpoint.pass("deleted").await;
    }

    /// Every file is what was sent.
    fn check(&self, container: Vec<u8>) {
        let mut zip = zip::ZipArchive::new(Cursor::new(container)).expect("a container");
        for (name, expected) in [("arkivmelding.xml", ARKIVMELDING.to_vec()), ("vedtak.pdf", pdf())] {
            let mut bytes = Vec::new();
            let mut file = zip.by_name(name).unwrap_or_else(|_| panic!("{name} in message {}", self.id));
            file.read_to_end(&mut bytes).expect("a file that can be read");
            assert!(bytes == expected, "{name} of message {} is not what was sent", self.id);
        }
    }

    /// Waits for the end of the message's story at both sides; answers what is wrong with it.
    pub async fn end(&self) -> Vec<String> {
        let Route { sender, receiver, .. } = &self.route;
        let mut wrong = Vec::new();
        for (who, ways, last, expected) in [
            ("sender", sender, "LEVERT", ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"].as_slice()),
            (
                "receiver",
                receiver,
                "INNKOMMENDE_LEVERT",
                &["OPPRETTET", "INNKOMMENDE_MOTTATT", "INNKOMMENDE_LEVERT"],
            ),
        ] {
            let what = format!("{last} of {}", self.id);
            let statuses = within(2 * PATIENCE, &what, || async {
                Some(self.statuses(ways).await).filter(|all| all.iter().any(|status| status == last))
            });
            // What may still come after the last one.
            statuses.await;
            wrong.extend(self.unlike(who, ways, expected).await);
        }
        let shown = format!("/messages/in?messageId={}", self.id);
        let left = patiently(receiver, &shown).await;
        if left.json()["totalElements"] != 0 {
            wrong.push(format!("message {} is still shown: {left:?}", self.id));
        }
        let sent = patiently(sender, &format!("/messages/out/{}", self.id)).await;
        if sent.status != 404 {
            wrong.push(format!("message {} is still in the outbox: {sent:?}", self.id));
        }
        wrong
    }

    /// Reports of one message may overtake each other; give the slower one time.
    async fn unlike(&self, who: &str, ways: &Ways, expected: &[&str]) -> Option<String> {
        let begun = Instant::now();
        loop {
            let statuses = self.statuses(ways).await;
            if statuses == expected {
                return None;
            }
            if begun.elapsed() > PATIENCE {
                return Some(format!("message {} at its {who}: {statuses:?}", self.id));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The statuses as its conversation shows them.
    async fn statuses(&self, ways: &Ways) -> Vec<String> {
        let path = format!("/conversations/messageId/{}", self.id);
        let Ok(answer) = Answer::of(ways.exchange(Method::GET, &path)).await else { return Vec::new() };
        let json = answer.json();
        let all = json["messageStatuses"].as_array().cloned().unwrap_or_default();
        all.iter().filter_map(|one: &Value| one["status"].as_str().map(str::to_owned)).collect()
    }
}

/// Asks until it is answered with success, or with what success of an unanswered request looks like.
async fn insist(what: &str, make: impl Fn() -> RequestBuilder) {
    let (begun, mut in_doubt) = (Instant::now(), false);
    loop {
        match Answer::of(make()).await {
            Ok(answer) if answer.status == 200 || (in_doubt && answer.status < 500) => return,
            Ok(answer) if answer.status < 500 => panic!("{what}: {answer:?}"),
            answer => assert!(begun.elapsed() < PATIENCE, "{what}: {answer:?}"),
        }
        in_doubt = true;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Asks until there is an answer; the server may just be dying.
async fn patiently(ways: &Ways, path: &str) -> Answer {
    within(PATIENCE, path, || async {
        let answer = Answer::of(ways.exchange(Method::GET, path)).await.ok()?;
        (answer.status < 500).then_some(answer)
    })
    .await
}

async fn pop(ways: &Ways, path: &str) -> Option<Vec<u8>> {
    let answer = ways.exchange(Method::GET, path).send().await.ok()?;
    let found = answer.status() == 200;
    let bytes = answer.bytes().await.ok()?;
    found.then(|| bytes.to_vec())
}
