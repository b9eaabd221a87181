//! Commits that fail, and commits whose answer is lost, around everything the queue writes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jobs::ledger::{self, End, Intent};
use jobs::{Job, Kinds, LaneLimits, Outcome, Taken, Wake, Workers};
use serde::{Deserialize, Serialize};
use store::{Fault, FaultPoint, Faults, Options, Store, params};
use testkit::stores;
use types::ids::AttemptId;
use types::time::Clock;
use uuid::Uuid;

use crate::support::{A_MINUTE, Failed, LANE, by, claim, queue_now, waiting};

/// A fault that strikes once, when it has been armed.
#[derive(Clone, Default)]
struct Once(Arc<Mutex<Option<Fault>>>);

impl Once {
    fn arm(&self, fault: Fault) {
        *self.0.lock().expect("no panic") = Some(fault);
    }

    fn options(&self) -> Options {
        let armed = Arc::clone(&self.0);
        let decide = move |point| {
            let mut armed = armed.lock().expect("no panic");
            match (point, *armed) {
                (FaultPoint::BeforeCommit, Some(Fault::DiskFull))
                | (FaultPoint::AfterCommit, Some(Fault::AnswerLost)) => armed.take().unwrap_or(Fault::Pass),
                _ => Fault::Pass,
            }
        };
        Options { faults: Faults::new(decide), ..stores::in_a_hurry() }
    }
}

/// What somebody who holds a job may do with it.
#[derive(Clone, Copy, Debug)]
enum Act {
    Finish,
    PutOff,
    Bury,
    Renew,
}

async fn act(store: &Store, act: Act, taken: &Taken, clock: &Clock) -> Result<(), Failed> {
    let (taken, now) = (taken.clone(), clock.now());
    let work = move |tx: &mut store::Tx<'_>| match act {
        Act::Finish => taken.finish(tx),
        Act::PutOff => taken.put_off(tx, now + A_MINUTE * 5, "later"),
        Act::Bury => taken.bury(tx, "why", false, now),
        Act::Renew => match jobs::renew(tx, &[(taken.id, taken.fence)], &by("one", now + A_MINUTE))?.len() {
            0 => Ok(()),
            _ => Err(Failed::Stale),
        },
    };
    store.write(work).await
}

/// Everything that is known of the jobs, as text.
async fn state(store: &Store) -> String {
    let waiting =
        "SELECT due, fence, tries, coalesce(worker, '-'), coalesce(reason, '-') FROM jobs ORDER BY id";
    let buried = "SELECT buried, tries, unknown, reason FROM buried_jobs ORDER BY id";
    let state = store.read(move |tx| {
        let waiting: Vec<(i64, i64, i64, String, String)> = tx.all(waiting, params![])?;
        let buried: Vec<(i64, i64, i64, String)> = tx.all(buried, params![])?;
        Ok::<_, store::Error>(format!("waiting {waiting:?}, buried {buried:?}"))
    });
    state.await.expect("a state")
}

async fn one_taken(store: &Store, clock: &Clock) -> Taken {
    queue_now(store, clock, 0..1).await;
    claim(store, by("one", clock.now()), 1).await.remove(0)
}

/// The state after `act` was done without a fault.
async fn undisturbed(open: fn(Options) -> Store, what: Act) -> String {
    let (store, clock) = (open(stores::in_a_hurry()), testkit::stepped_clock());
    let taken = one_taken(&store, &clock).await;
    act(&store, what, &taken, &clock).await.expect("done");
    state(&store).await
}

async fn whatever_fails_is_wholly_done_or_not_at_all(open: fn(Options) -> Store) {
    for what in [Act::Finish, Act::PutOff, Act::Bury, Act::Renew] {
        let done = undisturbed(open, what).await;
        for fault in [Fault::DiskFull, Fault::AnswerLost] {
            let (once, clock) = (Once::default(), testkit::stepped_clock());
            let store = open(once.options());
            let taken = one_taken(&store, &clock).await;
            let before = state(&store).await;

            once.arm(fault);
            let failed = act(&store, what, &taken, &clock).await;

            assert!(matches!(failed, Err(Failed::Store)), "{what:?}, {fault:?}: {failed:?}");
            let expected = if fault == Fault::DiskFull { &before } else { &done };
            assert_eq!(state(&store).await, *expected, "{what:?}, {fault:?}");

            // Whoever does not know asks again: it happens now, or is refused, and never twice.
            let again = act(&store, what, &taken, &clock).await;
            let gone = fault == Fault::AnswerLost && matches!(what, Act::Finish | Act::Bury | Act::Renew);
            assert!(again.is_ok() || (gone && matches!(again, Err(Failed::Stale))), "{what:?}, {fault:?}");
            assert_eq!(state(&store).await, done, "{what:?}, {fault:?}, again");
        }
    }
}

