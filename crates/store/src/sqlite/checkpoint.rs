//! Folds the write-ahead log back into the database, beside the writer.
//!
//! A checkpoint on the writer's own connection makes one commit in a thousand wait for it (p99 of
//! accepting rises threefold). So a thread with its own connection does it, as often as enough has
//! been written; only when the log grows far beyond that, because writes never pause, the writer
//! helps once.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use super::{Role, connect};
use crate::error::Result;

/// Length of the log, in bytes, at which the thread begins to fold.
const FOLD_AT: u64 = 4 << 20;
/// Length of the log, in bytes, at which the writer stops for a moment.
const STOP_AT: u64 = 256 << 20;
/// Commits between two looks at the log's length.
const LOOK_EVERY: u32 = 64;

pub(crate) struct Checkpointer {
    log: PathBuf,
    wake: mpsc::SyncSender<()>,
    thread: JoinHandle<()>,
    commits: std::cell::Cell<u32>,
}

impl Checkpointer {
    pub(crate) fn start(file: &Path) -> Result<Self> {
        let connection = connect(file, Role::Write, true)?;
        let (wake, woken) = mpsc::sync_channel::<()>(1);
        let run = move || {
            while woken.recv().is_ok() {
                fold(&connection, "PRAGMA wal_checkpoint(PASSIVE)");
            }
        };
        let thread = thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(run)
            .expect("a thread can be started");
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        Ok(Self { log: log.into(), wake, thread, commits: std::cell::Cell::new(0) })
    }

    /// To be called by the writer between two groups.
    pub(crate) fn after_commit(&self, writer: &Connection) {
        self.commits.set(self.commits.get() + 1);
        if self.commits.get() < LOOK_EVERY {
            return;
        }
        self.commits.set(0);
        let length = std::fs::metadata(&self.log).map_or(0, |log| log.len());
        if length > STOP_AT {
            fold(writer, "PRAGMA wal_checkpoint(TRUNCATE)");
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

fn fold(connection: &Connection, pragma: &str) {
    if let Err(error) = connection.execute_batch(pragma) {
        tracing::warn!(%error, "could not fold the log into the database; trying again later");
    }
}
