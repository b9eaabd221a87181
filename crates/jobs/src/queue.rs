//! The queue itself: put in, finish, put off, bury. How jobs are taken out is in `claim`.

use jiff::Timestamp;
use meter::families::JOBS;
use store::{Error, FromRow, Result, Row, Tx, Value, params, row};
use trace::Context;
use uuid::Uuid;

use crate::claim::Claim;
use crate::job::{Job, Lane};

/// When, where and for whom a job is to run.
#[derive(Clone, Debug)]
pub struct Due {
    /// The lane whose workers take it.
    pub lane: Lane,
    /// Not before this moment.
    pub at: Timestamp,
    /// The organization it is done for; each gets its fair share of a lane.
    pub owner: String,
    /// After this moment it is no longer worth doing. The job itself decides what follows.
    pub expires: Option<Timestamp>,
    /// The request that led to it. Default: the one that is being worked for when this is made.
    pub context: Option<Context>,
}

impl Due {
    /// As soon as there is a worker.
    pub fn now(lane: Lane, owner: &(impl ToString + ?Sized), now: Timestamp) -> Self {
        Self::at(lane, owner, now)
    }

    /// Not before `at`.
    pub fn at(lane: Lane, owner: &(impl ToString + ?Sized), at: Timestamp) -> Self {
        Self { lane, at, owner: owner.to_string(), expires: None, context: trace::current() }
    }

    /// The same for another request, where many are written down together.
    #[must_use]
    pub fn for_request(mut self, context: Option<Context>) -> Self {
        self.context = context;
        self
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
    /// When this lease ends, unless it is renewed.
    pub leased_until: Timestamp,
    /// The request that led to it, where that is known.
    pub context: Option<Context>,
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
            leased_until: row.get("due")?,
            context: row.get::<Option<String>>("context")?.and_then(|json| serde_json::from_str(&json).ok()),
        })
    }
}

const INSERT: &str = "INSERT INTO jobs
        (id, lane, due, kind, owner, payload, expires, fence, worker, tries, created, context)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// A row as it is put in.
struct NewRow<'a> {
    id: Uuid,
    kind: &'static str,
    payload: String,
    /// The request that led to it, as JSON.
    context: Option<String>,
    due: &'a Due,
    /// When somebody should look: the moment asked for, or the end of the first lease.
    look_at: Timestamp,
    /// How often it has been taken, and the fence: 0 or 1.
    taken: i64,
    worker: Option<&'a str>,
    now: Timestamp,
}

impl<'a> NewRow<'a> {
    fn waiting<App, J: Job<App>>(id: Uuid, job: &J, due: &'a Due, now: Timestamp) -> Self {
        Self {
            id,
            kind: J::KIND,
            payload: payload(job),
            context: kept(due.context.as_ref()),
            due,
            look_at: due.at,
            taken: 0,
            worker: None,
            now,
        }
    }

    fn values(&self) -> Vec<Value<'_>> {
        let Self { id, kind, payload, context, due, look_at, taken, worker, now } = self;
        let Due { lane, owner, expires, .. } = due;
        row![*id, lane.0, look_at, kind, owner, payload, expires, taken, worker, taken, now, context]
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
    tx.execute(INSERT, &NewRow::waiting(id, job, due, now).values())?;
    Ok(())
}

/// Queues many jobs of one kind within the caller's transaction, in one go. The ids are new and ordered
/// by time.
pub fn enqueue_all<App, J: Job<App>>(tx: &mut Tx<'_>, jobs: &[(Uuid, J, Due)], now: Timestamp) -> Result<()> {
    let rows: Vec<_> = jobs.iter().map(|(id, job, due)| NewRow::waiting(*id, job, due, now)).collect();
    tx.each(INSERT, &rows.iter().map(NewRow::values).collect::<Vec<_>>())?;
    Ok(())
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
    let waiting = NewRow::waiting(id, job, due, claim.now);
    let row = NewRow { look_at: claim.until(), taken: 1, worker: Some(&claim.worker), ..waiting };
    tx.execute(INSERT, &row.values())?;
    Ok(Taken {
        id,
        fence: 1,
        lane: due.lane.0.to_owned(),
        kind: J::KIND.to_owned(),
        owner: due.owner.clone(),
        payload: row.payload,
        expires: due.expires,
        tries: 1,
        created: claim.now,
        leased_until: claim.until(),
        context: due.context.clone(),
    })
}

/// A job as it is kept.
pub(crate) fn payload<App, J: Job<App>>(job: &J) -> String {
    serde_json::to_string(job).expect("a job is a struct of ids, which JSON can always hold")
}

/// The request that led to a job, as it is kept beside it.
fn kept(context: Option<&Context>) -> Option<String> {
    context.map(|context| serde_json::to_string(context).expect("two texts, which JSON can always hold"))
}

/// A job that [`enqueue_taken`] may have queued, in a commit whose answer was lost, if it is there and
/// still in this worker's hands under its first lease.
pub fn still_taken(tx: &mut Tx<'_>, id: Uuid, worker: &str) -> Result<Option<Taken>> {
    const SQL: &str = "SELECT id, fence, lane, kind, owner, payload, expires, tries, created, due, context
        FROM jobs
        WHERE id = $1 AND worker = $2 AND fence = 1";
    tx.optional(SQL, params![id, worker])
}

/// Whether a job is there, due or not, in anybody's hands or none: one with an id of the caller's own that
/// it may have queued in a commit whose answer was lost.
pub fn is_queued(tx: &mut Tx<'_>, id: Uuid) -> Result<bool> {
    let found: Option<i64> = tx.optional("SELECT 1 FROM jobs WHERE id = $1", params![id])?;
    Ok(found.is_some())
}

