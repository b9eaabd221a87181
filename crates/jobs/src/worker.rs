//! The workers: claim, run, record, and stop without losing anything.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use store::Store;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, debug, error, warn};
use types::time::Clock;
use uuid::Uuid;

use crate::claim::{self, Claim, Claimed, Round};
use crate::ending::{self, Ending, Endings};
use crate::job::{Kinds, Lane, Outcome};
use crate::leases::{Held, Leases};
use crate::limits::LaneLimits;
use crate::queue::Taken;
use crate::wake::Wake;

/// A job that panics is tried again, but not after this many tries.
const TRIES_WITH_PANIC: u32 = 5;
/// How long a job rests after a panic.
const REST_AFTER_PANIC: Duration = Duration::from_secs(30);
/// How long, while many jobs wait, a claim may wait for more running ones to end.
const GATHER: Duration = Duration::from_millis(5);

/// How many jobs of a lane may begin now, whatever its limits say.
type Room = Box<dyn Fn() -> usize + Send + Sync>;

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
    leases: Leases,
    /// Endings on their way to the store.
    endings: Endings,
    /// How far we have come on our way round the owners.
    round: Mutex<Round>,
    /// Jobs begun with [`Workers::start`].
    started: TaskTracker,
    /// What the jobs need besides a worker.
    room: OnceLock<Room>,
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
        let endings = ending::endings(&store);
        Self(Arc::new(Inner {
            app,
            kinds,
            lane,
            limits,
            name,
            store,
            clock,
            wake,
            leases: Leases::default(),
            endings,
            round: Mutex::default(),
            started: TaskTracker::new(),
            room: OnceLock::new(),
        }))
    }

    /// Takes no more jobs from the queue than `room` says may begin at the time. Where there is no room, jobs
    /// stay in the queue untouched, and room is asked for again when the lane is looked at next.
    #[must_use]
    pub fn limited_by(self, room: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        // Only the first counts, and there is no second.
        let _ = self.0.room.set(Box::new(room));
        self
    }

    fn room(&self) -> usize {
        self.0.room.get().map_or(usize::MAX, |room| room())
    }

    /// Who claims, now; for [`enqueue_taken`](crate::enqueue_taken).
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
        let mut more = false;
        while !stop.is_cancelled() {
            more = self.start_due(&mut running, more).await;
            let room = running.len() < self.0.limits.at_once;
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = running.join_next() => log_panic(ended),
                () = bell.notified(), if room && !more => {}
                () = sleep(self.0.limits.poll_every), if room && !more => {}
                () = std::future::ready(()), if room && more => {}
            }
            while let Some(ended) = running.try_join_next() {
                log_panic(ended);
            }
            if more {
                self.gather(&mut running).await;
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

    /// While many jobs wait, a claim is worth more when it takes more at once; so it waits a moment until
    /// half of the places are free.
    async fn gather(&self, running: &mut JoinSet<Outcome>) {
        let enough = self.0.limits.at_once / 2;
        let gathered = async {
            while running.len() > enough
                && let Some(ended) = running.join_next().await
            {
                log_panic(ended);
            }
        };
        // Time is up: what is free now is what there is.
        let _ = timeout(GATHER, gathered).await;
    }

    /// Runs every due job, one after the other, and answers how many there were. For tests, which
    /// own the clock.
    pub async fn run_due(&self) -> usize {
        let mut count = 0;
        while let Ok(claimed) = self.take(self.room().min(16), false).await
            && !claimed.taken.is_empty()
        {
            let held: Vec<_> = claimed.taken.into_iter().map(|taken| (self.hold(&taken), taken)).collect();
            count += held.len();
            for (held, taken) in held {
                self.perform(taken, held).await;
            }
        }
        count
    }

    /// Runs a job that was queued with [`enqueue_taken`](crate::enqueue_taken), after its commit; the receiver hears
    /// when it has run. The job goes on when the receiver is dropped.
    pub fn start(&self, taken: Taken) -> oneshot::Receiver<Outcome> {
        let (tell, told) = oneshot::channel();
        let workers = self.clone();
        let held = self.hold(&taken);
        self.0.started.spawn(async move {
            let lease = [(taken.id, taken.fence)];
            let outcome = tokio::select! {
                outcome = workers.perform(taken, held) => outcome,
                never = workers.keep(lease) => match never {},
            };
            // Whoever asked may have gone away; the job has been done all the same.
            let _ = tell.send(outcome);
        });
        told
    }

    /// Renews the lease of a started job. [`Workers::run`] renews what is in our hands too, but may not be
    /// running on this side at all.
    async fn keep(&self, held: [(Uuid, i64); 1]) -> std::convert::Infallible {
        loop {
            sleep(self.0.limits.lease / 3).await;
            // A failure has been told; the lease may live until the next attempt.
            let _ = self.renew(held.to_vec()).await;
        }
    }

    /// Starts what is due; answers whether there may be more. `more` says that there was when we last
    /// looked.
    async fn start_due(&self, running: &mut JoinSet<Outcome>, more: bool) -> bool {
        let room = self.0.limits.at_once - running.len();
        if room == 0 {
            return true;
        }
        let room = room.min(self.room());
        if room == 0 {
            return false;
        }
        match self.take(room, more).await {
            Ok(claimed) => {
                for taken in claimed.taken {
                    let (workers, held) = (self.clone(), self.hold(&taken));
                    running.spawn(async move { workers.perform(taken, held).await });
                }
                claimed.more
            }
            Err(error) => {
                warn!(lane = self.0.lane.0, %error, "could not look for jobs");
                false
            }
        }
    }

    async fn take(&self, max: usize, sure: bool) -> Result<Claimed, store::Error> {
        if max == 0 {
            return Ok(Claimed::default());
        }
        let (lane, claim) = (self.0.lane, self.claim());
        let now = claim.now;
        // A third of the lease is left when the renewal before this one failed or never came.
        let overdue = self.0.leases.late(now.checked_add(self.0.limits.lease / 3).unwrap_or(now));
        if !overdue.is_empty() {
            // We stood still, or the clock has jumped. What nobody else has taken is still ours, and must
            // not be taken by ourselves a second time.
            self.renew(overdue).await?;
        }
        // Looking costs no commit; most looks find nothing.
        if !sure && !self.0.store.read(move |tx| claim::is_any_due(tx, lane, now)).await? {
            return Ok(Claimed::default());
        }
        let round = self.round().clone();
        let take = move |tx: &mut store::Tx<'_>| claim::claim_in_turn(tx, lane, &claim, max, &round);
        let claimed = self.0.store.write(take).await?;
        self.round().clone_from(&claimed.round);
        Ok(claimed)
    }

    fn hold(&self, taken: &Taken) -> Held {
        // Not reckoned from now: the clock may have jumped since the commit.
        self.0.leases.hold(taken.id, taken.fence, taken.leased_until)
    }

    async fn perform(&self, taken: Taken, held: Held) -> Outcome {
        let span = trace::job(&taken.kind, taken.id, taken.context.as_ref());
        self.perform_here(taken, held).instrument(span).await
    }

    async fn perform_here(&self, taken: Taken, held: Held) -> Outcome {
        let running = AssertUnwindSafe(self.0.kinds.run(self.0.app.clone(), taken.clone()));
        let outcome = running.catch_unwind().await.unwrap_or_else(|_| after_panic(&taken));
        debug!(?outcome, "ran a job");
        if let Some(ending) = Ending::of(&outcome, self.0.clock.now()) {
            match self.0.endings.write((taken, ending)).await {
                Ok(Ok(())) => {}
                Ok(Err(stale)) => debug!(%stale, "a job's ending was refused"),
                Err(error) => warn!(%error, "could not record how a job ended; it will run again"),
            }
        }
        drop(held);
        outcome
    }

    async fn renew_leases(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                // Jobs may outlive the signal by the grace period, and their leases with them.
                () = stop.cancelled() => sleep(self.0.limits.grace / 2).await,
                () = sleep(self.0.limits.lease / 3) => {}
            }
            let held = self.0.leases.all();
            if !held.is_empty() {
                // A failure has been told; the leases may live until the next attempt.
                let _ = self.renew(held).await;
            }
        }
    }

    async fn renew(&self, held: Vec<(Uuid, i64)>) -> Result<(), store::Error> {
        let claim = self.claim();
        let until = claim.until();
        let asked = held.clone();
        match self.0.store.write(move |tx| claim::renew(tx, &asked, &claim)).await {
            Ok(lost) => {
                if !lost.is_empty() {
                    debug!(lost = lost.len(), "leases had ended meanwhile");
                }
                self.0.leases.renewed(&held, &lost, until);
                Ok(())
            }
            Err(error) => {
                warn!(%error, "could not renew leases");
                Err(error)
            }
        }
    }

    fn round(&self) -> std::sync::MutexGuard<'_, Round> {
        self.0.round.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that panics once may do so every time; it must not come back for ever.
fn after_panic(taken: &Taken) -> Outcome {
    error!(job.tries = taken.tries, "a job panicked");
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
