//! Gives entries of the feed their numbers: in order, without holes.
//!
//! The number is drawn inside the commit that shows the entry. With one writer, commits follow each
//! other, so numbers become visible in the order in which they were drawn. Where several writers
//! commit side by side, entries must wait without a number until a leader numbers what has been
//! committed; only this file changes then.

use store::{Result, Tx, params};

/// The next number.
pub(super) fn next(tx: &mut Tx<'_>) -> Result<i64> {
    tx.one("UPDATE notify_feed_number SET last = last + 1 WHERE one = 1 RETURNING last", params![])
}
