//! The database as it was at one moment, copied beside whoever works on it.
//!
//! The read transaction stays open from the first look to the last page. The write-ahead log gives
//! such a reader one moment's pages for as long as it likes, and the writer goes on meanwhile; the
//! log cannot be folded behind the reader, so it grows until the copy is made.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{CopyError, Progress, Step, Tell};
use crate::data_dir::for_owner_only;

/// Pages between two looks at progress: 4 MiB with pages of 4 KiB.
const PAGES: i32 = 1_024;

/// One moment of a database.
pub(super) struct Snapshot {
    connection: Connection,
}

impl Snapshot {
    /// Takes it. Nothing is changed in the database.
    pub(super) fn take(file: &Path) -> Result<Self, CopyError> {
        let connection = read_only(file)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch("BEGIN")?;
        let snapshot = Self { connection };
        // The transaction begins with the first thing that is read.
        snapshot.migrations()?;
        Ok(snapshot)
    }

    /// Names of the migrations that made its schema, in order.
    pub(super) fn migrations(&self) -> Result<Vec<String>, CopyError> {
        let mut statement = self.connection.prepare("SELECT name FROM migrations ORDER BY name")?;
        let names = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(names)
    }

    /// Writes it to a new file, and to the disk.
    pub(super) fn copy(self, to: &Path, tell: Tell<'_>) -> Result<(), CopyError> {
        for_owner_only().create_new(true).open(to).map_err(CopyError::at(to))?;
        let mut target = Connection::open(to)?;
        // Nobody believes the copy before its manifest is there.
        target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        let page_bytes: i64 = self.connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let page_bytes = u64::try_from(page_bytes).unwrap_or_default();
        let backup = Backup::new(&self.connection, &mut target)?;
        loop {
            let result = backup.step(PAGES)?;
            let pages = backup.progress();
            let bytes = |pages: i32| u64::try_from(pages).unwrap_or_default() * page_bytes;
            let done = bytes(pages.pagecount - pages.remaining);
            tell(Progress { step: Step::Database, done, of: bytes(pages.pagecount) });
            match result {
                StepResult::Done => break,
                StepResult::More => {}
                _ => sleep(Duration::from_millis(5)),
            }
        }
        drop(backup);
        target.close().map_err(|(_, error)| error)?;
        std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(CopyError::at(to))
    }
}

/// A connection that changes nothing, also when it is the last to go.
pub(super) fn read_only(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(file, flags)
}

/// Asks SQLite whether a copied database is whole, without leaving anything beside it.
pub(super) fn check(file: &Path) -> Result<(), CopyError> {
    let fault = |fault: String| CopyError::Fault { file: file.to_owned(), fault };
    let path = file.to_str().ok_or_else(|| CopyError::Name(file.to_owned()))?;
    let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)?;
    let verdict: rusqlite::Result<String> =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    match verdict {
        Ok(verdict) if verdict == "ok" => {}
        Ok(complaint) => return Err(fault(complaint)),
        Err(error) => return Err(fault(error.to_string())),
    }
    let mut dangling = connection.prepare("PRAGMA foreign_key_check")?;
    match dangling.query([])?.next()? {
        None => Ok(()),
        Some(row) => Err(fault(format!("a row of {} points at nobody", row.get::<_, String>(0)?))),
    }
}
