//! Recording how jobs ended: what ends within the same moment is recorded together.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use store::{Batch, Engine, Result, Store, Tx, params, row};
use tracing::warn;
use uuid::Uuid;

use crate::job::Outcome;
use crate::queue::{FINISH, PUT_OFF, Stale, Taken, storable};

/// Takes many jobs off the queue; answers of each, in their order, whether others have taken it over
/// meanwhile, and then it stays. Results of those must not be kept: ask first, then write the others'
/// results in the same transaction.
pub fn finish_all(tx: &mut Tx<'_>, jobs: &[Taken]) -> Result<Vec<std::result::Result<(), Stale>>> {
    let finished = finish_each(tx, &jobs.iter().collect::<Vec<_>>())?;
    Ok(finished.into_iter().map(|finished| if finished { Ok(()) } else { Err(Stale) }).collect())
}

/// Takes each job off the queue that is still held under the fence it comes with, and tells which.
fn finish_each(tx: &mut Tx<'_>, jobs: &[&Taken]) -> Result<Vec<bool>> {
    // One statement for all, with the fences by id. Joining with a list instead would leave the planner
    // the choice to read the whole table, and it takes that choice when it planned while the table was
    // small; a statement for each job costs three times as much.
    const POSTGRES: &str = "DELETE FROM jobs
        WHERE id = ANY (ARRAY(SELECT decode(job, 'hex')
            FROM jsonb_object_keys((SELECT CAST(CAST($1 AS TEXT) AS JSONB))) AS job))
        AND fence = CAST((SELECT CAST(CAST($1 AS TEXT) AS JSONB)) ->> encode(id, 'hex') AS BIGINT)
        RETURNING id";
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    // The latest fence of a job is the only one that can hold, and one order of ids is everybody's.
    let mut fences: BTreeMap<Uuid, i64> = BTreeMap::new();
    for taken in jobs {
        let fence = fences.entry(taken.id).or_insert(taken.fence);
        *fence = taken.fence.max(*fence);
    }
    let finished: HashSet<Uuid> = match tx.engine() {
        Engine::Sqlite => {
            let rows: Vec<_> = fences.iter().map(|(id, fence)| row![id, fence]).collect();
            let counts = tx.each(FINISH, &rows)?;
            fences.keys().zip(counts).filter(|(_, count)| *count == 1).map(|(id, _)| *id).collect()
        }
        Engine::Postgres => {
            let by_id = fences.iter().map(|(id, fence)| (id.simple().to_string(), (*fence).into()));
            let by_id = serde_json::Value::Object(by_id.collect());
            tx.all(POSTGRES, params![by_id])?.into_iter().collect()
        }
    };
    let is_finished = |taken: &&Taken| finished.contains(&taken.id) && fences[&taken.id] == taken.fence;
    jobs.iter().copied().filter(is_finished).for_each(|taken| taken.count(tx, "done"));
    Ok(jobs.iter().map(is_finished).collect())
}

/// How a job ended that has no results of its own.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    Finish,
    PutOff { at: Timestamp, reason: String },
    Bury { at: Timestamp, unknown: bool, reason: String },
}

impl Ending {
    /// What there is to record about an outcome, if anything.
    pub(crate) fn of(outcome: &Outcome, now: Timestamp) -> Option<Self> {
        Some(match outcome {
            Outcome::Settled => return None,
            Outcome::Done => Self::Finish,
            Outcome::Later(pause, reason) => Self::PutOff {
                at: now.checked_add(*pause).unwrap_or(Timestamp::MAX),
                reason: storable(reason),
            },
            Outcome::GiveUp(reason) => {
                warn!(%reason, "gave a job up");
                Self::Bury { at: now, unknown: false, reason: reason.clone() }
            }
            Outcome::Unknown(reason) => {
                warn!(%reason, "the outcome of a job is unknown");
                Self::Bury { at: now, unknown: true, reason: reason.clone() }
            }
        })
    }
}

/// Endings on their way to the store: while some are being written, those that come gather.
pub(crate) type Endings = Batch<(Taken, Ending), Result<(), Stale>>;

/// Gathers endings for this store.
pub(crate) fn endings(store: &Store) -> Endings {
    Batch::new(store.clone(), record)
}

/// Records many endings, and tells of each whether it was refused.
fn record(tx: &mut Tx<'_>, ended: &[(Taken, Ending)]) -> Result<Vec<Result<(), Stale>>> {
    let mut kept = vec![false; ended.len()];
    let (mut finished, mut put_off) = (Vec::new(), Vec::new());
    for (place, (taken, ending)) in ended.iter().enumerate() {
        match ending {
            Ending::Finish => finished.push((place, taken)),
            Ending::PutOff { at, reason } => put_off.push((place, row![taken.id, taken.fence, at, reason])),
            Ending::Bury { at, unknown, reason } => match taken.bury(tx, reason, *unknown, *at) {
                Ok(()) => kept[place] = true,
                Err(NotBuried::Stale) => {}
                Err(NotBuried::Store(error)) => return Err(error),
            },
        }
    }
    let (places, jobs): (Vec<usize>, Vec<&Taken>) = finished.into_iter().unzip();
    for (place, finished) in places.into_iter().zip(finish_each(tx, &jobs)?) {
        kept[place] = finished;
    }
    let (places, rows): (Vec<usize>, Vec<_>) = put_off.into_iter().unzip();
    for (place, count) in places.into_iter().zip(tx.each(PUT_OFF, &rows)?) {
        kept[place] = count == 1;
        if kept[place] {
            ended[place].0.count(tx, "later");
        }
    }
    Ok(kept.into_iter().map(|kept| kept.then_some(()).ok_or(Stale)).collect())
}

enum NotBuried {
    Stale,
    Store(store::Error),
}

impl From<Stale> for NotBuried {
    fn from(_: Stale) -> Self {
        Self::Stale
    }
}

impl From<store::Error> for NotBuried {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}
