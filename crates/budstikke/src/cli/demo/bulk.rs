//! A bulk order to many people, while codes go through.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::stage::Stage;
use super::story::{self, Proved, Story, proved};
use crate::cli::bulk;
use crate::cli::client::patiently;
use crate::cli::codes::{self, Waited};

/// Between two codes.
const EVERY: Duration = Duration::from_millis(20);
/// How long codes are sent, alone and beside.
const TIME: Duration = Duration::from_secs(3);
const TEXT: &str = "Hei! Vannet på Åsgårdveien er stengt fra kl. 22 til kl. 02. 🚰";

/// Tells so many people that the water is shut off.
pub(super) async fn tell(story: &mut Story, stage: &Stage, people: usize) -> Result<()> {
    story::part("A bulk order, and codes that do not wait for it");
    let alone = story.step("Codes alone, fifty a second", codes_alone(stage)).await?;
    let bulk = story
        .step("Codes while the bulk order is taken and sent", codes_beside(stage, alone, people))
        .await?;
    story.step("Everybody in the bulk order has their message", all_told(stage, &bulk)).await
}

async fn codes_alone(stage: &Stage) -> Result<Proved<Waited>> {
    let alone = codes::send(&stage.a.client, "demo-alone", EVERY, TIME).await?;
    Ok(proved(
        alone,
        format!("{} codes, each at the gateway before its answer: {}", alone.codes, said(&alone)),
    ))
}

async fn codes_beside(stage: &Stage, alone: Waited, people: usize) -> Result<Proved<bulk::Bulk>> {
    let client = &stage.a.client;
    let (bulk, beside) = tokio::join!(
        bulk::place(client, "demo-bulk", TEXT, people),
        codes::send(client, "demo-beside", EVERY, TIME)
    );
    let (bulk, beside) = (bulk?, beside?);
    let proof = format!(
        "{} people in one call; {} codes meanwhile: {} (alone {})",
        bulk.accepted,
        beside.codes,
        said(&beside),
        said(&alone)
    );
    Ok(proved(bulk, proof))
}

async fn all_told(stage: &Stage, bulk: &bulk::Bulk) -> Result<Proved<()>> {
    let ended = patiently("every message of the bulk order to be delivered", || async {
        let ended = bulk.ended(&stage.a.client).await?;
        Ok((ended >= bulk.accepted).then_some(ended))
    })
    .await?;
    ensure!(ended == bulk.accepted, "{ended} orders ended, {} were placed", bulk.accepted);
    Ok(proved((), format!("{ended} orders completed, each with its delivery report")))
}

fn said(waited: &Waited) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    format!("p50 {:.1} ms, p99 {:.1} ms", ms(waited.p50), ms(waited.p99))
}
