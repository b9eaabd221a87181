//! Keeps the queue's table small on the shared engine when vacuum cannot.
//!
//! Jobs that are done are deleted, and vacuum takes the dead rows away, unless somebody holds an old
//! snapshot: a forgotten session, a long report. Then every claim wades through all that has ever been
//! done since. So when the dead outnumber the living by far and stay, the leader moves the living aside,
//! truncates the table and puts them back, in one transaction that locks the table for as long as the
//! copying takes. A dump in progress holds its own lock on the table, and is left alone.
//!
//! `TRUNCATE` shows an empty table to snapshots that are older than itself. For the queue that is
//! harmless: nobody decides anything by a look that finds no jobs.

use std::time::Duration;

use store::{Engine, FromRow, Result, Row, Store, Tx, params};
use tokio_util::sync::CancellationToken;

/// How often the leader looks.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Fewer dead rows than this are vacuum's business alone.
const MANY: i64 = 50_000;
/// How far the dead must outnumber the living.
const BY_FAR: i64 = 4;
/// More living rows than this would take too long to copy.
const MOST_LIVING: i64 = 200_000;

/// What the table is made of, as the database estimates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Jobs that wait or are being worked on.
    pub living: i64,
    /// Versions of jobs that nobody needs any more and that have not been cleared away.
    pub dead: i64,
    /// Seconds since the oldest transaction began that may still see dead rows.
    pub oldest_snapshot: i64,
}

impl FromRow for Rows {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { living: row.at(0)?, dead: row.at(1)?, oldest_snapshot: row.at(2)? })
    }
}

impl Rows {
    /// Whether building the table anew is worth its cost.
    pub const fn are_mostly_dead(self) -> bool {
        self.dead > MANY && self.dead / BY_FAR > self.living && self.living <= MOST_LIVING
    }
}

/// What the table is made of; none on the embedded engine, which has no dead rows.
pub fn rows(tx: &mut Tx<'_>) -> Result<Option<Rows>> {
    const SQL: &str = "SELECT n_live_tup, n_dead_tup, (SELECT CAST(coalesce(max(extract(epoch FROM
                clock_timestamp() - xact_start)), 0) AS BIGINT)
            FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid())
        FROM pg_stat_user_tables WHERE relid = 'jobs'::regclass";
    match tx.engine() {
        Engine::Sqlite => Ok(None),
        Engine::Postgres => tx.optional(SQL, params![]),
    }
}

/// Builds the table anew with the living rows alone.
///
/// # Errors
/// [`store::Error::Unavailable`] when somebody else has the table in hand; nothing has changed then.
pub fn rebuild(tx: &mut Tx<'_>) -> Result<()> {
    const STEPS: [&str; 5] = [
        // Whoever comes behind us waits as long as we do, so that must not be long.
        "SET LOCAL lock_timeout = '100ms'",
        "LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE",
        "CREATE TEMPORARY TABLE jobs_kept ON COMMIT DROP AS SELECT * FROM jobs",
        "TRUNCATE jobs",
        "INSERT INTO jobs SELECT * FROM jobs_kept",
    ];
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    STEPS.into_iter().try_for_each(|step| tx.execute(step, params![]).map(|_| ()))
}

/// Looks after the table for as long as this node leads; to be run by nodes that sweep.
pub async fn keep_small(store: &Store, stop: CancellationToken) {
    if store.engine() == Engine::Sqlite {
        return;
    }
    store.lead("jobs.rotation", stop, |term| look_after(store, term)).await;
}

async fn look_after(store: &Store, term: CancellationToken) {
    let mut before = false;
    loop {
        tokio::select! {
            () = term.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        // What vacuum could clear away is gone by the second look.
        let bloated = matches!(store.read(rows).await, Ok(Some(rows)) if rows.are_mostly_dead());
        if bloated && before {
            match store.write(rebuild).await {
                Ok(()) => tracing::info!("built the queue's table anew, without its dead rows"),
                Err(error) => {
                    tracing::warn!(%error, "could not build the queue's table anew; trying again later");
                }
            }
        }
        before = bloated;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_built_anew_when_that_costs_little_and_brings_much() {
        let rows = |living, dead| Rows { living, dead, oldest_snapshot: 0 };

        assert!(rows(1_000, 60_000).are_mostly_dead());
        assert!(!rows(0, 40_000).are_mostly_dead());
        assert!(!rows(100_000, 300_000).are_mostly_dead());
        assert!(!rows(300_000, 3_000_000).are_mostly_dead());
    }
}
