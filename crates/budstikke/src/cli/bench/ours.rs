//! Our own figures: a server in a process of its own that is asked over HTTP, as callers do.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::load::{Load, Seen, request};
use super::server::Server;
use super::site::Site;
use super::texts::Texts;

/// Entries on a page of the feed.
const PAGE: u64 = 100;
/// Readers beside the writers, and how often each of them asks: a thousand pages a second together.
const PACED_READERS: usize = 8;
const PACE: Duration = Duration::from_millis(8);
/// Connections that read as fast as they are answered.
const READERS: usize = 8;

/// A server with orders in its feed.
pub(super) struct Asked<'a> {
    pub server: &'a Server,
    /// The greatest number in the feed.
    pub last: u64,
    pub texts: &'a Texts,
    pub connections: usize,
    pub time: Duration,
}

impl Asked<'_> {
    /// Orders of one e-mail, checked in full and on disk before they are answered.
    pub(super) async fn accept(&self) -> Result<Seen> {
        self.orders(self.time.min(Duration::from_secs(1))).run().await?; // warm up
        self.orders(self.time).run().await
    }

    /// The same while readers ask for pages of the feed at their own pace.
    pub(super) async fn accept_beside_readers(&self) -> Result<Seen> {
        let readers = Load { connections: PACED_READERS, every: Some(PACE), ..self.pages(self.time) };
        let (orders, pages) = tokio::try_join!(self.orders(self.time).run(), readers.run())?;
        ensure!(pages.rate > 0.0, "no page was read");
        Ok(orders)
    }

    /// Pages of a hundred entries from anywhere in the feed.
    pub(super) async fn feed(&self) -> Result<Seen> {
        self.pages(self.time.min(Duration::from_millis(300))).run().await?; // warm up
        self.pages(self.time).run().await
    }

    fn orders(&self, time: Duration) -> Load {
        let (host, token, texts) = self.who();
        let requests =
            move || request("POST", "/notifications/api/v1/future/orders", &host, &token, &texts.order());
        Load {
            address: self.server.addresses.api.to_string(),
            connections: self.connections,
            time,
            expected: 201,
            every: None,
            requests: Arc::new(requests),
        }
    }

    fn pages(&self, time: Duration) -> Load {
        let (host, token, texts) = self.who();
        // Every second entry is ours, so that a page spans twice as many numbers.
        let last = self.last.saturating_sub(3 * PAGE);
        let requests = move || {
            let from = texts.below(last);
            let path = format!("/notifications/api/v1/future/shipment/feed?seq={from}&pageSize={PAGE}");
            request("GET", &path, &host, &token, "")
        };
        Load {
            address: self.server.addresses.api.to_string(),
            connections: READERS,
            time,
            expected: 200,
            every: None,
            requests: Arc::new(requests),
        }
    }

    fn who(&self) -> (String, String, Texts) {
        let host = self.server.addresses.api.to_string();
        (host, self.server.client.token.reveal().clone(), self.texts.clone())
    }
}

/// Makes sure that what was measured is really there: entries on a page.
async fn check_feed(server: &Server) -> Result<()> {
    let path = format!("future/shipment/feed?seq=0&pageSize={PAGE}");
    let (status, page) = server.client.notify_get(&path).await?;
    let entries = page.as_array().map_or(0, Vec::len);
    ensure!(entries == usize::try_from(PAGE)?, "a full page was expected, not {entries} entries ({status})");
    Ok(())
}

/// Starts a server there and makes sure that it has something to show.
pub(super) async fn serve(site: &Site) -> Result<Server> {
    let server = site.serve().await?;
    check_feed(&server).await?;
    Ok(server)
}
