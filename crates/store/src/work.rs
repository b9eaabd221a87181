//! A piece of work on its way through an engine: run, perhaps run again, and answered once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use meter::{Count, Meter};
use tokio::sync::{mpsc, oneshot};
use tracing::Span;

use crate::error::{Error, Result};
use crate::tx::Tx;

/// A piece of work in a queue.
pub(crate) type Work = Box<dyn Piece>;

/// What an engine does with it.
pub(crate) trait Piece: Send {
    /// Runs within a transaction and tells whether its changes stay. May be called again when that
    /// transaction certainly came to nothing.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;

    /// When it was queued.
    fn since(&self) -> Instant;

    /// Tells the caller what came of it; `committed` is how the transaction ended.
    fn answer(self: Box<Self>, committed: Result<()>);
}

/// A caller's function and where its result goes.
pub(crate) struct Call<F, T, E> {
    since: Instant,
    /// Where it was asked for: what is logged and queued in it belongs to that.
    span: Span,
    work: F,
    result: Option<Result<T, E>>,
    counts: Vec<Count>,
    meter: Meter,
    tell: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Call<F, T, E> {
    /// What `work` counts goes to `meter` when its changes have been committed.
    pub(crate) fn new(meter: Meter, work: F) -> (Box<Self>, oneshot::Receiver<Result<T, E>>) {
        let (tell, told) = oneshot::channel();
        let (since, span, counts) = (Instant::now(), Span::current(), Vec::new());
        (Box::new(Self { since, span, work, result: None, counts, meter, tell }), told)
    }
}

impl<F, T, E> Piece for Call<F, T, E>
where
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let ran = catch_unwind(AssertUnwindSafe(|| self.span.in_scope(|| (self.work)(tx))));
        let result = ran.unwrap_or_else(|_| Err(Error::Panicked.into()));
        let keep = result.is_ok();
        self.counts = tx.take_counts();
        self.result = Some(result);
        keep
    }

    fn since(&self) -> Instant {
        self.since
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let answer = match (self.result, committed) {
            (Some(Ok(value)), Ok(())) => {
                self.meter.count_all(self.counts);
                Ok(value)
            }
            (Some(Err(error)), Ok(())) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(Error::Closed.into()),
        };
        // A caller that has gone away needs no answer.
        let _ = self.tell.send(answer);
    }
}

/// The next piece for one of several threads; none when the store is being closed.
pub(crate) fn next(waiting: &Mutex<mpsc::Receiver<Work>>) -> Option<Work> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
}

/// The same error for each of many callers.
pub(crate) fn shared(error: &Error) -> Error {
    match error {
        Error::Full => Error::Full,
        Error::ReadOnly(text) => Error::ReadOnly(text.clone()),
        Error::Unavailable(text) => Error::Unavailable(text.clone()),
        Error::OutcomeUnknown => Error::OutcomeUnknown,
        other => Error::NotCommitted(other.to_string()),
    }
}
