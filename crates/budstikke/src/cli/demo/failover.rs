//! Part of the codes' story: the first gateway is shut, and nobody who waits for a code notices.

use anyhow::{Context, Result, ensure};
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
    story.step("It opens again and is used again", open_again(stage, stop)).await
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

/// The route is tried again by itself after some seconds.
async fn open_again(stage: &Stage, stop: &CancellationToken) -> Result<Proved<()>> {
    let main = &stage.gateways.main;
    main.open_again(stop).await?;
    let before = main.total();
    let mut number = 0;
    while main.total() == before {
        number += 1;
        let id = format!("demo-back-{number}");
        let sent = patiently("a code to go out", || async {
            let (status, _) = send(stage, &id).await?;
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            Ok(status.is_success().then_some(()))
        });
        sent.await.context("while the gateway comes back")?;
        ensure!(number < 300, "the gateway is open again, and nothing goes by it");
    }
    Ok(proved((), "tried with one message, found well, and taken first again"))
}

async fn send(stage: &Stage, id: &str) -> Result<(StatusCode, Value)> {
    let body = json!({ "idempotencyId": id, "recipientSms": { "phoneNumber": PHONE,
        "timeToLiveInSeconds": 300, "smsSettings": { "sender": "Fjord", "body": "Koden er 402117." } } });
    stage.a.client.notify_post("future/orders/instant/sms", &body).await
}
