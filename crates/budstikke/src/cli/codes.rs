//! One-time codes at a steady pace, and how long each took: for demo and bench.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::client::Client;

/// How long callers waited for their code to be handed to the gateway.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waited {
    /// Half of them at most.
    pub p50: Duration,
    /// All but one in a hundred at most.
    pub p99: Duration,
    /// How many there were.
    pub codes: usize,
}

/// Sends a code at every tick, whatever became of those before it, so that a slow answer does not hide
/// the ones behind it. `run` keeps their idempotency ids apart from other runs'.
pub(super) async fn send(client: &Client, run: &str, every: Duration, time: Duration) -> Result<Waited> {
    let (client, run) = (Arc::new(client.clone()), Arc::<str>::from(run));
    let mut pace = interval(every);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sending = JoinSet::new();
    let begun = Instant::now();
    while begun.elapsed() < time {
        pace.tick().await;
        let number = sending.len();
        sending.spawn(one(Arc::clone(&client), Arc::clone(&run), number));
    }
    let mut took = Vec::new();
    while let Some(ended) = sending.join_next().await {
        took.push(ended??);
    }
    took.sort_unstable();
    let at = |percent: usize| took.get(took.len().saturating_sub(1) * percent / 100).copied();
    let (p50, p99) = (at(50).unwrap_or_default(), at(99).unwrap_or_default());
    Ok(Waited { p50, p99, codes: took.len() })
}

async fn one(client: Arc<Client>, run: Arc<str>, number: usize) -> Result<Duration> {
    let body = json!({ "idempotencyId": format!("{run}-{number}"), "recipientSms": {
        "phoneNumber": "+4799999999", "timeToLiveInSeconds": 300,
        "smsSettings": { "sender": "Fjord", "body": format!("Koden er {number}.") } } });
    let begun = Instant::now();
    let (status, answer) = client.notify_post("future/orders/instant/sms", &body).await?;
    let took = begun.elapsed();
    ensure!(status == StatusCode::CREATED, "expected 201, got {status}: {answer}");
    Ok(took)
}
