//! Equal requests that come while the first is under way: they wait for it instead of asking the store.
//!
//! This is a courtesy within one process. What settles the race for all time, and between processes,
//! is the unique key in the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use types::ids::ChainId;

use crate::orders::receipt::Receipt;
use crate::orders::sql::Key;
use crate::problem::Problem;

/// How a request ended.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// The first of its key: made now.
    Made(ChainId, Receipt),
    /// Made by an earlier request.
    Known(Receipt),
    /// Certainly not handed over, and not on record.
    NotSent,
    /// Nothing came of it.
    Failed(Problem),
}

/// How far a request has come.
#[derive(Clone, Debug)]
pub(super) enum Progress {
    /// Nothing is on record yet.
    Waiting,
    /// On record; being handed over.
    Stored(ChainId, Receipt),
    /// On record; being handed over by another node.
    Elsewhere(Receipt),
    /// Ended.
    Done(Answer),
}

impl Progress {
    pub(super) const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

type Board = Arc<Mutex<HashMap<Key, watch::Receiver<Progress>>>>;

/// The requests under way.
#[derive(Debug, Default)]
pub(crate) struct Flights(Board);

/// Whether a request leads or follows.
pub(super) enum Boarding {
    /// It is the first of its key here, and must be brought to its end.
    Leader(Pilot, watch::Receiver<Progress>),
    /// An equal one is under way.
    Follower(watch::Receiver<Progress>),
}

impl Flights {
    /// Joins the request under way with this key, or begins one.
    pub(super) fn board(&self, key: &Key) -> Boarding {
        let mut board = lock(&self.0);
        if let Some(under_way) = board.get(key) {
            return Boarding::Follower(under_way.clone());
        }
        let (progress, watched) = watch::channel(Progress::Waiting);
        board.insert(key.clone(), watched.clone());
        let pilot = Pilot { board: Arc::clone(&self.0), key: key.clone(), progress };
        Boarding::Leader(pilot, watched)
    }
}

/// Whoever brings a request to its end. When dropped, equal requests start anew.
pub(super) struct Pilot {
    board: Board,
    key: Key,
    progress: watch::Sender<Progress>,
}

impl Pilot {
    /// The request is on record.
    pub(super) fn stored(&self, chain: ChainId, receipt: Receipt) {
        self.progress.send_replace(Progress::Stored(chain, receipt));
    }

    /// An equal request is on record, and under way on another node.
    pub(super) fn elsewhere(&self, receipt: Receipt) {
        self.progress.send_replace(Progress::Elsewhere(receipt));
    }

    /// The request has ended.
    pub(super) fn land(self, answer: Answer) {
        self.progress.send_replace(Progress::Done(answer));
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        lock(&self.board).remove(&self.key);
    }
}

fn lock(
    board: &Mutex<HashMap<Key, watch::Receiver<Progress>>>,
) -> MutexGuard<'_, HashMap<Key, watch::Receiver<Progress>>> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}
