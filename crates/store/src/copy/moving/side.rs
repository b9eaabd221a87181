//! One of the two databases of a move.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::MoveError;
use super::catalogue::Table;
use super::rows::Batch;
use crate::copy::{DATABASE, snapshot};
use crate::data_dir::{DataDir, for_owner_only};
use crate::error::{Error, Result};
use crate::params;
use crate::postgres::{Connector, Ended, Kind, PostgresConfig, Session};
use crate::sqlite::{self, Role};
use crate::tx::{Engine, Tx};
use crate::value::Value;

/// The longest a single statement of a move may take, in milliseconds. Counting is the longest.
const STATEMENT_MS: u64 = 3_600_000;
/// Held while a move goes into a PostgreSQL database.
const LOCK: i64 = 7_094_655_010_222;

/// Where rows are, or shall be.
#[derive(Clone, Debug)]
pub enum Place {
    /// The embedded database in this data directory.
    DataDir(PathBuf),
    /// A PostgreSQL database.
    Postgres(PostgresConfig),
}

/// An open database.
pub(super) struct Side(Below);

enum Below {
    Sqlite { connection: Connection, file: PathBuf, _data_dir: DataDir },
    Postgres { session: Box<Session>, address: String },
}

impl Side {
    /// Opens the side that is read. Nothing is changed there.
    pub(super) fn open_source(place: &Place, forced: bool) -> Result<Self, MoveError> {
        match place {
            Place::DataDir(path) => {
                let file = path.join(DATABASE);
                if !file.is_file() {
                    return Err(MoveError::NoDatabase(path.clone()));
                }
                let data_dir = DataDir::open(path)?;
                let connection = snapshot::read_only(&file)?;
                connection.set_prepared_statement_cache_capacity(64);
                Ok(Self(Below::Sqlite { connection, file, _data_dir: data_dir }))
            }
            Place::Postgres(config) => {
                let mut side = Self::connect(config)?;
                if !forced {
                    side.refuse_others("the source")?;
                }
                Ok(side)
            }
        }
    }

    /// Opens the side that is written, and keeps everybody else out.
    pub(super) fn open_target(place: &Place) -> Result<Self, MoveError> {
        match place {
            Place::DataDir(path) => {
                let data_dir = DataDir::open(path)?;
                let file = path.join(DATABASE);
                create(&file)?;
                let connection = sqlite::connect(&file, Role::Write, true)?;
                // What a power cut takes back is copied again; the last commit waits for the disk.
                connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 10000")?;
                Ok(Self(Below::Sqlite { connection, file, _data_dir: data_dir }))
            }
            Place::Postgres(config) => {
                let mut side = Self::connect(config)?;
                side.refuse_others("the target")?;
                side.postgres_lock()?;
                Ok(side)
            }
        }
    }

    fn connect(config: &PostgresConfig) -> Result<Self, MoveError> {
        let config =
            PostgresConfig { statement_timeout_ms: STATEMENT_MS, lock_timeout_ms: 10_000, ..config.clone() };
        let mut session = Session::open(&Connector::new(&config, true)?)?;
        session.begin(Kind::Write);
        session
            .batch("SET idle_in_transaction_session_timeout = 0; SET application_name = 'budstikke move'")?;
        let address = config.url.reveal();
        let address = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
        let address = address.rsplit_once('@').map_or(address, |(_, place)| place);
        let address = address.split('?').next().unwrap_or(address).to_owned();
        ended(&session.commit())?;
        Ok(Self(Below::Postgres { session: Box::new(session), address }))
    }

