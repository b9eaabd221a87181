//! Brings the schema up to date, forward only.
//!
//! Every migration is a file of the same name for each engine, such as `V012__notify_status.sql`, that
//! is never changed once released. All that are missing run in one transaction, so a process killed in
//! the middle has changed nothing, and several that start at once wait for each other.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, Result};
use crate::params;
use crate::tx::{Engine, Tx};

/// Stands among the migrations of a database that a move is filling, until it is whole. Its checksum says
/// where from.
pub(crate) const HALF_MOVED: &str = "half moved";

struct Migration {
    name: &'static str,
    sql: &'static str,
}

static SQLITE: &[Migration] = include!(concat!(env!("OUT_DIR"), "/sqlite.rs"));
static POSTGRES: &[Migration] = include!(concat!(env!("OUT_DIR"), "/postgres.rs"));

const fn known(engine: Engine) -> &'static [Migration] {
    match engine {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    }
}

/// Whether this version knows a migration of this name.
pub(crate) fn is_known(name: &str) -> bool {
    SQLITE.iter().any(|known| known.name == name)
}

/// Runs what is missing in an embedded database.
///
/// # Errors
/// [`Error::History`] when the database knows a migration that we do not, or knows it differently.
pub(crate) fn run_embedded(connection: &Connection) -> Result<()> {
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    run(&mut Tx::sqlite(connection))?;
    Ok(transaction.commit()?)
}

/// Runs what is missing, within the caller's transaction. The same errors as [`run_embedded`].
pub(crate) fn run(tx: &mut Tx<'_>) -> Result<()> {
    let engine = tx.engine();
    match engine {
        Engine::Sqlite => tx.batch(
            "CREATE TABLE IF NOT EXISTS migrations (
                name TEXT NOT NULL PRIMARY KEY, checksum INTEGER NOT NULL) STRICT",
        )?,
        // The lock lasts as long as the transaction; whoever comes second finds everything done.
        Engine::Postgres => tx.batch(
            "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
             SELECT pg_advisory_xact_lock(7094655010221);
             CREATE TABLE IF NOT EXISTS migrations (
                name TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, checksum BIGINT NOT NULL);
             CREATE TABLE IF NOT EXISTS leaders (
                task TEXT NOT NULL PRIMARY KEY, node TEXT NOT NULL, term BIGINT NOT NULL,
                until TIMESTAMPTZ NOT NULL);",
        )?,
    }
    let done: Vec<(String, i64)> =
        tx.all("SELECT name, checksum FROM migrations ORDER BY name", params![])?;
    refuse_unknown(engine, &done)?;
    for migration in known(engine) {
        match done.iter().find(|(name, _)| name == migration.name) {
            Some((_, checksum)) => refuse_changed(migration, *checksum)?,
            None => apply(tx, migration)?,
        }
    }
    Ok(())
}

fn apply(tx: &mut Tx<'_>, migration: &Migration) -> Result<()> {
    tx.batch(migration.sql)?;
    let sql = "INSERT INTO migrations (name, checksum) VALUES ($1, $2)";
    tx.execute(sql, params![migration.name, checksum(migration.sql)])?;
    tracing::debug!(migration = migration.name, "brought the schema up to {}", migration.name);
    Ok(())
}

fn refuse_unknown(engine: Engine, done: &[(String, i64)]) -> Result<()> {
    if done.iter().any(|(name, _)| name == HALF_MOVED) {
        return Err(Error::History(
            "a move into this database is not finished; run `budstikke move` again, or empty it".to_owned(),
        ));
    }
    match done.iter().find(|(name, _)| known(engine).iter().all(|known| known.name != name)) {
        None => Ok(()),
        Some((name, _)) => Err(Error::History(format!(
            "a newer version of budstikke has used this database (it knows {name}); start that version instead"
        ))),
    }
}

fn refuse_changed(migration: &Migration, found: i64) -> Result<()> {
    if checksum(migration.sql) == found {
        return Ok(());
    }
    Err(Error::History(format!(
        "migration {} differs from the one this database was made with; use the version that made it",
        migration.name
    )))
}

/// FNV-1a: a fingerprint against mistakes, not against malice.
pub(crate) fn checksum(sql: &str) -> i64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    sql.bytes().fold(0xcbf2_9ce4_8422_2325, step).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_have_the_same_migrations() {
        let names = |list: &[Migration]| list.iter().map(|migration| migration.name).collect::<Vec<_>>();
        assert_eq!(names(SQLITE), names(POSTGRES));
    }

    #[test]
    fn running_twice_changes_nothing_the_second_time() {
        let connection = Connection::open_in_memory().expect("a database");
        run_embedded(&connection).expect("the first run");
        run_embedded(&connection).expect("the second run");

        let mut tx = Tx::sqlite(&connection);
        let count: i64 = tx.one("SELECT count(*) FROM migrations", params![]).expect("a count");
        assert_eq!(count, i64::try_from(SQLITE.len()).expect("few"));
    }

    #[test]
    fn a_database_from_the_future_is_refused() {
        let connection = Connection::open_in_memory().expect("a database");
        run_embedded(&connection).expect("a run");
        connection.execute("INSERT INTO migrations VALUES ('V999__tomorrow', 1)", []).expect("a row");

        let error = run_embedded(&connection).expect_err("a refusal");
        assert!(error.to_string().contains("newer version") && error.to_string().contains("V999"), "{error}");
    }

    #[test]
    fn a_changed_migration_is_refused() {
        let connection = Connection::open_in_memory().expect("a database");
        run_embedded(&connection).expect("a run");
        connection.execute("UPDATE migrations SET checksum = 0", []).expect("a change");

        assert!(matches!(run_embedded(&connection), Err(Error::History(text)) if text.contains("differs")));
    }
}
