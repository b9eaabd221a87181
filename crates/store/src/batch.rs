//! What many callers want written, in one transaction.
//!
//! Where every piece of work is a transaction of its own, a hundred requests at once pay for a hundred
//! commits and several hundred round trips. A [`Batch`] lets those that wait while a commit is under
//! way go into the next one together: one transaction, a few statements with many rows each. A caller
//! that is alone does not wait for company.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use meter::Count;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::{Error, Result};
use crate::store::Store;
use crate::tx::Tx;
use crate::work::{Piece, shared};

/// The most that share a transaction.
const MOST: usize = 200;
/// Transactions under way at once; while they are, the others gather.
const AT_ONCE: usize = 2;

type Work<I, O> = dyn Fn(&mut Tx<'_>, &[I]) -> Result<Vec<O>> + Send + Sync;

/// Gathers items of one sort. Cheap to clone.
pub struct Batch<I, O>(Arc<Inner<I, O>>);

struct Inner<I, O> {
    store: Store,
    work: Box<Work<I, O>>,
    waiting: Mutex<VecDeque<Waiting<I, O>>>,
    turns: Arc<Semaphore>,
}

struct Waiting<I, O> {
    item: I,
    tell: oneshot::Sender<Verdict<I, O>>,
}

/// What comes back to a caller.
enum Verdict<I, O> {
    Done(Result<O>),
    /// Somebody in the batch spoiled it for all; each tries again by itself.
    Alone(I),
}

impl<I, O> Clone for Batch<I, O> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<I: Send + Sync + 'static, O: Send + 'static> Batch<I, O> {
    /// A batch whose items `work` writes: it gives one answer for each item, in their order. What is wrong
    /// with a single item belongs into its answer; an error takes the whole transaction back, and the
    /// items are then tried one by one.
    pub fn new(
        store: Store,
        work: impl Fn(&mut Tx<'_>, &[I]) -> Result<Vec<O>> + Send + Sync + 'static,
    ) -> Self {
        let waiting = Mutex::new(VecDeque::new());
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Self(Arc::new(Inner { store, work: Box::new(work), waiting, turns }))
    }

    /// Writes the item and answers when it is on disk.
    pub async fn write(&self, item: I) -> Result<O> {
        let (tell, mut told) = oneshot::channel();
        self.0.waiting().push_back(Waiting { item, tell });
        let verdict = loop {
            tokio::select! {
                biased;
                verdict = &mut told => break verdict,
                turn = Arc::clone(&self.0.turns).acquire_owned() => {
                    let departed = self.depart(turn.map_err(|_| Error::Closed)?).await?;
                    let Some(gone) = departed else { break told.await };
                    tokio::select! {
                        biased;
                        verdict = &mut told => break verdict,
                        // It may have been full before it came to us; then we depart again.
                        _ = gone => {}
                    }
                }
            }
        };
        match verdict.map_err(|_| Error::Closed)? {
            Verdict::Done(answer) => answer,
            Verdict::Alone(item) => self.alone(item).await,
        }
    }

    /// Begins a transaction for all who wait, if anybody does: the one whose turn it is may have been
    /// taken along by the transaction before. The receiver hears when the new one is over.
    async fn depart(&self, turn: OwnedSemaphorePermit) -> Result<Option<oneshot::Receiver<()>>> {
        if self.0.waiting().is_empty() {
            return Ok(None);
        }
        let (company, gone) = Company::new(&self.0, turn);
        self.0.store.submit(Box::new(company)).await?;
        Ok(Some(gone))
    }

    async fn alone(&self, item: I) -> Result<O> {
        let inner = Arc::clone(&self.0);
        let work = move |tx: &mut Tx<'_>| {
            let answers = (inner.work)(tx, std::slice::from_ref(&item))?;
            answers.into_iter().next().ok_or(Error::NotFound)
        };
        self.0.store.write(work).await
    }
}

impl<I, O> Inner<I, O> {
    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<Waiting<I, O>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those who go together. They are gathered when the transaction begins, not when it was asked for.
struct Company<I, O> {
    since: Instant,
    batch: Arc<Inner<I, O>>,
    items: Vec<I>,
    tells: Vec<oneshot::Sender<Verdict<I, O>>>,
    ran: Option<Result<Vec<O>>>,
    /// Counted once it has been committed.
    counts: Vec<Count>,
    /// Belongs to the transaction and not to a caller, who may have had an answer from another one: or
    /// there would be ever more transactions with ever fewer items.
    _turn: OwnedSemaphorePermit,
    /// Dropped with the rest, which is how the one who began it hears of its end.
    _over: oneshot::Sender<()>,
}

impl<I, O> Company<I, O> {
    fn new(batch: &Arc<Inner<I, O>>, turn: OwnedSemaphorePermit) -> (Self, oneshot::Receiver<()>) {
        let (over, gone) = oneshot::channel();
        let (items, tells, since) = (Vec::new(), Vec::new(), Instant::now());
        let batch = Arc::clone(batch);
        let counts = Vec::new();
        (Self { since, batch, items, tells, ran: None, counts, _turn: turn, _over: over }, gone)
    }

    fn gather(&mut self) {
        let mut waiting = self.batch.waiting();
        while self.items.len() < MOST
            && let Some(Waiting { item, tell }) = waiting.pop_front()
        {
            // Nobody waits any more for what a caller has given up before it began.
            if !tell.is_closed() {
                self.items.push(item);
                self.tells.push(tell);
            }
        }
    }
}

impl<I: Send + Sync, O: Send> Piece for Company<I, O> {
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        if self.items.is_empty() {
            self.gather();
        }
        if self.items.is_empty() {
            return true;
        }
        let ran = catch_unwind(AssertUnwindSafe(|| (self.batch.work)(tx, &self.items)));
        let ran = ran.unwrap_or(Err(Error::Panicked));
        let keep = ran.is_ok();
        self.counts = tx.take_counts();
        self.ran = Some(ran);
        keep
    }

    fn since(&self) -> Instant {
        self.since
    }

    fn answer(mut self: Box<Self>, committed: Result<()>) {
        if self.ran.is_none() && committed.is_err() {
            // It never came to a transaction, and those who wait for one hear it from nobody else.
            self.gather();
        }
        let Self { items, tells, ran, counts, batch, .. } = *self;
        let ran = committed.and_then(|()| ran.unwrap_or(Ok(Vec::new())));
        let apart = items.len() > 1;
        match ran {
            Ok(answers) => {
                batch.store.meter().count_all(counts);
                for (tell, answer) in tells.into_iter().zip(answers) {
                    let _ = tell.send(Verdict::Done(Ok(answer)));
                }
            }
            Err(error) if apart && !error.is_passing() => {
                for (tell, item) in tells.into_iter().zip(items) {
                    let _ = tell.send(Verdict::Alone(item));
                }
            }
            Err(error) if !apart => {
                if let Some(tell) = tells.into_iter().next() {
                    let _ = tell.send(Verdict::Done(Err(error)));
                }
            }
            Err(error) => {
                for tell in tells {
                    let _ = tell.send(Verdict::Done(Err(shared(&error))));
                }
            }
        }
    }
}
