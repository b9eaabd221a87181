//! The workers: claim, run, record, and stop without losing anything.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use store::Store;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, error, warn};
use types::time::Clock;
use uuid::Uuid;

use crate::job::{Kinds, Lane, Outcome};
use crate::queue::{self, Claim, Stale, Taken};
use crate::wake::Wake;

/// A job that panics is tried again, but not after this many tries.
const TRIES_WITH_PANIC: u32 = 5;
/// How long a job rests after a panic.
const REST_AFTER_PANIC: Duration = Duration::from_secs(30);

/// How a lane is worked.
#[derive(Clone, Copy, Debug)]
pub struct LaneLimits {
    /// Jobs that run at once on this node.
    pub at_once: usize,
    /// How long a lease lasts; it is renewed while the job runs.
    pub lease: Duration,
    /// How often to look when nobody rings.
    pub poll_every: Duration,
    /// How long jobs may go on after the stop signal.
    pub grace: Duration,
}

impl Default for LaneLimits {
    fn default() -> Self {
        Self {
            at_once: 16,
            lease: Duration::from_secs(60),
            poll_every: Duration::from_secs(1),
            grace: Duration::from_secs(10),
        }
    }
}

/// The workers of one lane of one application. Cheap to clone.
#[derive(Clone)]
pub struct Workers<App>(Arc<Inner<App>>);

struct Inner<App> {
    app: App,
    kinds: Kinds<App>,
    lane: Lane,
    limits: LaneLimits,
    name: String,
    store: Store,
    clock: Clock,
    wake: Wake,
    /// Leases in our hands, to be renewed.
    held: Mutex<HashMap<Uuid, i64>>,
    /// Jobs begun with [`Workers::start`].
    started: TaskTracker,
}

/// Why recording an outcome failed.
#[derive(Debug, thiserror::Error)]
enum RecordError {
    #[error(transparent)]
    Stale(#[from] Stale),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl<App: Clone + Send + Sync + 'static> Workers<App> {
    /// Workers for a lane. They start with [`Workers::run`].
    pub fn new(
        app: App,
        kinds: Kinds<App>,
        lane: Lane,
        limits: LaneLimits,
        store: Store,
        clock: Clock,
        wake: Wake,
    ) -> Self {
        let name = format!("{}-{}", std::process::id(), Uuid::new_v4());
        let held = Mutex::default();
        Self(Arc::new(Inner {
            app,
            kinds,
            lane,
            limits,
            name,
            store,
            clock,
            wake,
            held,
            started: TaskTracker::new(),
        }))
    }

    /// Who claims, now; for [`queue::enqueue_taken`].
    pub fn claim(&self) -> Claim {
        Claim { worker: self.0.name.clone(), now: self.0.clock.now(), lease: self.0.limits.lease }
    }

    /// Runs due jobs until told to stop, then gives those in flight a moment to finish.
    ///
    /// What is cut off keeps its lease, and anybody may take it up once that runs out.
    pub async fn run(self, stop: CancellationToken) {
        let bell = self.0.wake.bell(self.0.lane);
        let mut running = JoinSet::new();
        let renewing = tokio::spawn(self.clone().renew_leases(stop.clone()));
        while !stop.is_cancelled() {
            let room = self.0.limits.at_once - running.len();
            let full = self.start_due(&mut running, room).await;
            let may_wait = !full || running.len() == self.0.limits.at_once;
            let room = running.len() < self.0.limits.at_once;
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = running.join_next() => log_panic(ended),
                () = bell.notified(), if room && may_wait => {}
                () = sleep(self.0.limits.poll_every), if room && may_wait => {}
                () = std::future::ready(()), if !may_wait => {}
            }
            while let Some(ended) = running.try_join_next() {
                log_panic(ended);
            }
        }
        let drained = async {
            while let Some(ended) = running.join_next().await {
                log_panic(ended);
            }
            self.0.started.close();
            self.0.started.wait().await;
        };
        if timeout(self.0.limits.grace, drained).await.is_err() {
            warn!(
                lane = self.0.lane.0,
                "stopped before every job had finished; their leases bring them back"
            );
        }
        renewing.abort();
    }

    /// Runs every due job, one after the other, and answers how many there were. For tests, which
    /// own the clock.
    pub async fn run_due(&self) -> usize {
        let mut count = 0;
        while let Ok(taken) = self.take(16).await
            && !taken.is_empty()
        {
            count += taken.len();
            for taken in taken {
                self.perform(taken).await;
            }
        }
        count
    }

    /// Runs a job that was queued with [`queue::enqueue_taken`], after its commit; the receiver hears
    /// when it has run. The job goes on when the receiver is dropped.
    pub fn start(&self, taken: Taken) -> oneshot::Receiver<Outcome> {
        let (tell, told) = oneshot::channel();
        let workers = self.clone();
        self.0.started.spawn(async move {
            let held = [(taken.id, taken.fence)];
            let outcome = tokio::select! {
                outcome = workers.perform(taken) => outcome,
                never = workers.keep(held) => match never {},
            };
            // Whoever asked may have gone away; the job has been done all the same.
            let _ = tell.send(outcome);
        });
        told
    }

