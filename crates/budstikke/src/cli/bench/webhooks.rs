//! Webhooks to endpoints of this process: a backlog is made while they are slow to answer, and then they
//! answer at once. In turns with the same beside one endpoint that never answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::figure::{Figure, median, per_second, thousands};
use super::server::Servers;
use crate::cli::client::{self, Client};
use crate::cli::messages;

/// Subscriptions, each of which is told of everything.
const ENDPOINTS: usize = 64;
/// Messages begun in one round; each is one event.
const EVENTS: usize = 200;
/// Clients that begin them.
const CLIENTS: usize = 8;
/// Deliveries a second.
const GOAL: f64 = 6_000.0;
/// Of the rate without a dead endpoint.
const GOAL_BESIDE: f64 = 0.95;
/// Longer than a backlog may take to be made and delivered.
const PATIENCE: Duration = Duration::from_secs(120);

/// What all endpoints share.
struct Receiver {
    heard: AtomicUsize,
    open: watch::Sender<bool>,
}

pub(super) async fn measure(servers: &Servers, rounds: u32) -> Result<Vec<Figure>> {
    let (a, b) = (&servers.a.client, &servers.b.client);
    let receiver = Arc::new(Receiver { heard: AtomicUsize::new(0), open: watch::Sender::new(true) });
    let stop = CancellationToken::new();
    let address = serve(&receiver, &stop).await?;
    let endpoint = |number: usize| format!("http://{address}/{number}");
    try_join_all((0..ENDPOINTS).map(|number| subscribe(a, endpoint(number)))).await?;
    // It takes connections and never answers.
    let dead = TcpListener::bind("127.0.0.1:0").await?;
    let dead_end = format!("http://{}/", dead.local_addr()?);
    let (mut alone, mut shares) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let rate = deliver(&receiver, a, b).await?;
        let id = subscribe(a, dead_end.clone()).await?;
        let beside = deliver(&receiver, a, b).await?;
        let gone = a.exchange(Method::DELETE, &format!("subscriptions/{id}")).send().await?;
        gone.error_for_status()?;
        alone.push(rate);
        shares.push(beside / rate);
    }
    stop.cancel();
    let (rate, share) = (median(&alone), median(&shares));
    Ok(vec![
        Figure::new(
            format!("webhook deliveries to {ENDPOINTS} local endpoints, a second"),
            thousands(rate),
            thousands(GOAL),
            rate >= GOAL,
        ),
        Figure::new(
            "  beside an endpoint that never answers, share of that",
            format!("{share:.2}"),
            format!("{GOAL_BESIDE}"),
            share >= GOAL_BESIDE,
        ),
    ])
}

async fn serve(receiver: &Arc<Receiver>, stop: &CancellationToken) -> Result<SocketAddr> {
    let bound = web::server::bind(([127, 0, 0, 1], 0).into()).await.context("a port for webhooks")?;
    let address = bound.local_addr;
    let router = Router::new().fallback(post(hear)).with_state(Arc::clone(receiver));
    tokio::spawn(bound.serve(router, web::Limits::default(), stop.clone()));
    Ok(address)
}

async fn hear(State(receiver): State<Arc<Receiver>>) {
    // A closed channel lets everybody through.
    let _ = receiver.open.subscribe().wait_for(|open| *open).await;
    receiver.heard.fetch_add(1, Ordering::Relaxed);
}

async fn subscribe(at: &Client, endpoint: String) -> Result<i64> {
    let body = json!({ "name": endpoint, "pushEndpoint": endpoint, "resource": "all", "event": "all" });
    let made: Value = client::ok(at.exchange(Method::POST, "subscriptions").json(&body)).await?;
    made["id"].as_i64().context("a subscription without an id")
}

/// Makes a backlog and lets it go; answers deliveries a second.
async fn deliver(receiver: &Receiver, from: &Client, to: &Client) -> Result<f64> {
    receiver.open.send_replace(false);
    let before = receiver.heard.load(Ordering::Relaxed);
    let add = async || -> Result<()> {
        for _ in 0..EVENTS / CLIENTS {
            messages::begin(from, to).await?;
        }
        Ok(())
    };
    try_join_all((0..CLIENTS).map(|_| add())).await?;
    let (begun, expected) = (Instant::now(), before + EVENTS * ENDPOINTS);
    receiver.open.send_replace(true);
    while receiver.heard.load(Ordering::Relaxed) < expected {
        ensure!(begun.elapsed() < PATIENCE, "the subscribers are not told");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(per_second(expected - before, begun.elapsed()))
}
