//! Reports that wait for their time: those of one message come one after another, and one that was not
//! taken comes again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::warn;

/// A report of message `M` that waits, and those of the same message that follow it.
#[derive(Clone, Debug)]
pub(crate) struct Due<M, S: 'static> {
    pub(crate) message: M,
    /// What it reports.
    pub(crate) state: S,
    following: &'static [S],
    /// Which attempt it is, from 1.
    pub(crate) attempt: usize,
}

impl<M, S: Copy> Due<M, S> {
    /// The first of the reports of a message, if there are any.
    pub(crate) fn first(message: M, states: &'static [S]) -> Option<Self> {
        let (state, following) = states.split_first()?;
        Some(Self { message, state: *state, following, attempt: 1 })
    }
}

/// Reports by the time they are due.
#[derive(Debug)]
pub(crate) struct Line<M, S: 'static> {
    waiting: Mutex<Waiting<M, S>>,
    changed: Notify,
    most: usize,
}

#[derive(Debug)]
struct Waiting<M, S: 'static> {
    due: BTreeMap<(Instant, u64), Due<M, S>>,
    next: u64,
}

impl<M, S: Copy> Line<M, S> {
    /// A line in which at most this many wait.
    pub(crate) fn with_room_for(most: usize) -> Self {
        let waiting = Mutex::new(Waiting { due: BTreeMap::new(), next: 0 });
        Self { waiting, changed: Notify::new(), most }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<M, S>> {
        // Nothing can panic half-way through a change of the line.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a report in line, unless the line is full.
    pub(crate) fn put(&self, due: Due<M, S>, after: Duration) {
        let mut waiting = self.waiting();
        if waiting.due.len() >= self.most {
            warn!(waiting = self.most, "too many delivery reports are waiting; one is lost");
            return;
        }
        let key = (Instant::now() + after, waiting.next);
        waiting.next += 1;
        waiting.due.insert(key, due);
        drop(waiting);
        self.changed.notify_one();
    }

    /// Takes a report that is due, or says when the next one is.
    pub(crate) fn take(&self) -> Result<Due<M, S>, Option<Instant>> {
        let now = Instant::now();
        match self.waiting().due.first_entry() {
            Some(first) if first.key().0 <= now => Ok(first.remove()),
            first => Err(first.map(|first| first.key().0)),
        }
    }

    /// Takes up to `most` reports that are due, at least one, or says when the next one is.
    pub(crate) fn take_up_to(&self, most: usize) -> Result<Vec<Due<M, S>>, Option<Instant>> {
        let mut batch = vec![self.take()?];
        while batch.len() < most
            && let Ok(due) = self.take()
        {
            batch.push(due);
        }
        Ok(batch)
    }

    /// Waits until a report was put in line.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Puts in line what follows a report: where it was taken, the next of its message, at once; else
    /// itself, `again_after` a while, or nothing where that has come to its end.
    pub(crate) fn follow(&self, due: Due<M, S>, was_taken: bool, again_after: Option<Duration>) {
        if was_taken {
            if let Some(next) = Due::first(due.message, due.following) {
                self.put(next, Duration::ZERO);
            }
        } else if let Some(after) = again_after {
            self.put(Due { attempt: due.attempt + 1, ..due }, after);
        } else {
            warn!(attempts = due.attempt, "a delivery report was refused for good");
        }
    }
}
