//! The binary as a process: killed, stopped, refused, filled up, fed with nonsense.
//!
//! Everything goes over HTTP to a server that was started as anybody would start it. What the world
//! outside remembers (the SMS gateway, the mail server) lives in the test's own process, so that it
//! survives the server.

mod bad_input;
mod commands;
mod console;
mod disk;
mod logs;
mod outside;
mod refused_start;
mod server;
mod shutdown;
mod sudden_death;
mod upload;

use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};

/// How long a test waits for something that is bound to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer.
async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let answer = tokio::time::timeout(PATIENCE, asking).await;
    answer.unwrap_or_else(|_| panic!("waited {} s for {what}, in vain", PATIENCE.as_secs()))
}

fn instant_sms(key: &str, number: &str, text: &str) -> Value {
    json!({ "idempotencyId": key, "recipientSms": { "phoneNumber": number, "timeToLiveInSeconds": 300,
        "smsSettings": { "sender": "Fjord", "body": text } } })
}

fn sms_order(key: &str, number: &str, text: &str) -> Value {
    json!({ "idempotencyId": key, "recipient": { "recipientSms": { "phoneNumber": number,
        "smsSettings": { "body": text, "sendingTimePolicy": "Anytime" } } } })
}

fn email_order(key: &str, address: &str, text: &str) -> Value {
    json!({ "idempotencyId": key, "recipient": { "recipientEmail": { "emailAddress": address,
        "emailSettings": { "subject": text, "body": text } } } })
}
