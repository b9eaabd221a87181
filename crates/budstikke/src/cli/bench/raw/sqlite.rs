//! The bare SQLite: one connection, write-ahead log, full sync, its own checkpoints.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{BATCH, FEED, FILL_FEED, FILL_JOBS, PAGE, TABLES};
use crate::cli::bench::figure::{Engine, per_second};
use crate::cli::bench::sql::spell;
use crate::cli::bench::texts::{Rows, Texts};

const ORDER: &str =
    "INSERT INTO raw_orders VALUES (?1, 'fjord', ?2, 'notification', 'registered', ?3, ?4, ?5, ?3)";
const NOTIFICATION: &str =
    "INSERT INTO raw_notifications VALUES (?1, ?2, 'fjord', 'email', 'New', ?3, ?4, ?4)";
const FEED_ROW: &str = "INSERT INTO raw_feed VALUES ('fjord', ?1, ?2, ?3, ?4)";
const CLAIM: &str = "UPDATE raw_jobs SET due = ?2, worker = 'bench', fence = fence + 1, tries = tries + 1
    WHERE id IN (SELECT id FROM raw_jobs WHERE lane = 'bench' AND due <= ?1 ORDER BY due LIMIT ?3)
    RETURNING id, payload";
const READ: &str =
    "SELECT number, entry FROM raw_feed WHERE creator = 'fjord' AND number > ?1 ORDER BY number LIMIT ?2";

fn open(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -8_000)?; // KiB, as ours
    Ok(connection)
}

pub(super) fn make(file: &Path) -> Result<()> {
    let connection = open(file)?;
    connection.execute_batch(&TABLES.replace("<tail>", "WITHOUT ROWID"))?;
    let entries = spell(Engine::Sqlite, FILL_FEED);
    connection.execute(&entries, params![1, FEED, Timestamp::now().as_microsecond(), 1])?;
    Ok(())
}

pub(super) fn accept(file: &Path, texts: &Texts, time: Duration) -> Result<f64> {
    let mut connection = open(file)?;
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < time {
        let transaction = connection.transaction()?;
        for _ in 0..BATCH {
            insert(&transaction, &texts.rows())?;
        }
        transaction.commit()?;
        count += BATCH;
    }
    Ok(per_second(count, begun.elapsed()))
}

fn insert(connection: &Connection, rows: &Rows<'_>) -> Result<()> {
    let now = Timestamp::now().as_microsecond();
    let (order, notification) = (rows.order.as_bytes(), rows.notification.as_bytes());
    let mut statement = connection.prepare_cached(ORDER)?;
    statement.execute(params![order, order, now, rows.content, rows.texts])?;
    let mut statement = connection.prepare_cached(NOTIFICATION)?;
    statement.execute(params![notification, order, rows.address, now])?;
    let mut statement = connection.prepare_cached(FEED_ROW)?;
    statement.execute(params![FEED + 1 + rows.number, order, rows.entry, now])?;
    Ok(())
}

pub(super) fn feed(file: &Path, texts: &Texts, time: Duration) -> Result<f64> {
    let connection = open(file)?;
    let (begun, mut count, mut letters) = (Instant::now(), 0, 0);
    let places = u64::try_from(FEED - i64::from(PAGE))?;
    while begun.elapsed() < time {
        let from = i64::try_from(texts.below(places))?;
        let mut statement = connection.prepare_cached(READ)?;
        let mut rows = statement.query(params![from, PAGE])?;
        while let Some(row) = rows.next()? {
            letters += row.get_ref(1)?.as_str()?.len();
        }
        count += 1;
    }
    anyhow::ensure!(letters > 0, "the raw feed is empty");
    Ok(per_second(count, begun.elapsed()))
}

pub(super) fn claim(file: &Path, batch: usize, waiting: i64, time: Duration) -> Result<f64> {
    let mut connection = open(file)?;
    connection.execute("DELETE FROM raw_jobs", [])?;
    let early = Timestamp::now().as_microsecond() - 2 * waiting;
    connection.execute(&spell(Engine::Sqlite, FILL_JOBS), params![1, waiting, early, 1])?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    let (begun, mut count, enough) = (Instant::now(), 0, usize::try_from(waiting / 2)?);
    while begun.elapsed() < time && count < enough {
        let claimed = take(&mut connection, batch)?;
        let transaction = connection.transaction()?;
        for id in &claimed {
            transaction.prepare_cached("DELETE FROM raw_jobs WHERE id = ?1")?.execute([id.as_bytes()])?;
        }
        transaction.commit()?;
        count += claimed.len();
    }
    Ok(per_second(count, begun.elapsed()))
}

fn take(connection: &mut Connection, batch: usize) -> Result<Vec<Uuid>> {
    let batch = i64::try_from(batch)?;
    let now = Timestamp::now().as_microsecond();
    let transaction = connection.transaction()?;
    let claimed = {
        let mut statement = transaction.prepare_cached(CLAIM)?;
        let read = |row: &rusqlite::Row<'_>| Ok(Uuid::from_bytes(row.get("id")?));
        let rows = statement.query_map(params![now, now + 60_000_000, batch], read)?;
        rows.collect::<rusqlite::Result<Vec<_>>>()?
    };
    transaction.commit()?;
    Ok(claimed)
}
