//! Small messages in one step, from A's API until A knows that B's client has them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use futures_util::future::try_join_all;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::figure::{Figure, median, per_second, thousands};
use super::server::Servers;
use crate::cli::client::{self, Client};
use crate::cli::messages::{self, Sent};

/// Messages in all, and clients that send and fetch at the same time.
const MESSAGES: usize = 400;
const CLIENTS: usize = 8;
/// Messages of which each has everything for itself.
const ALONE: usize = 5;
/// Messages a second that both sides and the broker between them are to carry on two cores.
const GOAL: f64 = 300.0;

pub(super) async fn measure(servers: &Servers) -> Result<Vec<Figure>> {
    let (a, b) = (&servers.a.client, &servers.b.client);
    let taken = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let sending = try_join_all((0..CLIENTS).map(|_| send(a, b)));
    let taking = try_join_all((0..CLIENTS).map(|_| take(b, &taken)));
    let (sent, _) = tokio::try_join!(sending, taking)?;
    for sent in sent.iter().flatten() {
        messages::delivered(a, sent).await?;
    }
    let rate = per_second(MESSAGES, begun.elapsed());
    let what = format!("{MESSAGES} small messages from A's API to LEVERT at A, a second");
    let alone = one_by_one(servers).await?;
    Ok(vec![
        Figure::new(what, thousands(rate), thousands(GOAL), rate >= GOAL),
        Figure::new(
            "  one alone, from A's API to LEVERT at A",
            format!("{:.0} ms", alone * 1_000.0),
            "1000 ms",
            alone < 1.0,
        ),
    ])
}

/// How long a message takes when there is no other, in seconds.
async fn one_by_one(servers: &Servers) -> Result<f64> {
    let (a, b) = (&servers.a.client, &servers.b.client);
    let file = servers.folder.join("popped-alone.asice");
    let mut took = Vec::new();
    for _ in 0..ALONE {
        let begun = Instant::now();
        let sent = messages::send_small(a, b).await?;
        messages::peek(b, &sent).await?;
        messages::pop(b, &sent, &file).await?;
        messages::delete(b, &sent).await?;
        messages::delivered(a, &sent).await?;
        took.push(begun.elapsed().as_secs_f64());
    }
    Ok(median(&took))
}

async fn send(from: &Client, to: &Client) -> Result<Vec<Sent>> {
    let mut sent = Vec::new();
    for _ in 0..MESSAGES / CLIENTS {
        sent.push(messages::send_small(from, to).await?);
    }
    Ok(sent)
}

/// Fetches whatever has arrived, until all have been.
async fn take(at: &Client, taken: &AtomicUsize) -> Result<()> {
    while taken.load(Ordering::Relaxed) < MESSAGES {
        let answer = at.exchange(Method::GET, "messages/in/peek").send().await?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NO_CONTENT => {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                continue;
            }
            status => bail!("expected 200 or 204, got {status}: {}", answer.text().await?),
        }
        let sbd: Value = answer.json().await?;
        let id = &sbd["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"];
        let id = id.as_str().context("an envelope without an id")?;
        let popped = at.exchange(Method::GET, &format!("messages/in/pop/{id}")).send().await?;
        popped.error_for_status()?.bytes().await?;
        client::ok(at.exchange(Method::DELETE, &format!("messages/in/{id}"))).await?;
        taken.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
