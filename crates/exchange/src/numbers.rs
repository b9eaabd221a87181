//! The numeric ids that clients see: one increasing sequence for conversations, statuses and
//! subscriptions.

use store::{Result, Tx, params};

/// The next number.
pub(crate) fn next(tx: &mut Tx<'_>) -> Result<i64> {
    const SQL: &str = "INSERT INTO exchange_numbers (name, last) VALUES ('ids', 1000)
        ON CONFLICT (name) DO UPDATE SET last = exchange_numbers.last + 1 RETURNING last";
    tx.one(SQL, params![])
}
