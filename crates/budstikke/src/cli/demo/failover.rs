//! Part of the codes' story: the first gateway is shut, and nobody who waits for a code notices.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::code::PHONE;
use super::stage::Stage;
use super::story::{self, Proved, Story, proved};
use crate::cli::client::patiently;

/// Codes sent while the gateway is shut.
const CODES: u64 = 20;

pub(super) async fn tell(story: &mut Story, stage: &Stage, stop: &CancellationToken) -> Result<()> {
    story::part("Two gateways, one of which fails");
    story.step("The first gateway is shut, and codes go on", shut(stage)).await?;
    stage.gateways.main.open_again(stop).await
}

/// Ends what [`tell`] began, when there has been time for it.
pub(super) async fn end(story: &mut Story, stage: &Stage) -> Result<()> {
    story::part("The gateway that failed");
    story.step("It is open again, and is used again", used_again(stage)).await
}

async fn shut(stage: &Stage) -> Result<Proved<()>> {
    let before = stage.gateways.reserve.total();
    stage.gateways.main.shut().await;
    for number in 0..CODES {
        let (status, answer) = send(stage, &format!("demo-failover-{number}")).await?;
        ensure!(status == StatusCode::CREATED, "expected 201, got {status}: {answer}");
    }
    let by_reserve = stage.gateways.reserve.total() - before;
    ensure!(by_reserve == CODES, "of {CODES} codes the other gateway took {by_reserve}");
    Ok(proved((), format!("{CODES} times 201; the other gateway has every code, and each once")))
}

/// A message that nobody waits for tries the route some seconds after it was shut.
async fn used_again(stage: &Stage) -> Result<Proved<()>> {
    let (main, numbers) = (&stage.gateways.main, AtomicU64::new(0));
    let before = main.total();
    let sent = patiently("the gateway to be used again", || async {
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        let settings = json!({ "body": "Hei!", "sendingTimePolicy": "Anytime" });
        let order = json!({ "idempotencyId": format!("demo-back-{number}"), "recipient": {
            "recipientSms": { "phoneNumber": PHONE, "smsSettings": settings } } });
        let (status, answer) = stage.a.client.notify_post("future/orders", &order).await?;
        ensure!(status == StatusCode::CREATED, "expected 201, got {status}: {answer}");
        tokio::time::sleep(Duration::from_millis(200)).await;
        Ok((main.total() > before).then_some(()))
    });
    sent.await?;
    Ok(proved((), "tried with a message that nobody waits for, found well, and taken first again"))
}

async fn send(stage: &Stage, id: &str) -> Result<(StatusCode, Value)> {
    let body = json!({ "idempotencyId": id, "recipientSms": { "phoneNumber": PHONE,
        "timeToLiveInSeconds": 300, "smsSettings": { "sender": "Fjord", "body": "Koden er 402117." } } });
    stage.a.client.notify_post("future/orders/instant/sms", &body).await
}
