//! What was given up: list it, dig it up again.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params};
use uuid::Uuid;

/// A job that was set aside.
#[derive(Clone, Debug)]
pub struct Buried {
    /// The job's id.
    pub id: Uuid,
    /// When it was set aside.
    pub buried: Timestamp,
    /// The lane it waited in.
    pub lane: String,
    /// The name of its kind.
    pub kind: String,
    /// For whom it was to be done.
    pub owner: String,
    /// How often it had been tried.
    pub tries: u32,
    /// Whether the outside world may have done it all the same.
    pub unknown: bool,
    /// Why.
    pub reason: String,
}

impl FromRow for Buried {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            buried: row.get("buried")?,
            lane: row.get("lane")?,
            kind: row.get("kind")?,
            owner: row.get("owner")?,
            tries: row.get("tries")?,
            unknown: row.get("unknown")?,
            reason: row.get("reason")?,
        })
    }
}

/// The latest buried jobs, at most `limit`.
pub fn buried(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Buried>> {
    tx.all("SELECT * FROM buried_jobs ORDER BY buried DESC LIMIT $1", params![limit])
}

/// Puts a buried job back into its lane, due at once. Answers false when it is not there.
pub fn dig_up(tx: &mut Tx<'_>, id: Uuid, now: Timestamp) -> Result<bool> {
    const SQL: &str = "INSERT INTO jobs
            (id, lane, due, kind, owner, payload, expires, fence, tries, created, context)
        SELECT id, lane, $2, kind, owner, payload, expires, tries, 0, created, context FROM buried_jobs WHERE id = $1";
    let moved = tx.execute(SQL, params![id, now])? == 1;
    tx.execute("DELETE FROM buried_jobs WHERE id = $1", params![id])?;
    Ok(moved)
}
