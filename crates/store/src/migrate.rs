//! Brings the schema up to date, forward only.
//!
//! Every migration is a file named `V012__notify_orders.sql` that is never changed once released.
//! All that are missing run in one transaction, so a process killed in the middle has changed
//! nothing, and several that start at once wait for each other.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, Result};
use crate::params;
use crate::tx::Tx;

struct Migration {
    name: &'static str,
    sql: &'static str,
}

static MIGRATIONS: &[Migration] = include!(concat!(env!("OUT_DIR"), "/sqlite.rs"));

/// Runs what is missing.
///
/// # Errors
/// [`Error::History`] when the database knows a migration that we do not, or knows it differently.
pub(crate) fn run(connection: &Connection) -> Result<()> {
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let mut tx = Tx::new(connection);
    tx.batch(
        "CREATE TABLE IF NOT EXISTS migrations (
            name TEXT NOT NULL PRIMARY KEY, checksum INTEGER NOT NULL) STRICT",
    )?;
    let done: Vec<(String, i64)> =
        tx.all("SELECT name, checksum FROM migrations ORDER BY name", params![])?;
    refuse_unknown(&done)?;
    for migration in MIGRATIONS {
        match done.iter().find(|(name, _)| name == migration.name) {
            Some((_, checksum)) => refuse_changed(migration, *checksum)?,
            None => apply(&mut tx, migration)?,
        }
    }
    Ok(transaction.commit()?)
}

fn apply(tx: &mut Tx<'_>, migration: &Migration) -> Result<()> {
    tx.batch(migration.sql)?;
    let sql = "INSERT INTO migrations (name, checksum) VALUES ($1, $2)";
    tx.execute(sql, params![migration.name, checksum(migration.sql)])?;
    tracing::debug!(migration = migration.name, "brought the schema up to {}", migration.name);
    Ok(())
}

fn refuse_unknown(done: &[(String, i64)]) -> Result<()> {
    match done.iter().find(|(name, _)| MIGRATIONS.iter().all(|known| known.name != name)) {
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
fn checksum(sql: &str) -> i64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    sql.bytes().fold(0xcbf2_9ce4_8422_2325, step).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_twice_changes_nothing_the_second_time() {
        let connection = Connection::open_in_memory().expect("a database");
        run(&connection).expect("the first run");
        run(&connection).expect("the second run");

        let mut tx = Tx::new(&connection);
        let count: i64 = tx.one("SELECT count(*) FROM migrations", params![]).expect("a count");
        assert_eq!(count, i64::try_from(MIGRATIONS.len()).expect("few"));
    }

    #[test]
    fn a_database_from_the_future_is_refused() {
        let connection = Connection::open_in_memory().expect("a database");
        run(&connection).expect("a run");
        connection.execute("INSERT INTO migrations VALUES ('V999__tomorrow', 1)", []).expect("a row");

        let error = run(&connection).expect_err("a refusal");
        assert!(error.to_string().contains("newer version") && error.to_string().contains("V999"), "{error}");
    }

    #[test]
    fn a_changed_migration_is_refused() {
        let connection = Connection::open_in_memory().expect("a database");
        run(&connection).expect("a run");
        connection.execute("UPDATE migrations SET checksum = 0", []).expect("a change");

        assert!(matches!(run(&connection), Err(Error::History(text)) if text.contains("differs")));
    }
}
