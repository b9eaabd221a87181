//! What an operator may see and do about one job: is it waiting, until when and why; try it now.
//!
//! A job is found by what it is to do, so whoever asks names it as it was queued. Only what has been put off
//! at least once, or was set aside, is found: of what waits for its first turn its product knows the time,
//! and an index of the reasons costs nothing where a job is done at once.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params};
use uuid::Uuid;

use crate::buried::Buried;
use crate::job::Job;
use crate::queue::payload;

/// A job that has been put off at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutOff {
    /// The job's id.
    pub id: Uuid,
    /// The lane it waits in.
    pub lane: String,
    /// When it is tried next; while somebody works on it, when that lease ends.
    pub due: Timestamp,
    /// Whether somebody works on it at this moment.
    pub in_hand: bool,
    /// How often it has been taken.
    pub tries: u32,
    /// Why it was put off the last time.
    pub reason: String,
}

impl FromRow for PutOff {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            lane: row.get("lane")?,
            due: row.get("due")?,
            in_hand: row.get("in_hand")?,
            tries: row.get("tries")?,
            reason: row.get("reason")?,
        })
    }
}

const PUT_OFF: &str =
    "SELECT id, lane, due, CASE WHEN worker IS NULL THEN 0 ELSE 1 END AS in_hand, tries, reason
    FROM jobs WHERE payload = $1 AND reason IS NOT NULL AND kind = $2 LIMIT 1";
const BURIED: &str = "SELECT * FROM buried_jobs WHERE payload = $1 AND kind = $2 LIMIT 1";
const HURRY: &str = "UPDATE jobs SET due = $2 WHERE id = $1 AND worker IS NULL AND due > $2";

/// The job that does this, if it has been put off and not been done since.
pub fn put_off<App, J: Job<App>>(tx: &mut Tx<'_>, job: &J) -> Result<Option<PutOff>> {
    tx.optional(PUT_OFF, params![payload(job), J::KIND])
}

/// The job that was to do this and was given up, if nobody has dug it up since.
pub fn buried_for<App, J: Job<App>>(tx: &mut Tx<'_>, job: &J) -> Result<Option<Buried>> {
    tx.optional(BURIED, params![payload(job), J::KIND])
}

/// Makes a job due now instead of later; answers false when it is gone, due already, or in somebody's hands.
/// Ring its lane after the commit.
pub fn hurry(tx: &mut Tx<'_>, id: Uuid, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(HURRY, params![id, now])? == 1)
}

#[cfg(test)]
mod tests {
    use testkit::{on_every_store, plan};

    use super::*;

    on_every_store! {
        async fn one_job_is_found_by_an_index_among_any_number(store: Store) {
            let look = |tx: &mut Tx<'_>| {
                let named = params!["{}", "kind"];
                plan::of_an_index(tx, PUT_OFF, named, "jobs_put_off")?;
                plan::of_an_index(tx, BURIED, named, "buried_jobs_payload")
            };
            store.write(look).await.expect("plans");
        }
    }
}
