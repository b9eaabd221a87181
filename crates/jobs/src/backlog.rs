//! What waits in the lanes, for those who watch.

use jiff::Timestamp;
use store::{Result, Tx, params};

/// What waits in one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The lane's name.
    pub lane: String,
    /// Its jobs, due or not, those in somebody's hands included.
    pub jobs: i64,
    /// When the job was due that nobody has taken and that is due longest; may lie in the future.
    pub oldest: Option<Timestamp>,
}

/// What waits in every lane that has something.
pub fn backlog(tx: &mut Tx<'_>) -> Result<Vec<Backlog>> {
    // Each half is counted in its index, without a look at the rows.
    const SQL: &str = "SELECT lane, CAST(sum(jobs) AS BIGINT), min(oldest) FROM (
            SELECT lane, count(*) AS jobs, min(due) AS oldest FROM jobs WHERE worker IS NULL GROUP BY lane
            UNION ALL
            SELECT lane, count(*) AS jobs, NULL AS oldest FROM jobs WHERE worker IS NOT NULL GROUP BY lane
        ) AS halves GROUP BY lane ORDER BY lane";
    let rows: Vec<(String, i64, Option<Timestamp>)> = tx.all(SQL, params![])?;
    Ok(rows.into_iter().map(|(lane, jobs, oldest)| Backlog { lane, jobs, oldest }).collect())
}
