//! Brings the schema up to date, forward only.
//!
//! Every migration is a file of the same name for each engine, such as `V012__notify_status.sql`, that
//! is never changed once released. All that are missing run in one transaction, so a process killed in
//! the middle has changed nothing, and several that start at once wait for each other.
//!
//! An older version may use a database that a newer one has brought further, as long as the newer one only
//! added to it; this is what makes it possible to go back. A migration that takes away or changes what the
//! version before it reads or writes begins with a line `-- closes the way back`, and the database
//! remembers that beside its name, for those who do not know the file.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, Result};
use crate::params;
use crate::tx::{Engine, FromRow, Row, Tx};

/// Stands among the migrations of a database that a move is filling, until it is whole. Its checksum says
/// where from.
pub(crate) const HALF_MOVED: &str = "half moved";

/// How a migration begins that older versions must not find in their database.
const CLOSES: &str = "-- closes the way back";

struct Migration {
    name: &'static str,
    sql: &'static str,
}

/// A migration that a database has seen.
struct Done {
    name: String,
    checksum: i64,
    /// Whether versions that do not know it must keep away.
    closes: i64,
}

impl FromRow for Done {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { name: row.at(0)?, checksum: row.at(1)?, closes: row.at(2)? })
    }
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

/// Runs what is missing, within the caller's transaction. The same errors as [`run_embedded`]; on the
/// shared engine also [`Error::Unavailable`] where those who use a table do not let go of it in time.
pub(crate) fn run(tx: &mut Tx<'_>) -> Result<()> {
    let engine = tx.engine();
    begin(tx)?;
    let done: Vec<Done> = tx.all("SELECT name, checksum, closes FROM migrations ORDER BY name", params![])?;
    refuse_unknown(engine, &done)?;
    for migration in known(engine) {
        match done.iter().find(|done| done.name == migration.name) {
            Some(done) => refuse_changed(migration, done.checksum)?,
            None => apply(tx, migration)?,
        }
    }
    Ok(())
}

/// Makes the list of migrations, and adds to that of an older version what it does not have.
fn begin(tx: &mut Tx<'_>) -> Result<()> {
    // The lock lasts as long as the transaction; whoever comes second finds everything done. Other nodes
    // are at work, and whoever asks for a table that we wait for waits behind us: so not for long.
    const POSTGRES: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
        SELECT pg_advisory_xact_lock(7094655010221);
        SET LOCAL lock_timeout = '1s';
        CREATE TABLE IF NOT EXISTS migrations (
            name TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, checksum BIGINT NOT NULL);
        CREATE TABLE IF NOT EXISTS leaders (
            task TEXT NOT NULL PRIMARY KEY, node TEXT NOT NULL, term BIGINT NOT NULL,
            until TIMESTAMPTZ NOT NULL);";
    const SQLITE: &str = "CREATE TABLE IF NOT EXISTS migrations (
        name TEXT NOT NULL PRIMARY KEY, checksum INTEGER NOT NULL) STRICT";
    let (make, has_closes, number) = match tx.engine() {
        Engine::Sqlite => {
            (SQLITE, "SELECT count(*) FROM pragma_table_info('migrations') WHERE name = 'closes'", "INTEGER")
        }
        Engine::Postgres => (
            POSTGRES,
            "SELECT count(*) FROM pg_attribute WHERE attrelid = 'migrations'::regclass AND attname = 'closes'",
            "BIGINT",
        ),
    };
    tx.batch(make)?;
    if tx.one::<i64>(has_closes, params![])? == 0 {
        // Whoever does not say is one who does not know about it.
        tx.batch(&format!("ALTER TABLE migrations ADD COLUMN closes {number} NOT NULL DEFAULT 1"))?;
    }
    Ok(())
}

fn apply(tx: &mut Tx<'_>, migration: &Migration) -> Result<()> {
    tx.batch(migration.sql)?;
    let sql = "INSERT INTO migrations (name, checksum, closes) VALUES ($1, $2, $3)";
    let closes = i64::from(migration.sql.starts_with(CLOSES));
    tx.execute(sql, params![migration.name, checksum(migration.sql), closes])?;
    tracing::debug!(migration = migration.name, "brought the schema up to {}", migration.name);
    Ok(())
}

