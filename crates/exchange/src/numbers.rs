//! The numeric ids that clients see: one growing sequence for conversations, statuses, messages and
//! subscriptions.
//!
//! Every number is given once. Numbers have gaps, and grow in the order of commits only among those who
//! hold the same row while they draw: the statuses of one conversation do.
//!
//! SQLite has a row that counts. On PostgreSQL that row would make everybody on every node wait until
//! whoever drew a number before had committed, so numbers come from a sequence, and the row only says
//! where the sequence began. Rows that are copied from SQLite therefore go on where they ended; for the
//! other way there are [`last`] and [`continue_after`].

use store::{Engine, Result, Tx, params};

/// The next number.
pub(crate) fn next(tx: &mut Tx<'_>) -> Result<i64> {
    const COUNTER: &str = "INSERT INTO exchange_numbers (name, last) VALUES ('ids', 1000)
        ON CONFLICT (name) DO UPDATE SET last = exchange_numbers.last + 1 RETURNING last";
    const SEQUENCE: &str = "SELECT coalesce((SELECT last FROM exchange_numbers WHERE name = 'ids'), 999)
        + nextval('exchange_ids')";
    match tx.engine() {
        Engine::Sqlite => tx.one(COUNTER, params![]),
        Engine::Postgres => tx.one(SEQUENCE, params![]),
    }
}

/// The highest number that may have been given, for whoever copies the tables to another database.
/// Nobody may draw meanwhile.
pub fn last(tx: &mut Tx<'_>) -> Result<i64> {
    const COUNTER: &str = "SELECT coalesce((SELECT last FROM exchange_numbers WHERE name = 'ids'), 999)";
    const SEQUENCE: &str = "SELECT coalesce((SELECT last FROM exchange_numbers WHERE name = 'ids'), 999)
        + (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM exchange_ids)";
    match tx.engine() {
        Engine::Sqlite => tx.one(COUNTER, params![]),
        Engine::Postgres => tx.one(SEQUENCE, params![]),
    }
}

/// Lets every number from here on be greater than `last`; for the database that was copied to.
pub fn continue_after(tx: &mut Tx<'_>, last: i64) -> Result<()> {
    const SQL: &str = "INSERT INTO exchange_numbers (name, last) VALUES ('ids', $1)
        ON CONFLICT (name) DO UPDATE SET last = excluded.last WHERE exchange_numbers.last < excluded.last";
    tx.execute(SQL, params![last])?;
    Ok(())
}
