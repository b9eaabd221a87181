//! The queue itself: put in, take out with a lease, finish, put off, bury.

use std::time::Duration;

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, Tx, params};
use uuid::Uuid;

use crate::job::{Job, Lane};

/// When, where and for whom a job is to run.
#[derive(Clone, Debug)]
pub struct Due {
    /// The lane whose workers take it.
    pub lane: Lane,
    /// Not before this moment.
    pub at: Timestamp,
    /// The organization it is done for; leads the fair share of a lane.
    pub owner: String,
    /// After this moment it is no longer worth doing. The job itself decides what follows.
    pub expires: Option<Timestamp>,
}

impl Due {
    /// As soon as there is a worker.
    pub fn now(lane: Lane, owner: &(impl ToString + ?Sized), now: Timestamp) -> Self {
        Self { lane, at: now, owner: owner.to_string(), expires: None }
    }

    /// Not before `at`.
    pub fn at(lane: Lane, owner: &(impl ToString + ?Sized), at: Timestamp) -> Self {
        Self { lane, at, owner: owner.to_string(), expires: None }
    }

    /// The same with a moment after which it is no longer worth doing.
    #[must_use]
    pub fn until(mut self, expires: Timestamp) -> Self {
        self.expires = Some(expires);
        self
    }
}

/// A job in the hands of one worker until its lease ends.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The job's id.
    pub id: Uuid,
    /// The fencing number of this lease. The first is 1.
    pub fence: i64,
    /// The lane it waits in.
    pub lane: String,
    /// The name of its kind.
    pub kind: String,
    /// For whom it is done.
    pub owner: String,
    /// The job as JSON.
    pub payload: String,
    /// After this moment it is no longer worth doing.
    pub expires: Option<Timestamp>,
    /// How often it has been taken, this time included.
    pub tries: u32,
    /// When it was queued.
    pub created: Timestamp,
}

/// The lease had run out and somebody else has the job now; nothing of this was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lease on the job ran out and another worker has taken it")]
pub struct Stale;

impl FromRow for Taken {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            fence: row.get("fence")?,
            lane: row.get("lane")?,
            kind: row.get("kind")?,
            owner: row.get("owner")?,
            payload: row.get("payload")?,
            expires: row.get("expires")?,
            tries: row.get("tries")?,
            created: row.get("created")?,
        })
    }
}

/// Queues `job` within the caller's transaction. `id` is new and ordered by time.
pub fn enqueue<App, J: Job<App>>(
    tx: &mut Tx<'_>,
    id: Uuid,
    job: &J,
    due: &Due,
    now: Timestamp,
) -> Result<()> {
    insert(tx, id, J::KIND, &payload(job), due, due.at, Lease::None, now)
}

/// Queues `job` and takes it in the same stroke, for a worker of this process that starts as soon as
/// the transaction is on disk. If the process dies, the lease brings the job back.
pub fn enqueue_taken<App, J: Job<App>>(
    tx: &mut Tx<'_>,
    id: Uuid,
    job: &J,
    due: &Due,
    claim: &Claim,
) -> Result<Taken> {
    let payload = payload(job);
    insert(tx, id, J::KIND, &payload, due, claim.until(), Lease::First(&claim.worker), claim.now)?;
    Ok(Taken {
        id,
        fence: 1,
        lane: due.lane.0.to_owned(),
        kind: J::KIND.to_owned(),
        owner: due.owner.clone(),
        payload,
        expires: due.expires,
        tries: 1,
        created: claim.now,
    })
}

fn payload<App, J: Job<App>>(job: &J) -> String {
    serde_json::to_string(job).expect("a job is a struct of ids, which JSON can always hold")
}

#[derive(Clone, Copy)]
enum Lease<'a> {
    None,
    First(&'a str),
}

#[expect(clippy::too_many_arguments, reason = "one row, one line each; both callers are above")]
fn insert(
    tx: &mut Tx<'_>,
    id: Uuid,
    kind: &str,
    payload: &str,
    due: &Due,
    look_at: Timestamp,
    lease: Lease<'_>,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO jobs
            (id, lane, due, kind, owner, payload, expires, fence, worker, tries, created)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $10)";
    let (fence, worker) = match lease {
        Lease::None => (0, None),
        Lease::First(worker) => (1, Some(worker)),
    };
    let lane = due.lane.0;
    tx.execute(SQL, params![id, lane, look_at, kind, due.owner, payload, due.expires, fence, worker, now])?;
    Ok(())
}

/// Who takes jobs, when, and for how long.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The worker's name, for operators.
    pub worker: String,
    /// The moment of taking.
    pub now: Timestamp,
    /// How long the lease lasts.
    pub lease: Duration,
}