fn refuse_unknown(engine: Engine, done: &[Done]) -> Result<()> {
    if done.iter().any(|done| done.name == HALF_MOVED) {
        return Err(Error::History(
            "a move into this database is not finished; run `budstikke move` again, or empty it".to_owned(),
        ));
    }
    let unknown = |done: &&Done| known(engine).iter().all(|known| known.name != done.name);
    let newer: Vec<&Done> = done.iter().filter(unknown).collect();
    if let Some(Done { name, .. }) = newer.iter().find(|done| done.closes != 0) {
        return Err(Error::History(format!(
            "a newer version of budstikke has used this database (it knows {name}); start that version instead"
        )));
    }
    if let Some(Done { name, .. }) = newer.last() {
        tracing::warn!(
            "a newer version has used this database (it knows {name}) and only added to it; going on"
        );
    }
    Ok(())
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
        // As a version writes it that does not know that one could go back, and as one that says no.
        for row in ["(name, checksum) VALUES ('V998__tomorrow', 1)", "VALUES ('V999__tomorrow', 1, 1)"] {
            connection.execute(&format!("INSERT INTO migrations {row}"), []).expect("a row");
            let error = run_embedded(&connection).expect_err("a refusal").to_string();
            assert!(error.contains("newer version") && error.contains("V99"), "{error}");
            connection.execute("DELETE FROM migrations WHERE name LIKE 'V99%'", []).expect("no row");
        }
        run_embedded(&connection).expect("nothing to refuse");
    }

    #[test]
    fn a_database_from_the_future_that_was_only_added_to_is_used() {
        let connection = Connection::open_in_memory().expect("a database");
        run_embedded(&connection).expect("a run");
        connection.execute("INSERT INTO migrations VALUES ('V999__tomorrow', 1, 0)", []).expect("a row");

        run_embedded(&connection).expect("a run beside what is new");
    }

    #[test]
    fn a_database_of_a_version_that_could_not_go_back_is_brought_further() {
        let connection = Connection::open_in_memory().expect("a database");
        run_embedded(&connection).expect("a run");
        connection.execute("ALTER TABLE migrations DROP COLUMN closes", []).expect("an older list");

        run_embedded(&connection).expect("a run");
        let closed = "SELECT count(*) FROM migrations WHERE closes = 1";
        let closed: i64 = connection.query_row(closed, [], |row| row.get(0)).expect("a count");
        assert_eq!(closed, i64::try_from(SQLITE.len()).expect("few"));
    }

    #[test]
    fn a_migration_that_takes_something_away_says_so() {
        // What the first version that could go back found.
        const FIRST: [&str; 31] = [
            "V001__jobs",
            "V002__jobs_waiting_and_leased",
            "V009__shared_files",
            "V010__notify_orders",
            "V011__notify_notifications",
            "V012__notify_status",
            "V013__notify_feed_waiting",
            "V014__notify_routes_of_reports",
            "V015__notify_routes",
            "V016__notify_suppressions",
            "V017__notify_log_and_figures",
            "V018__notify_files",
            "V019__notify_news",
            "V020__notify_register",
            "V021__notify_registers",
            "V022__notify_bulks",
            "V023__notify_dead_reports",
            "V024__audit",
            "V030__webhooks",
            "V031__webhooks_secrets",
            "V032__webhooks_paused",
            "V050__exchange",
            "V051__exchange_parties",
            "V052__exchange_retention",
            "V053__exchange_peek_service",
            "V058__exchange_watching",
            "V070__broker",
            "V071__broker_usage",
            "V080__registry",
            "V081__registry_receivers",
            "V090__operate",
        ];
        const TAKES: [&str; 6] =
            ["DROP TABLE", "DROP COLUMN", "RENAME ", "SET NOT NULL", " TYPE ", "ADD CONSTRAINT"];
        let later = |migration: &&Migration| !FIRST.contains(&migration.name);
        for migration in SQLITE.iter().chain(POSTGRES).filter(later) {
            let text = migration.sql.to_uppercase();
            let takes = TAKES.iter().find(|word| text.contains(*word));
            let says = migration.sql.starts_with(CLOSES);
            assert!(says || takes.is_none(), "{}: {takes:?}, see docs/upgrading.md", migration.name);
        }
    }

    #[test]
    fn a_changed_migration_is_refused() {
        let connection = Connection::open_in_memory().expect("a database");
        run_embedded(&connection).expect("a run");
        connection.execute("UPDATE migrations SET checksum = 0", []).expect("a change");

        assert!(matches!(run_embedded(&connection), Err(Error::History(text)) if text.contains("differs")));
    }
}
