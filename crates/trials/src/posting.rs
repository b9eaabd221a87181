//! Many messages at once, with files and without.

use std::collections::BTreeSet;
use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::{Value, json};

use crate::exchange::form;
use crate::{Answer, PATIENCE, Route, envelope};

/// Senders that work at the same time.
const AT_ONCE: usize = 8;
/// One in so many messages has files.
const WITH_FILES: usize = 8;
const AGREED: &str = "urn:no:difi:profile:avtalt:avtalt:ver1.0";

/// An envelope (SBD) with a message that two organizations have agreed on, and no files.
pub fn agreed_envelope(message_id: &str, from: &str, to: &str) -> Value {
    let mut sbd = envelope(message_id, from, to);
    let header = &mut sbd["standardBusinessDocumentHeader"];
    header["documentIdentification"]["standard"] = json!("urn:no:difi:avtalt:xsd::avtalt");
    header["documentIdentification"]["type"] = json!("avtalt");
    header["businessScope"]["scope"][0]["identifier"] = json!(AGREED);
    json!({
        "standardBusinessDocumentHeader": header.take(),
        "avtalt": { "identifier": "sak-17", "content": { "sak": 17 } }
    })
}

/// Sends so many messages; answers their ids when all are accepted.
pub async fn post_many(route: &Route, many: usize) -> BTreeSet<String> {
    let sending = (0..many).map(|number| post(route, number % WITH_FILES == 0));
    stream::iter(sending).buffer_unordered(AT_ONCE).collect().await
}

/// Sends one; asks again with the same id until it is accepted.
async fn post(route: &Route, with_files: bool) -> String {
    let id = uuid::Uuid::new_v4().to_string();
    let begun = Instant::now();
    loop {
        let request = if with_files {
            let sbd = envelope(&id, &route.from, &route.to).to_string();
            route.sender.exchange(Method::POST, "/messages/out/multipart").multipart(form(&sbd))
        } else {
            let sbd = agreed_envelope(&id, &route.from, &route.to).to_string();
            let form = reqwest::multipart::Form::new().text("sbd", sbd);
            route.sender.exchange(Method::POST, "/messages/out/multipart").multipart(form)
        };
        let answer = Answer::of(request).await;
        match &answer {
            Ok(answer) if answer.status == 200 || answer.text.contains("exists already") => return id,
            _ => assert!(begun.elapsed() < PATIENCE, "message {id} is not accepted: {answer:?}"),
        }
    }
}