impl Claim {
    fn until(&self) -> Timestamp {
        self.now.checked_add(self.lease).unwrap_or(Timestamp::MAX)
    }
}

/// Takes up to `max` due jobs of a lane, the longest due first.
pub fn claim(tx: &mut Tx<'_>, lane: Lane, claim: &Claim, max: usize) -> Result<Vec<Taken>> {
    const SQL: &str = "WITH next AS (SELECT id FROM jobs WHERE lane = $1 AND due <= $2 ORDER BY due LIMIT $5)
        UPDATE jobs SET due = $3, worker = $4, fence = fence + 1, tries = tries + 1
        WHERE id IN (SELECT id FROM next)
        RETURNING id, fence, lane, kind, owner, payload, expires, tries, created";
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    tx.all(SQL, params![lane.0, claim.now, claim.until(), claim.worker, max])
}

/// Extends the leases of jobs that are still being worked on; answers those that are lost.
pub fn renew(tx: &mut Tx<'_>, held: &[(Uuid, i64)], claim: &Claim) -> Result<Vec<Uuid>> {
    // A job that has just put itself off is in nobody's hands, and keeps the time it asked for.
    const SQL: &str = "UPDATE jobs SET due = $3 WHERE id = $1 AND fence = $2 AND worker = $4";
    let mut lost = Vec::new();
    for (id, fence) in held {
        if tx.execute(SQL, params![id, fence, claim.until(), claim.worker])? == 0 {
            lost.push(*id);
        }
    }
    Ok(lost)
}

/// A job that [`enqueue_taken`] may have queued, in a commit whose answer was lost, if it is there and
/// still in this worker's hands under its first lease.
pub fn still_taken(tx: &mut Tx<'_>, id: Uuid, worker: &str) -> Result<Option<Taken>> {
    const SQL: &str = "SELECT id, fence, lane, kind, owner, payload, expires, tries, created FROM jobs
        WHERE id = $1 AND worker = $2 AND fence = 1";
    tx.optional(SQL, params![id, worker])
}

/// How many jobs of each lane are there, due or not.
pub fn waiting(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>> {
    tx.all("SELECT lane, count(*) FROM jobs GROUP BY lane ORDER BY lane", params![])
}

impl Taken {
    /// Makes sure that nobody has taken the job over, before something is begun that is not finished
    /// in the same commit.
    ///
    /// # Errors
    /// [`Stale`], as for [`Taken::finish`].
    pub fn check<E: From<Error> + From<Stale>>(&self, tx: &mut Tx<'_>) -> Result<(), E> {
        const SQL: &str = "SELECT 1 FROM jobs WHERE id = $1 AND fence = $2";
        let held: Option<i64> = tx.optional(SQL, params![self.id, self.fence])?;
        fenced(u64::from(held.is_some()))
    }

    /// Takes the job off the queue, within the commit that holds its results.
    ///
    /// # Errors
    /// [`Stale`] when the lease ran out and another worker has it; return the error, so that the
    /// results are taken back too.
    pub fn finish<E: From<Error> + From<Stale>>(&self, tx: &mut Tx<'_>) -> Result<(), E> {
        fenced(tx.execute("DELETE FROM jobs WHERE id = $1 AND fence = $2", params![self.id, self.fence])?)
    }

    /// Puts the job off until `at`, within the commit that holds what has been learnt.
    ///
    /// # Errors
    /// [`Stale`], as for [`Taken::finish`].
    pub fn put_off<E>(&self, tx: &mut Tx<'_>, at: Timestamp, reason: &str) -> Result<(), E>
    where
        E: From<Error> + From<Stale>,
    {
        const SQL: &str = "UPDATE jobs SET due = $3, worker = NULL, reason = $4 WHERE id = $1 AND fence = $2";
        fenced(tx.execute(SQL, params![self.id, self.fence, at, reason])?)
    }

    /// Sets the job aside for an operator to see.
    ///
    /// # Errors
    /// [`Stale`], as for [`Taken::finish`].
    pub fn bury<E>(&self, tx: &mut Tx<'_>, reason: &str, unknown: bool, now: Timestamp) -> Result<(), E>
    where
        E: From<Error> + From<Stale>,
    {
        const SQL: &str = "INSERT INTO buried_jobs
                (id, buried, lane, kind, owner, payload, expires, tries, unknown, reason, created)
            SELECT id, $3, lane, kind, owner, payload, expires, tries, $4, $5, created
            FROM jobs WHERE id = $1 AND fence = $2";
        tx.execute(SQL, params![self.id, self.fence, now, unknown, reason])?;
        self.finish(tx)
    }

    /// Whether it is no longer worth doing.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

fn fenced<E: From<Stale>>(changed: u64) -> Result<(), E> {
    if changed == 1 { Ok(()) } else { Err(Stale.into()) }
}