/// How many jobs of each lane are there, due or not.
pub fn waiting(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>> {
    // Each half is counted in its index, without a look at the rows.
    const SQL: &str = "SELECT lane, count(*) FROM (
            SELECT lane FROM jobs WHERE worker IS NULL UNION ALL SELECT lane FROM jobs WHERE worker IS NOT NULL
        ) AS every GROUP BY lane ORDER BY lane";
    tx.all(SQL, params![])
}

/// Whether a lane has a job that is due and that nobody has taken.
pub fn any_due(tx: &mut Tx<'_>, lane: Lane, now: Timestamp) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM jobs WHERE worker IS NULL AND lane = $1 AND due <= $2 LIMIT 1";
    let found: Option<i64> = tx.optional(SQL, params![lane.0, now])?;
    Ok(found.is_some())
}

impl Taken {
    /// Makes sure that nobody has taken the job over, before something is begun that is not finished
    /// in the same commit; and that nobody does until that commit.
    ///
    /// # Errors
    /// [`Stale`], as for [`Taken::finish`].
    pub fn check<E: From<Error> + From<Stale>>(&self, tx: &mut Tx<'_>) -> Result<(), E> {
        fenced(u64::from(self.is_held(tx)?))
    }

    /// Whether nobody has taken the job over; nobody does until this transaction ends.
    pub(crate) fn is_held(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "SELECT 1 FROM jobs WHERE id = $1 AND fence = $2 FOR UPDATE";
        let held: Option<i64> = tx.optional(SQL, params![self.id, self.fence])?;
        Ok(held.is_some())
    }

    /// Takes the job off the queue, within the commit that holds its results.
    ///
    /// # Errors
    /// [`Stale`] when the lease ran out and another worker has it; return the error, so that the
    /// results are taken back too.
    pub fn finish<E: From<Error> + From<Stale>>(&self, tx: &mut Tx<'_>) -> Result<(), E> {
        let changed = tx.execute(FINISH, params![self.id, self.fence])?;
        self.counted(tx, changed, "done")
    }

    /// Puts the job off until `at`, within the commit that holds what has been learnt.
    ///
    /// # Errors
    /// [`Stale`], as for [`Taken::finish`].
    pub fn put_off<E>(&self, tx: &mut Tx<'_>, at: Timestamp, reason: &str) -> Result<(), E>
    where
        E: From<Error> + From<Stale>,
    {
        let changed = tx.execute(PUT_OFF, params![self.id, self.fence, at, storable(reason)])?;
        self.counted(tx, changed, "later")
    }

    /// Puts the job back until `at` as if it had not been taken: what stood in its way says nothing about
    /// the job, so that this was no try.
    ///
    /// # Errors
    /// [`Stale`], as for [`Taken::finish`].
    pub fn put_back<E>(&self, tx: &mut Tx<'_>, at: Timestamp, reason: &str) -> Result<(), E>
    where
        E: From<Error> + From<Stale>,
    {
        fenced(tx.execute(PUT_BACK, params![self.id, self.fence, at, storable(reason)])?)
    }

    /// Sets the job aside for an operator to see.
    ///
    /// # Errors
    /// [`Stale`], as for [`Taken::finish`].
    pub fn bury<E>(&self, tx: &mut Tx<'_>, reason: &str, unknown: bool, now: Timestamp) -> Result<(), E>
    where
        E: From<Error> + From<Stale>,
    {
        self.check::<E>(tx)?;
        tx.execute(BURY, params![self.id, now, unknown, storable(reason)])?;
        let changed = tx.execute(FINISH, params![self.id, self.fence])?;
        self.counted(tx, changed, "given_up")
    }

    /// Counts a turn that ended so, if the job was still ours.
    fn counted<E: From<Stale>>(&self, tx: &mut Tx<'_>, changed: u64, outcome: &str) -> Result<(), E> {
        fenced::<E>(changed)?;
        self.count(tx, outcome);
        Ok(())
    }

    /// Counts how a turn of the job ended, once that has been committed.
    pub(crate) fn count(&self, tx: &mut Tx<'_>, outcome: &str) {
        tx.count(&JOBS, &[&self.lane, &self.kind, outcome]);
    }

    /// Whether it is no longer worth doing.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// Takes a job off the queue, if nobody has taken it over.
pub(crate) const FINISH: &str = "DELETE FROM jobs WHERE id = $1 AND fence = $2";

/// Puts a job off, if nobody has taken it over.
pub(crate) const PUT_OFF: &str =
    "UPDATE jobs SET due = $3, worker = NULL, reason = $4 WHERE id = $1 AND fence = $2";

/// The same, without counting the try.
const PUT_BACK: &str = "UPDATE jobs SET due = $3, worker = NULL, reason = $4, tries = tries - 1
    WHERE id = $1 AND fence = $2 AND tries > 0";

/// Notes a job, which is in our hands, among those set aside.
const BURY: &str = "INSERT INTO buried_jobs
        (id, buried, lane, kind, owner, payload, expires, tries, unknown, reason, created, context)
    SELECT id, $2, lane, kind, owner, payload, expires, tries, $3, $4, created, context
    FROM jobs WHERE id = $1";

/// A reason may quote what strangers said, and one database keeps no NUL in texts: the job would end in
/// vain again and again.
pub(crate) fn storable(reason: &str) -> String {
    reason.replace('\0', "\u{fffd}")
}

fn fenced<E: From<Stale>>(changed: u64) -> Result<(), E> {
    if changed == 1 { Ok(()) } else { Err(Stale.into()) }
}
