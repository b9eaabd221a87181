//! Locks on what has no row of its own.
//!
//! # The order of locks
//!
//! Where several writers commit side by side, whoever takes locks in this order never waits in a circle.
//! Within a kind, the lower key first.
//!
//! | nth | what | taken by |
//! |---|---|---|
//! | 1 | the idempotency key (`notify_chains`) | accepting, taking an instant message back |
//! | 2 | the job | beginning a call, recording its end, expansion |
//! | 3 | the provider's reference ([`hold_all`]) | recording an end with a reference, reports |
//! | 4 | notifications | beginning, recording, reports; the sweeps step over what is held |
//! | 5 | the order | expansion, cancellation, whoever may have ended the last notification |
//! | 6 | attempts, timeline, log, feed | everybody, by inserts and by what 2 and 4 guard |
//! | 6 | news for webhooks | everybody, by inserts; who leads takes it away by itself, then holds subscriptions |
//! | 7 | the feed's number | with one writer inside the commit; otherwise the one who gives numbers, alone |
//!
//! Children come before their parent here: a result needs its order's row only when no brother is open
//! (see `sending::sql::any_open`), so the reports about a large order do not stand in line.

use store::{Engine, Result, Tx, row};

const HOLD: &str = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended($1, 0))";

/// Holds names, given in ascending order, until the commit; others who hold one of them wait. With one
/// writer everybody waits anyway.
pub(crate) fn hold_all(tx: &mut Tx<'_>, names: &[&str]) -> Result<()> {
    debug_assert!(names.is_sorted(), "names are held in one order");
    if tx.engine() == Engine::Postgres {
        let rows: Vec<_> = names.iter().map(|name| row![name]).collect();
        tx.each(HOLD, &rows)?;
    }
    Ok(())
}
