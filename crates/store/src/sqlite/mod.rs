//! The embedded database: one writer thread that commits in groups, readers beside it.
//!
//! The writer takes whatever is waiting (at most [`GROUP`] pieces), runs each in a savepoint inside
//! one `BEGIN IMMEDIATE`, commits once with full sync, and only then answers. Under load a commit
//! carries many requests; alone, a request pays for one sync.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::mpsc;

mod checkpoint;
pub(crate) mod statement;

pub(crate) use self::checkpoint::Checkpointer;
use crate::error::{Error, Result};
use crate::faults::{Fault, FaultPoint, Faults};
use crate::tx::Tx;
use crate::work::{self, Work, shared};

/// The most pieces of work that share a commit.
pub(crate) const GROUP: usize = 256;

/// Opens a connection with the settings that every connection has.
pub(crate) fn connect(file: &Path, role: Role, full_sync: bool) -> Result<Connection> {
    let flags = match role {
        Role::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Role::Read => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(512);
    // Otherwise values that statistics speak about make statements be compiled again and again.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -8_000)?; // KiB
    connection.pragma_update(None, "temp_store", "memory")?;
    match role {
        Role::Read => connection.pragma_update(None, "query_only", true)?,
        Role::Write => {
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", if full_sync { "full" } else { "off" })?;
            connection.pragma_update(None, "wal_autocheckpoint", 0)?; // see checkpoint.rs
        }
    }
    Ok(connection)
}

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Write,
    Read,
}

/// Starts the writer thread. It ends when every sender is gone.
pub(crate) fn start_writer(
    connection: Connection,
    mut waiting: mpsc::Receiver<Work>,
    checkpointer: Checkpointer,
    faults: Faults,
) -> JoinHandle<()> {
    let run = move || {
        let mut group = VecDeque::with_capacity(GROUP);
        while let Some(first) = waiting.blocking_recv() {
            group.push_back(first);
            while group.len() < GROUP
                && let Ok(next) = waiting.try_recv()
            {
                group.push_back(next);
            }
            while !group.is_empty() {
                run_group(&connection, &mut group, &faults);
            }
            checkpointer.after_commit(&connection);
        }
        checkpointer.stop();
        // Leaves a single file behind, as operators expect of a stopped server.
        if let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(%error, "could not fold the log into the database at the end");
        }
    };
    thread::Builder::new().name("store-writer".to_owned()).spawn(run).expect("a thread can be started")
}

/// Runs the group in one transaction, commits, answers. What a broken transaction left undone
/// stays in `group` for the next one.
fn run_group(connection: &Connection, group: &mut VecDeque<Work>, faults: &Faults) {
    if let Err(error) = execute(connection, "BEGIN IMMEDIATE") {
        tracing::error!(%error, "could not begin a transaction");
        return group.drain(..).for_each(|work| work.answer(Err(shared(&error))));
    }
    let mut ran = Vec::with_capacity(group.len());
    let outcome = run_pieces(connection, group, &mut ran).and_then(|()| commit(connection, faults));
    if let Err(error) = &outcome {
        tracing::error!(%error, pieces = ran.len(), "a commit failed; its work was taken back");
        if !connection.is_autocommit()
            && let Err(error) = execute(connection, "ROLLBACK")
        {
            tracing::error!(%error, "could not take a transaction back");
        }
    }
    for work in ran {
        work.answer(outcome.as_ref().copied().map_err(shared));
    }
}

fn run_pieces(connection: &Connection, group: &mut VecDeque<Work>, ran: &mut Vec<Work>) -> Result<()> {
    while let Some(mut work) = group.pop_front() {
        let begun = execute(connection, "SAVEPOINT piece");
        let keep = begun.is_ok() && work.run(&mut Tx::sqlite(connection));
        ran.push(work);
        begun?;
        if connection.is_autocommit() {
            // SQLite takes the whole transaction back by itself when the disk is full or fails.
            return Err(Error::Full);
        }
        if !keep {
            execute(connection, "ROLLBACK TO piece")?;
        }
        execute(connection, "RELEASE piece")?;
    }
    Ok(())
}

fn commit(connection: &Connection, faults: &Faults) -> Result<()> {
    if faults.at(FaultPoint::BeforeCommit) == Fault::DiskFull {
        return Err(Error::Full);
    }
    execute(connection, "COMMIT")?;
    match faults.at(FaultPoint::AfterCommit) {
        Fault::AnswerLost => Err(Error::OutcomeUnknown),
        Fault::Pass | Fault::DiskFull => Ok(()),
    }
}

fn execute(connection: &Connection, sql: &str) -> Result<()> {
    connection.prepare_cached(sql)?.raw_execute()?;
    Ok(())
}

/// Starts reader threads that share one queue. They end when every sender is gone.
pub(crate) fn start_readers(
    connections: Vec<Connection>,
    waiting: mpsc::Receiver<Work>,
) -> Vec<JoinHandle<()>> {
    let waiting = Arc::new(Mutex::new(waiting));
    let start = |connection: Connection| {
        let waiting = Arc::clone(&waiting);
        let run = move || {
            while let Some(work) = work::next(&waiting) {
                run_read(&connection, work);
            }
        };
        thread::Builder::new().name("store-reader".to_owned()).spawn(run).expect("a thread can be started")
    };
    connections.into_iter().map(start).collect()
}

/// One snapshot for the whole piece of work.
fn run_read(connection: &Connection, mut work: Work) {
    if let Err(error) = execute(connection, "BEGIN") {
        return work.answer(Err(error));
    }
    work.run(&mut Tx::sqlite(connection));
    if let Err(error) = execute(connection, "ROLLBACK") {
        tracing::warn!(%error, "could not end a reader's snapshot");
    }
    work.answer(Ok(()));
}
