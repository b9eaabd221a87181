//! What one node closes and removes for all, a batch at a time.

use std::future::Future;
use std::time::Duration;

use store::Error;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::status::prune;
use crate::{Notify, bulk, retention, sending, suppression};

/// The name under which one node leads.
pub(crate) const SWEEPS: &str = "notify.sweeps";
/// How often overdue notifications are closed and old entries removed.
const SWEEP_EVERY: Duration = Duration::from_secs(15);

/// Sweeps now and then until told to stop.
pub(crate) async fn lead(notify: Notify, term: CancellationToken) {
    loop {
        tokio::select! {
            () = term.cancelled() => return,
            () = sleep(SWEEP_EVERY) => {}
        }
        sweep(&notify, &term).await;
    }
}

/// Sweeps once, or until told to stop. Answers how many notifications were closed.
pub(crate) async fn sweep(notify: &Notify, stop: &CancellationToken) -> u64 {
    let closed = sending::expire::sweep(notify, stop).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "could not close overdue notifications");
        0
    });
    if let Err(error) = bulk::prune(notify, stop).await {
        tracing::warn!(%error, "could not remove old bulks");
    }
    if let Err(error) = prune::sweep(notify, stop).await {
        tracing::warn!(%error, "could not remove old entries of the feed");
    }
    if let Err(error) = suppression::sweep(notify, stop).await {
        tracing::warn!(%error, "could not remove addresses whose suppression has ended");
    }
    if let Err(error) = retention::sweep(notify, stop).await {
        tracing::warn!(%error, "could not remove old orders");
    }
    closed
}

/// Does one batch after the other until one is not full, or until told to stop: what is left then is left
/// for whoever sweeps next. Answers how many things there were in all.
pub(crate) async fn in_batches<W>(
    stop: &CancellationToken,
    full: u64,
    batch: impl Fn() -> W,
) -> Result<u64, Error>
where
    W: Future<Output = Result<u64, Error>>,
{
    let mut all = 0;
    while !stop.is_cancelled() {
        let count = batch().await?;
        all += count;
        if count < full {
            break;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Counts batches of these sizes, and how much was done; told to stop during the second one if so wished.
    async fn sweep_of(sizes: &[u64], stops: bool) -> (usize, u64) {
        let (stop, begun) = (CancellationToken::new(), Cell::new(0));
        let batch = || {
            let size = sizes[begun.get()];
            begun.set(begun.get() + 1);
            if stops && begun.get() == 2 {
                stop.cancel();
            }
            async move { Ok(size) }
        };
        let all = in_batches(&stop, 100, batch).await.expect("no failure");
        (begun.get(), all)
    }

    #[tokio::test]
    async fn batches_follow_each_other_until_one_is_not_full() {
        assert_eq!(sweep_of(&[100, 100, 30, 100], false).await, (3, 230));
        assert_eq!(sweep_of(&[0], false).await, (1, 0));
    }

    #[tokio::test]
    async fn a_sweep_that_is_told_to_stop_finishes_its_batch_and_leaves_the_rest() {
        assert_eq!(sweep_of(&[100, 100, 100, 100], true).await, (2, 200));
        let stopped = CancellationToken::new();
        stopped.cancel();
        let never = || async { Err(Error::NotFound) };
        assert_eq!(in_batches(&stopped, 100, never).await.expect("no failure"), 0);
    }
}
