//! The bare engines: tables of the same shape, no server, no rules, large commits. What they reach is
//! the most that anything on top of them can reach on this machine in these minutes.

mod postgres;
mod sqlite;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::figure::Engine;
use super::texts::Texts;

/// Orders in a commit.
const BATCH: usize = 100;
/// Entries on a page of the feed.
const PAGE: u32 = 100;
/// Entries in the feed before anything is measured.
const FEED: i64 = 20_000;
/// Connections to a server.
const CONNECTIONS: usize = 4;

/// The tables, each with the keys and indexes that its counterpart cannot do without.
const TABLES: &str = "
    CREATE TABLE raw_orders (id BYTEA NOT NULL PRIMARY KEY, creator TEXT NOT NULL, chain BYTEA NOT NULL,
        kind TEXT NOT NULL, state TEXT NOT NULL, requested BIGINT NOT NULL, content TEXT NOT NULL,
        texts TEXT NOT NULL, created BIGINT NOT NULL) <tail>;
    CREATE TABLE raw_notifications (id BYTEA NOT NULL PRIMARY KEY, order_id BYTEA NOT NULL,
        creator TEXT NOT NULL, channel TEXT NOT NULL, result TEXT NOT NULL, destination TEXT NOT NULL,
        expires BIGINT NOT NULL, created BIGINT NOT NULL) <tail>;
    CREATE INDEX raw_notifications_order ON raw_notifications (order_id);
    CREATE TABLE raw_feed (creator TEXT NOT NULL, number BIGINT NOT NULL, order_id BYTEA NOT NULL,
        entry TEXT NOT NULL, created BIGINT NOT NULL, PRIMARY KEY (creator, number)) <tail>;
    CREATE TABLE raw_jobs (id BYTEA NOT NULL PRIMARY KEY, lane TEXT NOT NULL, due BIGINT NOT NULL,
        kind TEXT NOT NULL, owner TEXT NOT NULL, payload TEXT NOT NULL, fence BIGINT NOT NULL,
        worker TEXT, tries BIGINT NOT NULL, created BIGINT NOT NULL) <tail>;
    CREATE INDEX raw_jobs_due ON raw_jobs (lane, due);";

/// Fills the feed with entries `$1` to `$2`.
const FILL_FEED: &str = "INSERT INTO raw_feed (creator, number, order_id, entry, created) <rows>
    SELECT 'fjord', n, <key 1>, '{\"shipmentId\":\"' || <uuid 1> ||
        '\",\"sendersReference\":\"sak-2026\",\"shipmentType\":\"Notification\",\"status\":\"Order_Completed\",'
        || '\"lastUpdate\":\"2026-11-20T10:15:00.123456Z\",\"recipients\":[{\"destination\":\"innbygger' || n
        || '@fjord.example\",\"status\":\"Email_Delivered\",\"lastUpdate\":\"2026-11-20T10:15:00.123456Z\"}]}',
        <at>
    FROM rows";

/// Fills the queue with jobs `$1` to `$2`, all of them due.
const FILL_JOBS: &str =
    "INSERT INTO raw_jobs (id, lane, due, kind, owner, payload, fence, tries, created) <rows>
    SELECT <key 2>, 'bench', <at>, 'bench', 'fjord', '{\"notification\":\"' || <uuid 3> || '\"}', 0, 0, <at>
    FROM rows";

/// One bare engine.
pub(super) enum Raw {
    Sqlite(PathBuf),
    Postgres(postgres::Clients),
}

impl Raw {
    /// In a file of this folder.
    pub(super) async fn in_folder(folder: &std::path::Path) -> Result<Self> {
        let file = folder.join("raw.db");
        let raw = Self::Sqlite(file.clone());
        tokio::task::spawn_blocking(move || sqlite::make(&file)).await??;
        Ok(raw)
    }

    /// In the empty database at this address.
    pub(super) async fn in_database(url: &str) -> Result<Self> {
        let clients = postgres::Clients::connect(url, CONNECTIONS).await?;
        clients.make().await?;
        Ok(Self::Postgres(clients))
    }

    /// Order, notification and feed row, a hundred of each in a commit: orders a second.
    pub(super) async fn accept(&self, texts: &Texts, time: Duration) -> Result<f64> {
        match self {
            Self::Sqlite(file) => {
                let (file, texts) = (file.clone(), texts.clone());
                tokio::task::spawn_blocking(move || sqlite::accept(&file, &texts, time)).await?
            }
            Self::Postgres(clients) => clients.accept(texts, time).await,
        }
    }

    /// Pages of a hundred entries from anywhere in the feed: pages a second.
    pub(super) async fn feed(&self, texts: &Texts, time: Duration) -> Result<f64> {
        match self {
            Self::Sqlite(file) => {
                let (file, texts) = (file.clone(), texts.clone());
                tokio::task::spawn_blocking(move || sqlite::feed(&file, &texts, time)).await?
            }
            Self::Postgres(clients) => clients.feed(texts, time).await,
        }
    }

    /// Claims so many at once, deletes what was claimed, until half of `waiting` is gone or the time
    /// is up: jobs a second.
    pub(super) async fn claim(&self, batch: usize, waiting: i64, time: Duration) -> Result<f64> {
        match self {
            Self::Sqlite(file) => {
                let file = file.clone();
                tokio::task::spawn_blocking(move || sqlite::claim(&file, batch, waiting, time)).await?
            }
            Self::Postgres(clients) => clients.claim(batch, waiting, time).await,
        }
    }

    pub(super) const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}
