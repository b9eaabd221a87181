//! The bare PostgreSQL: four connections, prepared statements, arrays of a hundred rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use tokio_postgres::Client;

use super::{BATCH, FEED, FILL_FEED, FILL_JOBS, PAGE, TABLES};
use crate::cli::bench::figure::{Engine, per_second};
use crate::cli::bench::postgres::connect;
use crate::cli::bench::sql::spell;
use crate::cli::bench::texts::Texts;

const ACCEPT: &str = "WITH
    orders AS (INSERT INTO raw_orders SELECT id, 'fjord', id, 'notification', 'registered', $9, content, texts, $9
        FROM unnest($1::bytea[], $2::text[], $3::text[]) AS t(id, content, texts)),
    notifications AS (INSERT INTO raw_notifications SELECT id, order_id, 'fjord', 'email', 'New', destination, $9, $9
        FROM unnest($4::bytea[], $5::bytea[], $6::text[]) AS t(id, order_id, destination))
    INSERT INTO raw_feed SELECT 'fjord', number, id, entry, $9
        FROM unnest($7::bigint[], $1::bytea[], $8::text[]) AS t(number, id, entry)";
const READ: &str =
    "SELECT number, entry FROM raw_feed WHERE creator = 'fjord' AND number > $1 ORDER BY number LIMIT $2";
const CLAIM: &str = "WITH next AS (SELECT id FROM raw_jobs WHERE lane = 'bench' AND due <= $1 ORDER BY due
        LIMIT $3 FOR UPDATE SKIP LOCKED)
    UPDATE raw_jobs AS job SET due = $2, worker = 'bench', fence = fence + 1, tries = tries + 1
    FROM next WHERE job.id = next.id RETURNING job.id, job.payload";
const DELETE: &str = "DELETE FROM raw_jobs WHERE id = ANY($1)";

/// Connections to one database.
pub(in crate::cli::bench) struct Clients(Vec<Client>);

impl Clients {
    pub(super) async fn connect(url: &str, count: usize) -> Result<Self> {
        Ok(Self(try_join_all((0..count).map(|_| connect(url))).await?))
    }

    pub(super) async fn make(&self) -> Result<()> {
        let client = &self.0[0];
        client.batch_execute(&TABLES.replace("<tail>", "").replace("TEXT", "TEXT COLLATE \"C\"")).await?;
        let now = Timestamp::now().as_microsecond();
        client.execute(&spell(Engine::Postgres, FILL_FEED), &[&1_i64, &FEED, &now, &1_i64]).await?;
        client.batch_execute("VACUUM ANALYZE raw_feed").await?;
        Ok(())
    }

    pub(super) async fn accept(&self, texts: &Texts, time: Duration) -> Result<f64> {
        let begun = Instant::now();
        let one = |client| async move {
            let (mut count, statement) = (0, Client::prepare(client, ACCEPT).await?);
            while begun.elapsed() < time {
                count += insert(client, &statement, texts).await?;
            }
            Ok::<usize, anyhow::Error>(count)
        };
        let counts = try_join_all(self.0.iter().map(one)).await?;
        Ok(per_second(counts.iter().sum(), begun.elapsed()))
    }

    pub(super) async fn feed(&self, texts: &Texts, time: Duration) -> Result<f64> {
        let (begun, places) = (Instant::now(), u64::try_from(FEED - i64::from(PAGE))?);
        let one = |client| async move {
            let (mut count, statement) = (0, Client::prepare(client, READ).await?);
            while begun.elapsed() < time {
                let from = i64::try_from(texts.below(places))?;
                let rows = client.query(&statement, &[&from, &i64::from(PAGE)]).await?;
                let letters: usize = rows.iter().map(|row| row.get::<_, &str>(1).len()).sum();
                anyhow::ensure!(letters > 0, "the raw feed is empty");
                count += 1;
            }
            Ok(count)
        };
        let counts = try_join_all(self.0.iter().map(one)).await?;
        Ok(per_second(counts.iter().sum(), begun.elapsed()))
    }

    pub(super) async fn claim(&self, batch: usize, waiting: i64, time: Duration) -> Result<f64> {
        let client = &self.0[0];
        let early = Timestamp::now().as_microsecond() - 2 * waiting;
        client.batch_execute("TRUNCATE raw_jobs").await?;
        client.execute(&spell(Engine::Postgres, FILL_JOBS), &[&1_i64, &waiting, &early, &1_i64]).await?;
        client.batch_execute("VACUUM ANALYZE raw_jobs").await?;
        let (begun, enough) = (Instant::now(), usize::try_from(waiting / 2)?);
        let done = Arc::new(AtomicUsize::new(0));
        let one = |client| {
            let done = Arc::clone(&done);
            let stop = move |done| begun.elapsed() >= time || done >= enough;
            async move { take(client, batch, done, stop).await }
        };
        try_join_all(self.0.iter().map(one)).await?;
        Ok(per_second(done.load(Ordering::Relaxed), begun.elapsed()))
    }
}

async fn insert(client: &Client, statement: &tokio_postgres::Statement, texts: &Texts) -> Result<usize> {
    let rows: Vec<_> = (0..BATCH).map(|_| texts.rows()).collect();
    let orders: Vec<&[u8]> = rows.iter().map(|row| row.order.as_bytes().as_slice()).collect();
    let contents: Vec<&str> = rows.iter().map(|row| row.content.as_str()).collect();
    let bodies: Vec<&str> = rows.iter().map(|row| row.texts).collect();
    let notifications: Vec<&[u8]> = rows.iter().map(|row| row.notification.as_bytes().as_slice()).collect();
    let destinations: Vec<&str> = rows.iter().map(|row| row.address.as_str()).collect();
    let numbers: Vec<i64> = rows.iter().map(|row| FEED + 1 + row.number).collect();
    let entries: Vec<&str> = rows.iter().map(|row| row.entry.as_str()).collect();
    let now = Timestamp::now().as_microsecond();
    client
        .execute(
            statement,
            &[&orders, &contents, &bodies, &notifications, &orders, &destinations, &numbers, &entries, &now],
        )
        .await?;
    Ok(BATCH)
}

async fn take(
    client: &Client,
    batch: usize,
    done: Arc<AtomicUsize>,
    enough: impl Fn(usize) -> bool,
) -> Result<()> {
    let (claim, delete) = (client.prepare(CLAIM).await?, client.prepare(DELETE).await?);
    let batch = i64::try_from(batch)?;
    while !enough(done.load(Ordering::Relaxed)) {
        let now = Timestamp::now().as_microsecond();
        let rows = client.query(&claim, &[&now, &(now + 60_000_000), &batch]).await?;
        let ids: Vec<&[u8]> = rows.iter().map(|row| row.get(0)).collect();
        client.execute(&delete, &[&ids]).await?;
        done.fetch_add(ids.len(), Ordering::Relaxed);
    }
    Ok(())
}