    /// A transaction that [`Side::begin_reading`] or [`Side::write`] has begun.
    pub(super) fn tx(&mut self) -> Tx<'_> {
        match &mut self.0 {
            Below::Sqlite { connection, .. } => Tx::sqlite(connection),
            Below::Postgres { session, .. } => Tx::postgres(session),
        }
    }

    /// What tells this database from others.
    pub(super) fn identity(&self) -> Result<String, MoveError> {
        match &self.0 {
            Below::Sqlite { file, .. } => {
                let file = file.canonicalize().map_err(|error| Error::ReadOnly(error.to_string()))?;
                Ok(file.display().to_string())
            }
            Below::Postgres { address, .. } => Ok(address.clone()),
        }
    }

    /// From here on reads see one snapshot, until [`Side::end_reading`].
    pub(super) fn begin_reading(&mut self) -> Result<()> {
        match &mut self.0 {
            Below::Sqlite { connection, .. } => connection.execute_batch("BEGIN")?,
            Below::Postgres { session, .. } => session.begin(Kind::Read),
        }
        Ok(())
    }

    pub(super) fn end_reading(&mut self) -> Result<()> {
        match &mut self.0 {
            Below::Sqlite { connection, .. } => connection.execute_batch("ROLLBACK")?,
            Below::Postgres { session, .. } => session.roll_back(),
        }
        Ok(())
    }

    /// Runs `work` in a transaction of its own.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, MoveError>,
    ) -> Result<T, MoveError> {
        match &mut self.0 {
            Below::Sqlite { connection, .. } => {
                connection.execute_batch("BEGIN IMMEDIATE")?;
                let result = work(&mut Tx::sqlite(connection));
                connection.execute_batch(if result.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
                result
            }
            Below::Postgres { session, .. } => {
                session.begin(Kind::Write);
                match work(&mut Tx::postgres(session)) {
                    Ok(value) => ended(&session.commit()).map(|()| value).map_err(MoveError::from),
                    Err(error) => {
                        session.roll_back();
                        Err(error)
                    }
                }
            }
        }
    }

    /// Writes rows in one commit.
    pub(super) fn insert(&mut self, table: &Table, batch: &Batch) -> Result<(), MoveError> {
        let shared = self.tx().engine() == Engine::Postgres;
        if shared {
            refuse_nul(table, batch)?;
        }
        let sql = table.insert();
        self.write(|tx| {
            if shared {
                // Lost batches are copied again; the last commit waits for the disk, and for these.
                tx.batch("SET LOCAL synchronous_commit = off")?;
            }
            tx.each(&sql, batch)?;
            Ok(())
        })
    }

    /// Everything that was written is on disk after this, and reading is fast.
    pub(super) fn settle(&mut self) -> Result<()> {
        match &mut self.0 {
            Below::Sqlite { connection, .. } => {
                connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)")?;
            }
            Below::Postgres { session, .. } => {
                session.begin(Kind::Write);
                session.batch("ANALYZE")?;
                ended(&session.commit())?;
            }
        }
        Ok(())
    }

    /// Lets the next commit wait for the disk, and with it all earlier ones.
    pub(super) fn sync_fully(&self) -> Result<()> {
        if let Below::Sqlite { connection, .. } = &self.0 {
            connection.execute_batch("PRAGMA synchronous = FULL")?;
        }
        Ok(())
    }

    fn refuse_others(&mut self, place: &'static str) -> Result<(), MoveError> {
        const SQL: &str = "SELECT application_name FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
                AND application_name LIKE 'budstikke%' ORDER BY application_name";
        self.begin_reading()?;
        let mut names: Vec<String> = self.tx().all(SQL, params![])?;
        self.end_reading()?;
        let count = names.len();
        names.dedup();
        if count == 0 { Ok(()) } else { Err(MoveError::InUse { place, count, names: names.join(", ") }) }
    }

    /// Two moves into one database would mix. The lock ends with the session.
    fn postgres_lock(&mut self) -> Result<(), MoveError> {
        let locked: bool = self.write(|tx| Ok(tx.one("SELECT pg_try_advisory_lock($1)", params![LOCK])?))?;
        if locked { Ok(()) } else { Err(MoveError::Moving) }
    }
}

fn create(file: &Path) -> Result<()> {
    let created = for_owner_only().create(true).truncate(false).open(file);
    created.map(|_| ()).map_err(|error| Error::ReadOnly(error.to_string()))
}

fn ended(ended: &Ended) -> Result<()> {
    match ended {
        Ended::Committed => Ok(()),
        Ended::Not(failure) => Err(Error::NotCommitted(format!("{failure:?}"))),
        Ended::Unknown => Err(Error::OutcomeUnknown),
    }
}

fn refuse_nul(table: &Table, batch: &Batch) -> Result<(), MoveError> {
    for row in batch {
        for (column, value) in table.columns.iter().zip(row) {
            if matches!(value, Value::Text(text) if text.contains('\0')) {
                let (table_name, column) = (table.name.clone(), column.name.clone());
                let key = format!("{:?}", table.key_of(row));
                return Err(MoveError::Nul { table: table_name, column, key });
            }
        }
    }
    Ok(())
}
