//! What the servers' own store says, read beside them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use testkit::postgres;
use uuid::Uuid;

/// What is still to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenWork {
    /// Calls to the outside whose end is not known yet.
    pub attempts: i64,
    /// Orders that are still to be worked on.
    pub orders: i64,
    /// Jobs of the notification service.
    pub jobs: i64,
}

impl OpenWork {
    /// Whether there is nothing to be done.
    pub const fn is_none(self) -> bool {
        self.attempts == 0 && self.orders == 0 && self.jobs == 0
    }
}

const ATTEMPTS: &str = "SELECT count(*) FROM attempts a JOIN notify_notifications n ON n.id = a.subject
    WHERE a.state IN ('prepared', 'in_flight')";
const ORDERS: &str = "SELECT count(*) FROM notify_orders WHERE state NOT IN ('processed', 'completed')";
const JOBS: &str = "SELECT count(*) FROM jobs WHERE kind LIKE 'notify.%'";
/// The id as it is kept, in hexadecimal digits, and how many.
const UNKNOWN: PerStore = PerStore {
    sqlite: "SELECT lower(hex(n.order_id)), count(*) FROM attempts a
        JOIN notify_notifications n ON n.id = a.subject WHERE a.state = 'unknown' GROUP BY n.order_id",
    postgres: "SELECT encode(n.order_id, 'hex'), count(*) FROM attempts a
        JOIN notify_notifications n ON n.id = a.subject WHERE a.state = 'unknown' GROUP BY n.order_id",
};
const DOUBTED: PerStore = PerStore {
    sqlite: "SELECT lower(hex(order_id)), count(*) FROM notify_timeline
        WHERE cause = 'in doubt' GROUP BY order_id",
    postgres: "SELECT encode(order_id, 'hex'), count(*) FROM notify_timeline
        WHERE cause = 'in doubt' GROUP BY order_id",
};

struct PerStore {
    sqlite: &'static str,
    postgres: &'static str,
}

/// Where the store is.
#[derive(Clone)]
pub enum Ledger {
    /// A file, which a server may be using.
    Sqlite(PathBuf),
    /// The database with this URL.
    Postgres(String),
}

impl Ledger {
    /// What is still to be done; nothing when it cannot be read just now.
    pub fn open_work(&self) -> Option<OpenWork> {
        Some(OpenWork {
            attempts: self.count(ATTEMPTS)?,
            orders: self.count(ORDERS)?,
            jobs: self.count(JOBS)?,
        })
    }

    /// The orders with attempts whose outcome nobody knows, and how many such attempts each has.
    pub fn unknown(&self) -> HashMap<String, usize> {
        self.by_order(&UNKNOWN)
    }

    /// The orders of which it was said, at some time, that nobody knew, and how often. A worker that
    /// was taken for dead may have known after all, and said so later.
    pub fn doubted(&self) -> HashMap<String, usize> {
        self.by_order(&DOUBTED)
    }

    fn by_order(&self, sql: &PerStore) -> HashMap<String, usize> {
        let counted = |(id, count): (String, String)| {
            let id: Uuid = id.parse().expect("an id");
            (id.to_string(), count.parse().expect("a count"))
        };
        self.pairs(sql).into_iter().map(counted).collect()
    }

    fn count(&self, sql: &str) -> Option<i64> {
        match self {
            Self::Sqlite(file) => Readable::of(file).and_then(|file| file.count(sql)).ok(),
            Self::Postgres(url) => postgres::query(url, sql).first()?.first()?.parse().ok(),
        }
    }

    fn pairs(&self, sql: &PerStore) -> Vec<(String, String)> {
        match self {
            Self::Sqlite(file) => {
                let file = Readable::of(file).expect("the database");
                let mut statement = file.connection.prepare(sql.sqlite).expect("a query");
                let rows =
                    statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.to_string())));
                rows.expect("rows").map(|row| row.expect("a row")).collect()
            }
            Self::Postgres(url) => {
                let rows = postgres::query(url, sql.postgres).into_iter();
                rows.map(|row| (row[0].clone(), row[1].clone())).collect()
            }
        }
    }
}

/// A database that can be read.
struct Readable {
    connection: Connection,
    _copy: Option<tempfile::TempDir>,
}

impl Readable {
    /// The file itself; or, where it lies on a disk that only the server sees, a copy: SQLite insists
    /// on knowing the true name of a file, and that one has none here.
    fn of(file: &Path) -> rusqlite::Result<Self> {
        if !file.starts_with("/proc") {
            let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            connection.busy_timeout(crate::PATIENCE)?;
            return Ok(Self { connection, _copy: None });
        }
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy.db");
        for end in ["", "-wal"] {
            let named = |path: &Path| PathBuf::from(format!("{}{end}", path.display()));
            std::fs::copy(named(file), named(&copy)).expect("a copy");
        }
        Ok(Self { connection: Connection::open(&copy)?, _copy: Some(folder) })
    }

    fn count(&self, sql: &str) -> rusqlite::Result<i64> {
        self.connection.query_row(sql, [], |row| row.get(0))
    }
}
