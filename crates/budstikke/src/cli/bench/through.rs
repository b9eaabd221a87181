//! Orders on their whole way: accepted, made into notifications, handed to the gateway, reported as
//! delivered, and told in the feed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::figure::{Figure, per_second, thousands};
use super::load::{Load, request};
use super::rounds::Bed;
use super::site::Site;
use super::texts::Texts;

/// How long orders are placed.
const TIME: Duration = Duration::from_secs(3);
/// How long the last of them may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// Entries on a page of the feed at most.
const PAGE: usize = 500;

/// Places orders of one SMS each, to be sent at once, and waits until the feed has told of all.
pub(super) async fn measure(bed: &Bed<'_>, connections: usize) -> Result<Vec<Figure>> {
    let site = bed.site("through").await?;
    let figures = on(&site, connections).await;
    site.remove().await?;
    figures
}

async fn on(site: &Site, connections: usize) -> Result<Vec<Figure>> {
    let mut server = site.serve().await?;
    let (host, token) = (server.addresses.api.to_string(), server.client.token.reveal().clone());
    let (texts, placed) = (Texts::new(), Arc::new(AtomicU64::new(0)));
    let counter = Arc::clone(&placed);
    let requests = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        request("POST", "/notifications/api/v1/future/orders", &host, &token, &texts.sms_now())
    };
    let load = Load {
        address: server.addresses.api.to_string(),
        connections,
        time: TIME,
        expected: 201,
        every: None,
        requests: Arc::new(requests),
    };
    let begun = Instant::now();
    load.run().await?;
    let placed = usize::try_from(placed.load(Ordering::Relaxed))?;
    let (mut told, mut last) = (0, 0);
    while told < placed {
        let path = format!("future/shipment/feed?seq={last}&pageSize={PAGE}");
        let (_, page) = server.client.notify_get(&path).await?;
        let entries = page.as_array().map_or(&[][..], Vec::as_slice);
        told += entries.len();
        last = entries.last().and_then(|entry| entry["sequenceNumber"].as_u64()).unwrap_or(last);
        if begun.elapsed() > PATIENCE {
            bail!("the feed told of {told} of {placed} orders in {} s", PATIENCE.as_secs());
        }
        if entries.len() < PAGE {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let rate = per_second(placed, begun.elapsed());
    server.stop().await?;
    let what = format!("{}: orders a second on their whole way, to the feed", site.engine());
    Ok(vec![Figure::plain(what, thousands(rate))])
}
