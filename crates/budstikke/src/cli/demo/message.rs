//! Part three: messages with attachments, small in one step and large in several, there and back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::json;
use simulators::subscriber::Delivery;

use super::check;
use super::stage::Stage;
use super::story::{self, Proved, Story, proved};
use crate::cli::client;
use crate::cli::messages::{self, PROCESS, Sent};

const ALL_THE_WAY: [&str; 4] = ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"];

pub(super) async fn tell(story: &mut Story, stage: &Stage, megabytes: u64) -> Result<()> {
    story::part("Messages from Fjord to Vidde");
    story.step("Fjord subscribes to statuses, and answers the ping", subscribe(stage)).await?;
    story.step("Fjord looks up what Vidde can receive", look_up(stage)).await?;
    let small = story.step("A message with two attachments goes out in one step", send_small(stage)).await?;
    receive(story, stage, "one step", &small).await?;
    let what = format!("A message with a file of {megabytes} MB goes out in several steps");
    let large = story.step(&what, send_large(stage, megabytes)).await?;
    receive(story, stage, "several steps", &large).await
}

async fn subscribe(stage: &Stage) -> Result<Proved<()>> {
    let body = json!({ "name": "demo", "pushEndpoint": stage.outside.webhook_url(),
        "resource": "messages", "event": "status", "filter": "direction=OUTGOING" });
    client::ok(stage.a.client.exchange(Method::POST, "subscriptions").json(&body)).await?;
    let deliveries = stage.outside.subscriber.deliveries();
    let ping = deliveries.wait_for(Delivery::is_ping, Duration::from_secs(10)).await;
    ensure!(ping.is_some(), "the subscriber was not pinged");
    Ok(proved((), "200, and the endpoint was asked whether anybody is there"))
}

async fn look_up(stage: &Stage) -> Result<Proved<()>> {
    let path = format!("capabilities/{}", stage.b.client.org);
    let found = client::ok(stage.a.client.exchange(Method::GET, &path)).await?;
    let capabilities = found["capabilities"].as_array().cloned().unwrap_or_default();
    let fits = capabilities.iter().find(|one| one["process"] == PROCESS);
    let fits = fits.with_context(|| format!("Vidde does not offer {PROCESS}: {found}"))?;
    let channel = fits["serviceIdentifier"].as_str().unwrap_or("?");
    Ok(proved((), format!("{} processes, {PROCESS} over {channel}", capabilities.len())))
}

async fn send_small(stage: &Stage) -> Result<Proved<Sent>> {
    let sent = messages::send_small(&stage.a.client, &stage.b.client).await?;
    Ok(proved(sent, "200: arkivmelding.xml and vedtak.pdf accepted"))
}

async fn send_large(stage: &Stage, megabytes: u64) -> Result<Proved<Sent>> {
    let path = stage.folder.join("tegninger.bin");
    let large = messages::generate(&path, "tegninger.bin", megabytes << 20).await?;
    let sent = messages::send_large(&stage.a.client, &stage.b.client, &path, large).await?;
    tokio::fs::remove_file(&path).await?;
    Ok(proved(sent, "200 for create, both uploads and send; the file was streamed"))
}

async fn receive(story: &mut Story, stage: &Stage, steps: &str, sent: &Sent) -> Result<()> {
    story.step(&format!("Vidde peeks and finds it ({steps})"), peek(stage, sent)).await?;
    let container = story.step("Vidde pops the container", pop(stage, sent)).await?;
    story.step("The container holds what was sent", inspect(stage, sent, &container)).await?;
    story.step("Vidde deletes it, and Fjord sees it delivered", delivered(stage, sent)).await?;
    story.step("Every status came on the webhook too", told(stage, sent)).await
}

async fn peek(stage: &Stage, sent: &Sent) -> Result<Proved<()>> {
    messages::peek(&stage.b.client, sent).await?;
    let again = stage.b.client.exchange(Method::GET, "messages/in/peek").send().await?.status();
    ensure!(again == StatusCode::NO_CONTENT, "a second peek got {again} although the message is locked");
    Ok(proved((), "200 with the envelope; a second peek gets 204, because the first holds the lock"))
}

async fn pop(stage: &Stage, sent: &Sent) -> Result<Proved<PathBuf>> {
    let path = stage.folder.join(format!("{}.asice", sent.message_id));
    let size = messages::pop(&stage.b.client, sent, &path).await?;
    Ok(proved(path, format!("{size} bytes of ASiC-E")))
}

async fn inspect(stage: &Stage, sent: &Sent, container: &Path) -> Result<Proved<()>> {
    let proof = check::container(container, stage.a.app.trusted_pem(), &sent.files).await?;
    tokio::fs::remove_file(container).await?;
    Ok(proved((), proof))
}

async fn delivered(stage: &Stage, sent: &Sent) -> Result<Proved<()>> {
    messages::delete(&stage.b.client, sent).await?;
    let seen = messages::delivered(&stage.a.client, sent).await?;
    ensure!(seen == ALL_THE_WAY, "the statuses are {seen:?}");
    Ok(proved((), seen.join(", ")))
}

async fn told(stage: &Stage, sent: &Sent) -> Result<Proved<()>> {
    let deliveries = stage.outside.subscriber.deliveries();
    for status in ALL_THE_WAY {
        let fits = |delivery: &Delivery| {
            delivery.json["status"] == status && delivery.json["messageId"] == json!(sent.message_id)
        };
        let told = deliveries.wait_for(fits, Duration::from_secs(30)).await;
        ensure!(told.is_some(), "{status} did not come on the webhook");
    }
    Ok(proved((), ALL_THE_WAY.join(", ")))
}
