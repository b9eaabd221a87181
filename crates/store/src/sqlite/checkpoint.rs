//! Folds the write-ahead log back into the database, beside the writer.
//!
//! A checkpoint on the writer's own connection makes one commit in a thousand wait for it (p99 of
//! accepting rises threefold). So a thread with its own connection does it, as often as enough has
//! been written. The log begins anew only when nothing in it is left to fold, which never happens while
//! the writer adds to it; so when the thread has nearly caught up, the writer folds the little rest
//! itself. Only when the log grows far beyond that does the writer stop for all of it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use super::{Role, connect};
use crate::error::Result;

/// Length of the log, in bytes, at which the thread begins to fold.
const FOLD_AT: u64 = 4 << 20;
/// Length of the log in use, in pages, from which the writer helps to end it.
const HELP_AT: i64 = 8_000;
/// The most that the writer folds to help, in pages.
const LITTLE: i64 = 1_000;
/// Length of the log, in bytes, at which the writer stops for a moment.
const STOP_AT: u64 = 512 << 20;
/// Commits between two looks at the log's length.
const LOOK_EVERY: u32 = 64;

pub(crate) struct Checkpointer {
    log: PathBuf,
    wake: mpsc::SyncSender<()>,
    thread: JoinHandle<()>,
    commits: std::cell::Cell<u32>,
    /// Whether the log was long and nearly folded when the thread last looked.
    help: Arc<AtomicBool>,
}

impl Checkpointer {
    pub(crate) fn start(file: &Path) -> Result<Self> {
        let connection = connect(file, Role::Write, true)?;
        let (wake, woken) = mpsc::sync_channel::<()>(1);
        let help = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&help);
        let run = move || {
            while woken.recv().is_ok() {
                if let Some((pages, folded)) = fold(&connection, "PRAGMA wal_checkpoint(PASSIVE)") {
                    told.store(pages > HELP_AT && pages - folded < LITTLE, Ordering::Relaxed);
                }
            }
        };
        let thread = thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(run)
            .expect("a thread can be started");
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        Ok(Self { log: log.into(), wake, thread, commits: std::cell::Cell::new(0), help })
    }

    /// To be called by the writer between two groups.
    pub(crate) fn after_commit(&self, writer: &Connection) {
        self.commits.set(self.commits.get() + 1);
        if self.commits.get() < LOOK_EVERY {
            return;
        }
        self.commits.set(0);
        let length = std::fs::metadata(&self.log).map_or(0, |log| log.len());
        if self.help.swap(false, Ordering::Relaxed) {
            fold(writer, "PRAGMA wal_checkpoint(PASSIVE)");
        } else if length > STOP_AT {
            if nobody_reads_for_long(writer) {
                fold(writer, "PRAGMA wal_checkpoint(TRUNCATE)");
            }
        } else if length > FOLD_AT {
            // A full channel means that a fold is coming anyway.
            let _ = self.wake.try_send(());
        }
    }

    pub(crate) fn stop(self) {
        drop(self.wake);
        let _ = self.thread.join();
    }
}

/// Folds what can be folded without waiting. What is left then is held by a reader, such as a backup;
/// waiting for it would stop everybody, and not shorten the log.
fn nobody_reads_for_long(writer: &Connection) -> bool {
    fold(writer, "PRAGMA wal_checkpoint(PASSIVE)").is_some_and(|(pages, folded)| pages - folded < LITTLE)
}

/// Folds what it can; answers how many pages the log has, and how many of them are folded.
fn fold(connection: &Connection, pragma: &str) -> Option<(i64, i64)> {
    let folded = connection.query_row(pragma, [], |row| Ok((row.get(1)?, row.get(2)?)));
    folded
        .inspect_err(|error| {
            tracing::warn!(%error, "could not fold the log into the database; trying again later");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_does_not_wait_for_a_backup_that_holds_the_log() {
        let folder = std::env::temp_dir().join(format!("budstikke-log-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).expect("a folder");
        let file = folder.join("budstikke.db");
        let writer = connect(&file, Role::Write, false).expect("a database");
        writer.execute_batch("CREATE TABLE t (a BLOB)").expect("a table");
        let reader = connect(&file, Role::Read, false).expect("a reader");
        reader.execute_batch("BEGIN; SELECT count(*) FROM t").expect("a snapshot");
        writer.execute("INSERT INTO t VALUES (zeroblob(?1))", [4_096 * (LITTLE + 100)]).expect("a long row");

        assert!(!nobody_reads_for_long(&writer));
        reader.execute_batch("ROLLBACK").expect("an end");
        assert!(nobody_reads_for_long(&writer));
        drop((writer, reader));
        std::fs::remove_dir_all(folder).expect("a removal");
    }
}
