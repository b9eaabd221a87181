//! Several nodes on one store: dying, standing still, and waking each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jobs::{Job, Kinds, LaneLimits, Outcome, Taken, Wake, Workers};
use serde::{Deserialize, Serialize};
use store::{Engine, Store, params};
use testkit::{on_every_store, stores};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use types::time::Clock;
use uuid::Uuid;

use crate::support::{A_MINUTE, App, Failed, LANE, by, claim, queue_now, waiting, workers};

const PATIENCE: Duration = Duration::from_secs(20);

/// Says that it has begun, waits until it may go on, and ends as the test wants.
#[derive(Serialize, Deserialize)]
struct Hang;

#[derive(Clone)]
struct Hanging {
    begun: Arc<AtomicU32>,
    go_on: Arc<Notify>,
    outcome: Outcome,
}

impl Hanging {
    fn that_answers(outcome: Outcome) -> Self {
        Self { begun: Arc::default(), go_on: Arc::default(), outcome }
    }
}

impl Job<Hanging> for Hang {
    const KIND: &'static str = "hang";

    async fn run(self, app: Hanging, _: Taken) -> Outcome {
        app.begun.fetch_add(1, Ordering::SeqCst);
        app.go_on.notified().await;
        app.outcome.clone()
    }
}

fn hanging(app: &Hanging, store: &Store, clock: &Clock, wake: &Wake) -> Workers<Hanging> {
    // Nobody renews or looks by himself within the test's patience.
    let limits = LaneLimits { lease: A_MINUTE * 10, poll_every: A_MINUTE * 10, ..LaneLimits::default() };
    let kinds = Kinds::new().with::<Hang>();
    Workers::new(app.clone(), kinds, LANE, limits, store.clone(), clock.clone(), wake.clone())
}

async fn queue_hang(store: &Store, clock: &Clock) -> Uuid {
    let (id, now) = (Uuid::now_v7(), clock.now());
    let due = jobs::Due::now(LANE, "org", now);
    store.write(move |tx| jobs::enqueue(tx, id, &Hang, &due, now)).await.expect("queued");
    id
}

async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let come_true = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, come_true).await.unwrap_or_else(|_| panic!("in vain: {what}"));
}

async fn row(store: &Store, id: Uuid) -> Option<(i64, i64, Option<String>)> {
    let sql = "SELECT due, fence, worker FROM jobs WHERE id = $1";
    store.read(move |tx| tx.optional(sql, params![id])).await.expect("an answer")
}