    /// Renews the lease of a started job. [`Workers::run`] renews what it has claimed itself, and may
    /// not be running on this side at all.
    async fn keep(&self, held: [(Uuid, i64); 1]) -> std::convert::Infallible {
        loop {
            sleep(self.0.limits.lease / 3).await;
            self.renew(held.to_vec()).await;
        }
    }

    /// Starts what is due; answers whether there may be more.
    async fn start_due(&self, running: &mut JoinSet<Outcome>, room: usize) -> bool {
        if room == 0 {
            return true;
        }
        match self.take(room).await {
            Ok(taken) => {
                let full = taken.len() == room;
                for taken in taken {
                    let workers = self.clone();
                    running.spawn(async move { workers.perform(taken).await });
                }
                full
            }
            Err(error) => {
                warn!(lane = self.0.lane.0, %error, "could not look for jobs");
                false
            }
        }
    }

    async fn take(&self, max: usize) -> Result<Vec<Taken>, store::Error> {
        let (lane, claim) = (self.0.lane, self.claim());
        let now = claim.now;
        // Looking costs no commit; most looks find nothing.
        let due = "SELECT 1 FROM jobs WHERE lane = $1 AND due <= $2 LIMIT 1";
        let any: Option<i64> =
            self.0.store.read(move |tx| tx.optional(due, store::params![lane.0, now])).await?;
        if any.is_none() {
            return Ok(Vec::new());
        }
        self.0.store.write(move |tx| queue::claim(tx, lane, &claim, max)).await
    }

    async fn perform(&self, taken: Taken) -> Outcome {
        self.held().insert(taken.id, taken.fence);
        let _held = Held { workers: self, id: taken.id };
        let running = AssertUnwindSafe(self.0.kinds.run(self.0.app.clone(), taken.clone()));
        let outcome = running.catch_unwind().await.unwrap_or_else(|_| after_panic(&taken));
        debug!(job.kind = %taken.kind, job.id = %taken.id, ?outcome, "ran a job");
        if let Err(error) = self.record(taken, outcome.clone()).await {
            warn!(%error, "could not record how a job ended; it will run again");
        }
        outcome
    }

    async fn record(&self, taken: Taken, outcome: Outcome) -> Result<(), RecordError> {
        let now = self.0.clock.now();
        let write =
            |work: fn(&Taken, &mut store::Tx<'_>, &str, jiff::Timestamp) -> Result<(), RecordError>,
             at: jiff::Timestamp,
             reason: String| { self.0.store.write(move |tx| work(&taken, tx, &reason, at)) };
        match outcome {
            Outcome::Settled => Ok(()),
            Outcome::Done => write(|taken, tx, _, _| taken.finish(tx), now, String::new()).await,
            Outcome::Later(pause, reason) => {
                let at = now.checked_add(pause).unwrap_or(jiff::Timestamp::MAX);
                write(|taken, tx, reason, at| taken.put_off(tx, at, reason), at, reason).await
            }
            Outcome::GiveUp(reason) => {
                warn!(%reason, "gave a job up");
                write(|taken, tx, reason, at| taken.bury(tx, reason, false, at), now, reason).await
            }
            Outcome::Unknown(reason) => {
                warn!(%reason, "the outcome of a job is unknown");
                write(|taken, tx, reason, at| taken.bury(tx, reason, true, at), now, reason).await
            }
        }
    }

    async fn renew_leases(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                // Jobs may outlive the signal by the grace period, and their leases with them.
                () = stop.cancelled() => sleep(self.0.limits.grace / 2).await,
                () = sleep(self.0.limits.lease / 3) => {}
            }
            let held: Vec<_> = self.held().iter().map(|(id, fence)| (*id, *fence)).collect();
            if held.is_empty() {
                continue;
            }
            self.renew(held).await;
        }
    }

    async fn renew(&self, held: Vec<(Uuid, i64)>) {
        let claim = self.claim();
        let renewed = self.0.store.write(move |tx| queue::renew(tx, &held, &claim)).await;
        match renewed {
            Ok(lost) if !lost.is_empty() => debug!(lost = lost.len(), "leases had ended meanwhile"),
            Ok(_) => {}
            Err(error) => warn!(%error, "could not renew leases"),
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, i64>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets a lease when its job has ended, also by a panic.
struct Held<'a, App: Clone + Send + Sync + 'static> {
    workers: &'a Workers<App>,
    id: Uuid,
}

impl<App: Clone + Send + Sync + 'static> Drop for Held<'_, App> {
    fn drop(&mut self) {
        self.workers.held().remove(&self.id);
    }
}

/// A job that panics once may do so every time; it must not come back for ever.
fn after_panic(taken: &Taken) -> Outcome {
    error!(job.kind = %taken.kind, job.id = %taken.id, job.tries = taken.tries, "a job panicked");
    if taken.tries < TRIES_WITH_PANIC {
        Outcome::Later(REST_AFTER_PANIC, "it panicked".to_owned())
    } else {
        Outcome::GiveUp("it panicked again and again".to_owned())
    }
}

fn log_panic(ended: Result<Outcome, tokio::task::JoinError>) {
    if let Err(panic) = ended {
        error!(%panic, "a job panicked; its lease will bring it back");
    }
}
