//! Gives entries of the feed their numbers: in order, without holes.
//!
//! A reader who has seen a number must never find a smaller one later. With one writer, commits follow
//! each other, so the number is drawn inside the commit that shows the entry. Where several writers commit
//! side by side, a number drawn early may become visible late; so entries are committed without one,
//! and whoever leads numbers what has been committed, in batches. The counter's row is held until those
//! numbers are visible, so that even two who believe to lead take turns.

use jiff::Timestamp;
use store::{Engine, Result, Tx, params};

use super::sql::{self, Entry};
use crate::access::Creator;

/// Shows an order's entry, or has it shown soon, within the commit that ends the order.
pub(super) fn show(tx: &mut Tx<'_>, creator: &Creator, entry: &Entry, now: Timestamp) -> Result<()> {
    const NEXT: &str = "UPDATE notify_feed_number SET last = last + 1 WHERE one = 1 RETURNING last";
    const WAIT: &str =
        "INSERT INTO notify_feed_waiting (created, order_id, creator, entry) VALUES ($1, $2, $3, $4)";
    match tx.engine() {
        Engine::Sqlite => {
            let number = tx.one(NEXT, params![])?;
            sql::insert(tx, creator, number, entry, now)
        }
        Engine::Postgres => {
            tx.execute(WAIT, params![now, entry.shipment_id, creator, entry.written()])?;
            Ok(())
        }
    }
}

/// Numbers up to `max` waiting entries, those that ended first first; answers how many.
pub(super) fn give(tx: &mut Tx<'_>, max: u32) -> Result<i64> {
    const HELD: &str = "SELECT last FROM notify_feed_number WHERE one = 1 FOR UPDATE";
    let last: i64 = tx.one(HELD, params![])?;
    match tx.engine() {
        Engine::Sqlite => give_in_steps(tx, last, max),
        // A statement of its own sees what those who held the counter before have committed.
        Engine::Postgres => tx.one::<i64>(GIVE, params![last, max]).map(|now| now - last),
    }
}

/// Rows are found again by where they lie: nobody else removes them while the counter is held, and what
/// the planner knows about a table that fills and empties all the time is always wrong.
const GIVE: &str = "WITH taken AS (
        DELETE FROM notify_feed_waiting WHERE ctid = ANY (ARRAY
            (SELECT ctid FROM notify_feed_waiting ORDER BY created, order_id LIMIT $2))
        RETURNING creator, order_id, entry, created
    ), shown AS (
        INSERT INTO notify_feed (creator, number, order_id, entry, created)
        SELECT creator, $1 + row_number() OVER (ORDER BY created, order_id), order_id, entry, created
        FROM taken
    )
    UPDATE notify_feed_number SET last = last + (SELECT count(*) FROM taken) WHERE one = 1 RETURNING last";

/// The same for the embedded database, where entries wait only if they were brought here unnumbered.
fn give_in_steps(tx: &mut Tx<'_>, last: i64, max: u32) -> Result<i64> {
    const SHOW: &str = "INSERT INTO notify_feed (creator, number, order_id, entry, created)
        SELECT creator, $1 + row_number() OVER (ORDER BY created, order_id), order_id, entry, created FROM
            (SELECT * FROM notify_feed_waiting ORDER BY created, order_id LIMIT $2) AS next";
    const TAKE: &str = "DELETE FROM notify_feed_waiting WHERE order_id IN (SELECT order_id FROM notify_feed)";
    const COUNT: &str = "UPDATE notify_feed_number SET last = last + $1 WHERE one = 1";
    if sql::none_waiting(tx)? {
        return Ok(0);
    }
    let given = tx.execute(SHOW, params![last, max])?;
    tx.execute(TAKE, params![])?;
    tx.execute(COUNT, params![given])?;
    Ok(i64::try_from(given).unwrap_or(i64::MAX))
}