on_every_store! {
    async fn nothing_a_worker_brings_home_after_its_lease_counts(store: Store) {
        let later = Outcome::Later(Duration::from_secs(1), "busy".to_owned());
        let (given_up, unknown) = (Outcome::GiveUp("no".to_owned()), Outcome::Unknown("cut".to_owned()));
        for outcome in [Outcome::Done, later, given_up, unknown] {
            let (clock, wake) = (testkit::stepped_clock(), Wake::new(&store));
            let (app, stop) = (Hanging::that_answers(outcome.clone()), CancellationToken::new());
            let id = queue_hang(&store, &clock).await;
            let stalled = tokio::spawn(hanging(&app, &store, &clock, &wake).run(stop.clone()));
            until("the job begins", async || app.begun.load(Ordering::SeqCst) == 1).await;

            clock.advance(A_MINUTE * 10);
            let quick = claim(&store, by("quick", clock.now()), 1).await.remove(0);
            let held = row(&store, id).await;
            app.go_on.notify_one();
            stop.cancel();
            tokio::time::timeout(PATIENCE, stalled).await.expect("it stops").expect("no panic");

            assert_eq!(row(&store, id).await, held, "{outcome:?}");
            let buried = store.read(|tx| jobs::buried(tx, 10)).await.expect("a list");
            assert!(buried.is_empty(), "{outcome:?}: {buried:?}");
            store.write(move |tx| quick.finish::<Failed>(tx)).await.expect("the quick one may");
        }
    }

    async fn of_many_results_the_late_ones_are_told_apart(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..20).await;
        let mine = claim(&store, by("stalled", clock.now()), 20).await;
        clock.advance(A_MINUTE);
        let theirs = claim(&store, by("quick", clock.now()), 8).await;

        let all = mine.clone();
        let verdicts = store.write(move |tx| jobs::finish_all(tx, &all)).await.expect("an answer");
        let stale = mine.iter().zip(verdicts).filter(|(_, verdict)| verdict.is_err());
        let mut stale: Vec<_> = stale.map(|(taken, _)| taken.id).collect();

        let mut lost: Vec<_> = theirs.iter().map(|taken| taken.id).collect();
        lost.sort_unstable();
        stale.sort_unstable();
        assert_eq!(stale, lost);
        assert_eq!(waiting(&store).await, 8);
        let verdicts = store.write(move |tx| jobs::finish_all(tx, &theirs)).await.expect("an answer");
        assert_eq!(verdicts, [Ok(()); 8]);
    }

    async fn the_same_job_under_two_fences_ends_once(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..1).await;
        let early = claim(&store, by("one", clock.now()), 1).await.remove(0);
        clock.advance(A_MINUTE);
        let late = claim(&store, by("one", clock.now()), 1).await.remove(0);

        let verdicts = store.write(move |tx| jobs::finish_all(tx, &[late.clone(), early.clone()])).await;

        assert_eq!(verdicts.expect("an answer"), [Ok(()), Err(jobs::Stale)]);
        assert_eq!(waiting(&store).await, 0);
    }

    async fn a_node_that_dies_in_the_middle_of_a_batch_leaves_the_rest_to_the_next(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..10).await;
        let batch = claim(&store, by("killed", clock.now()), 10).await;
        store.write(move |tx| jobs::finish_all(tx, &batch[..4])).await.expect("finished");

        assert!(claim(&store, by("next", clock.now()), 10).await.is_empty());
        clock.advance(A_MINUTE);
        let rest = claim(&store, by("next", clock.now()), 20).await;

        assert_eq!(rest.iter().map(|taken| taken.fence).collect::<Vec<_>>(), [2; 6]);
    }

    async fn what_a_dead_process_held_is_given_back_at_once_where_nobody_else_can_be_alive(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..3).await;
        claim(&store, by("dead", clock.now()), 2).await;

        let now = clock.now();
        let released = store.write(move |tx| jobs::release_abandoned(tx, now)).await.expect("an answer");
        let fences: Vec<_> =
            claim(&store, by("next", now), 10).await.iter().map(|taken| taken.fence).collect();

        if store.engine() == Engine::Sqlite {
            assert_eq!((released, fences), (2, vec![2, 2, 1]));
        } else {
            assert_eq!((released, fences), (0, vec![1]), "other nodes may well be alive");
        }
    }

    async fn two_nodes_share_the_work_and_do_it_once(store: Store) {
        const JOBS: u32 = 1_000;
        let (clock, stop) = (Clock::system(), CancellationToken::new());
        let (one, two) = (App::that_answers(Outcome::Done), App::that_answers(Outcome::Done));
        queue_now(&store, &clock, 1_000..1_000 + JOBS).await;

        let nodes = [&one, &two].map(|app| tokio::spawn(workers(app.clone(), &store, &clock).run(stop.clone())));
        until("everything is done", async || waiting(&store).await == 0).await;
        stop.cancel();
        for node in nodes {
            tokio::time::timeout(PATIENCE, node).await.expect("it stops").expect("no panic");
        }

        let mut all = [one.ran(), two.ran()].concat();
        all.sort_unstable();
        assert_eq!(all, (1_000..1_000 + JOBS).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bell_is_heard_on_the_other_node() {
    let (database, clock) = (stores::Database::new(), testkit::stepped_clock());
    let [here, there] = [(), ()].map(|()| database.connect(&stores::in_a_hurry()));
    let (app, stop) = (Hanging::that_answers(Outcome::Done), CancellationToken::new());
    let workers = hanging(&app, &there, &clock, &Wake::new(&there));
    let first = queue_hang(&there, &clock).await;
    let running = tokio::spawn(workers.run(stop.clone()));
    until("the workers run", async || app.begun.load(Ordering::SeqCst) == 1).await;

    queue_hang(&here, &clock).await;
    Wake::new(&here).ring(LANE);

    until("the other node looks", async || app.begun.load(Ordering::SeqCst) == 2).await;
    app.go_on.notify_waiters();
    until("both are done", async || waiting(&here).await == 0).await;
    assert_eq!(row(&here, first).await, None);
    stop.cancel();
    tokio::time::timeout(PATIENCE, running).await.expect("it stops").expect("no panic");
}