async fn a_claim_that_fails_loses_no_job(open: fn(Options) -> Store) {
    for (fault, taken_at_once) in [(Fault::DiskFull, 3), (Fault::AnswerLost, 0)] {
        let (once, clock) = (Once::default(), testkit::stepped_clock());
        let store = open(once.options());
        queue_now(&store, &clock, 0..3).await;

        once.arm(fault);
        let mine = by("one", clock.now());
        let failed = store.write(move |tx| jobs::claim(tx, LANE, &mine, 10)).await;
        assert!(failed.is_err());

        // A claim nobody heard of is a lease nobody uses; it ends by itself.
        assert_eq!(claim(&store, by("two", clock.now()), 10).await.len(), taken_at_once, "{fault:?}");
        clock.advance(A_MINUTE);
        assert_eq!(claim(&store, by("two", clock.now()), 10).await.len(), 3, "{fault:?}");
    }
}

/// A job whose result, a closed attempt, is written in the commit that ends it.
#[derive(Serialize, Deserialize)]
struct Deliver {
    subject: Uuid,
}

#[derive(Clone)]
struct Node {
    store: Store,
    clock: Clock,
    runs: Arc<AtomicU32>,
}

impl Job<Node> for Deliver {
    const KIND: &'static str = "deliver";

    async fn run(self, node: Node, taken: Taken) -> Outcome {
        node.runs.fetch_add(1, Ordering::SeqCst);
        let (subject, id, now) = (self.subject, AttemptId::new(Uuid::now_v7()), node.clock.now());
        let recorded = node.store.write(move |tx| {
            ledger::begin(tx, &Intent { id, owner: "org", subject, route: "test" }, now)?;
            ledger::end(tx, id, &End { outcome: "delivered", ..End::default() }, now)?;
            taken.finish::<Failed>(tx)
        });
        match recorded.await {
            Ok(()) => Outcome::Settled,
            // Nothing was kept, or perhaps everything was: the fence knows.
            Err(_) => Outcome::Later(Duration::from_secs(1), "not recorded".to_owned()),
        }
    }
}

fn node(store: &Store, clock: &Clock) -> (Workers<Node>, Arc<AtomicU32>) {
    let runs = Arc::new(AtomicU32::new(0));
    let app = Node { store: store.clone(), clock: clock.clone(), runs: Arc::clone(&runs) };
    let limits = LaneLimits { lease: A_MINUTE, ..LaneLimits::default() };
    let kinds = Kinds::new().with::<Deliver>();
    let wake = Wake::new(store);
    (Workers::new(app, kinds, LANE, limits, store.clone(), clock.clone(), wake), runs)
}

/// Every third commit fails, one way or the other, in an order that is the same every time.
fn every_third() -> Options {
    let asked = AtomicU32::new(0);
    let decide = move |point| {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        match (point, number % 7) {
            (FaultPoint::BeforeCommit, 2) => Fault::DiskFull,
            (FaultPoint::AfterCommit, 5) => Fault::AnswerLost,
            _ => Fault::Pass,
        }
    };
    Options { faults: Faults::new(decide), ..stores::in_a_hurry() }
}

async fn two_nodes_with_failing_commits_do_everything_once(open: fn(Options) -> Store) {
    const JOBS: usize = 60;
    let (store, clock) = (open(every_third()), testkit::stepped_clock());
    let subjects: Vec<Uuid> = (0..JOBS).map(|_| Uuid::new_v4()).collect();
    for subject in &subjects {
        let (id, subject, now) = (Uuid::now_v7(), *subject, clock.now());
        let queue = move |tx: &mut store::Tx<'_>| {
            let there: Option<i64> = tx.optional("SELECT 1 FROM jobs WHERE id = $1", params![id])?;
            let due = jobs::Due::now(LANE, "org", now);
            there.map_or_else(|| jobs::enqueue(tx, id, &Deliver { subject }, &due, now), |_| Ok(()))
        };
        // With a key of one's own it is safe to repeat.
        while store.write(queue).await.is_err() {}
    }

    let (one, two) = (node(&store, &clock), node(&store, &clock));
    for _ in 0..200 {
        tokio::join!(one.0.run_due(), two.0.run_due());
        clock.advance(A_MINUTE);
        if waiting(&store).await == 0 {
            break;
        }
    }

    assert_eq!(waiting(&store).await, 0);
    let results = "SELECT subject, count(*) FROM attempts GROUP BY subject";
    let results: Vec<(Uuid, i64)> = store.read(move |tx| tx.all(results, params![])).await.expect("results");
    let results: BTreeMap<_, _> = results.into_iter().collect();
    assert_eq!(results, subjects.iter().map(|subject| (*subject, 1)).collect());
    let runs = one.1.load(Ordering::SeqCst) + two.1.load(Ordering::SeqCst);
    assert!(runs as usize > JOBS, "no fault has struck");
}

macro_rules! with_faults_on_every_store {
    ($($name:ident)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(testkit::stores::sqlite).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(|options| testkit::stores::postgres(&options)).await;
            })+
        }
    };
}

with_faults_on_every_store! {
    whatever_fails_is_wholly_done_or_not_at_all
    a_claim_that_fails_loses_no_job
    two_nodes_with_failing_commits_do_everything_once
}
