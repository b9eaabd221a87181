//! Instant SMS, each accepted, handed over and recorded before it is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinSet;

use super::figure::Figure;
use super::server::Servers;

pub(super) async fn measure(servers: &Servers, connections: usize, time: Duration) -> Result<Vec<Figure>> {
    let next = Arc::new(AtomicU64::new(0));
    send_for(servers, connections, Duration::from_secs(1), &next).await?; // warm up
    let begun = Instant::now();
    let mut took = send_for(servers, connections, time, &next).await?;
    let elapsed = begun.elapsed();
    let answered = u128::try_from(took.len())?;
    let rate = answered * 1_000 / elapsed.as_millis().max(1);
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1_000.0;
    let times = format!("{:.1} / {:.1} ms", at(50), at(99));
    Ok(vec![
        Figure::new(
            format!("instant SMS a second, {connections} connections"),
            rate.to_string(),
            "1500",
            rate >= 1_500,
        ),
        Figure::plain("  answered after, p50 / p99", times),
        Figure::plain("  most memory resident", format!("{:.0} MB", servers.a.peak_mb()?)),
    ])
}

async fn send_for(
    servers: &Servers,
    connections: usize,
    time: Duration,
    next: &Arc<AtomicU64>,
) -> Result<Vec<Duration>> {
    let until = Instant::now() + time;
    let mut sending = JoinSet::new();
    for _ in 0..connections {
        let (client, next) = (servers.a.client.clone(), Arc::clone(next));
        sending.spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < until {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let body = json!({ "idempotencyId": format!("bench-{number}"), "recipientSms": {
                    "phoneNumber": "+4799999999", "timeToLiveInSeconds": 300,
                    "smsSettings": { "sender": "Fjord", "body": format!("Koden er {number}.") } } });
                let begun = Instant::now();
                let (status, answer) = client.notify_post("future/orders/instant/sms", &body).await?;
                took.push(begun.elapsed());
                ensure!(status == StatusCode::CREATED, "expected 201, got {status}: {answer}");
            }
            Ok(took)
        });
    }
    let mut all = Vec::new();
    while let Some(ended) = sending.join_next().await {
        all.extend(ended??);
    }
    Ok(all)
}
