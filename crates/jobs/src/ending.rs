//! Recording how jobs ended: what ends within the same moment is recorded together.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use store::{Result, Store, Tx, row};
use tokio::sync::oneshot::{self, error::TryRecvError};
use uuid::Uuid;

use crate::queue::{FINISH, PUT_OFF, Stale, Taken};

/// The most endings that share a commit.
const TOGETHER: usize = 500;

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

/// Why an ending was not recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRecorded {
    #[error(transparent)]
    Stale(#[from] Stale),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("the commit that it was part of failed; the reason is told once")]
    WithOthers,
}

/// Endings on their way to the store. While some are being written, those that come gather.
#[derive(Default)]
pub(crate) struct Endings {
    waiting: Mutex<Vec<Waiting>>,
    writing: tokio::sync::Mutex<()>,
}

struct Waiting {
    taken: Taken,
    ending: Ending,
    tell: oneshot::Sender<Result<(), NotRecorded>>,
}

impl Endings {
    /// Records how a job ended, together with what else is waiting.
    pub(crate) async fn record(
        &self,
        store: &Store,
        taken: Taken,
        ending: Ending,
    ) -> Result<(), NotRecorded> {
        let (tell, mut told) = oneshot::channel();
        self.waiting().push(Waiting { taken, ending, tell });
        let _writing = self.writing.lock().await;
        loop {
            match told.try_recv() {
                // Whoever wrote before us has taken ours along.
                Ok(answer) => return answer,
                Err(TryRecvError::Closed) => return Err(NotRecorded::WithOthers),
                Err(TryRecvError::Empty) => write(store, self.next()).await,
            }
        }
    }

    fn next(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let count = waiting.len().min(TOGETHER);
        waiting.drain(..count).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(store: &Store, together: Vec<Waiting>) {
    let (ended, mut tells): (Vec<_>, Vec<_>) =
        together.into_iter().map(|waiting| ((waiting.taken, waiting.ending), waiting.tell)).unzip();
    let ids: Vec<Uuid> = ended.iter().map(|(taken, _)| taken.id).collect();
    let written = store.write(move |tx| record(tx, &ended)).await;
    match written {
        Ok(stale) => {
            for (id, tell) in ids.iter().zip(tells) {
                let answer = if stale.contains(id) { Err(NotRecorded::Stale(Stale)) } else { Ok(()) };
                // Whoever has gone away needs no answer.
                let _ = tell.send(answer);
            }
        }
        Err(error) => {
            // One of them tells what went wrong; the others hear that theirs went with it.
            if let Some(first) = tells.pop() {
                let _ = first.send(Err(error.into()));
            }
            tells.into_iter().for_each(|tell| drop(tell.send(Err(NotRecorded::WithOthers))));
        }
    }
}
