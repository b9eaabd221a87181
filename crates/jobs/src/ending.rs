//! Recording how jobs ended: what ends within the same moment is recorded together.

use jiff::Timestamp;
use store::{Batch, Result, Store, Tx, row};
use tracing::warn;
use uuid::Uuid;

use crate::job::Outcome;
use crate::queue::{FINISH, PUT_OFF, Stale, Taken};

/// Takes many jobs off the queue; answers those that others have taken over meanwhile, which stay.
/// Results of those must not be kept: ask first, then write the others' results in the same transaction.
pub fn finish_all(tx: &mut Tx<'_>, jobs: &[Taken]) -> Result<Vec<Uuid>> {
    finish_each(tx, &jobs.iter().collect::<Vec<_>>())
}

fn finish_each(tx: &mut Tx<'_>, jobs: &[&Taken]) -> Result<Vec<Uuid>> {
    let mut jobs = jobs.to_vec();
    jobs.sort_unstable_by_key(|taken| taken.id); // the order in which everybody locks
    let rows: Vec<_> = jobs.iter().map(|taken| row![taken.id, taken.fence]).collect();
    let finished = tx.each(FINISH, &rows)?;
    Ok(jobs.iter().zip(finished).filter(|(_, rows)| *rows == 0).map(|(taken, _)| taken.id).collect())
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
            Outcome::Later(pause, reason) => {
                Self::PutOff { at: now.checked_add(*pause).unwrap_or(Timestamp::MAX), reason: reason.clone() }
            }
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
    Batch::new(store.clone(), |tx, ended: &[(Taken, Ending)]| {
        let stale = record(tx, ended)?;
        Ok(ended
            .iter()
            .map(|(taken, _)| if stale.contains(&taken.id) { Err(Stale) } else { Ok(()) })
            .collect())
    })
}

/// Records many endings; answers the jobs that others have taken over meanwhile.
fn record(tx: &mut Tx<'_>, ended: &[(Taken, Ending)]) -> Result<Vec<Uuid>> {
    let (mut finished, mut put_off) = (Vec::new(), Vec::new());
    let mut stale = Vec::new();
    for (taken, ending) in ended {
        match ending {
            Ending::Finish => finished.push(taken),
            Ending::PutOff { at, reason } => put_off.push((taken, row![taken.id, taken.fence, at, reason])),
            Ending::Bury { at, unknown, reason } => match taken.bury(tx, reason, *unknown, *at) {
                Ok(()) => {}
                Err(NotBuried::Stale) => stale.push(taken.id),
                Err(NotBuried::Store(error)) => return Err(error),
            },
        }
    }
    stale.append(&mut finish_each(tx, &finished)?);
    let (jobs, rows): (Vec<_>, Vec<_>) = put_off.into_iter().unzip();
    let changed = tx.each(PUT_OFF, &rows)?;
    stale.extend(jobs.iter().zip(changed).filter(|(_, rows)| *rows == 0).map(|(taken, _)| taken.id));
    Ok(stale)
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
