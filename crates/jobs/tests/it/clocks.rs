//! Clocks that are wrong, or jump: somebody else may try sooner or later, but nothing is done twice.

use std::sync::Arc;
use std::time::Duration;

use jobs::{Kinds, LaneLimits, Outcome, Wake, Workers};
use store::params;
use testkit::on_every_store;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::{
    A_MINUTE, App, Failed, LANE, Slow, by, claim, queue, queue_now, queue_slow, until_taken, workers,
};

const AN_HOUR: Duration = Duration::from_secs(3_600);

on_every_store! {
    async fn a_node_whose_clock_is_ahead_takes_over_early_and_the_late_result_is_refused(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..1).await;
        let right = claim(&store, by("right", clock.now()), 1).await.remove(0);
        let ahead = claim(&store, by("ahead", clock.now() + AN_HOUR), 1).await.remove(0);

        let late = store.write(move |tx| right.finish::<Failed>(tx)).await;

        assert!(matches!(late, Err(Failed::Stale)), "{late:?}");
        store.write(move |tx| ahead.finish::<Failed>(tx)).await.expect("the fence decides, not the clock");
    }

    async fn a_node_whose_clock_is_behind_loses_its_lease_and_learns_it(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..1).await;
        clock.advance(AN_HOUR);
        let behind = claim(&store, by("behind", clock.now() - A_MINUTE * 30), 1).await.remove(0);
        let right = claim(&store, by("right", clock.now()), 1).await.remove(0);

        let (renewal, held) = (by("behind", clock.now() - A_MINUTE * 30), (behind.id, behind.fence));
        let lost = store.write(move |tx| jobs::renew(tx, &[held], &renewal)).await.expect("an answer");

        assert_eq!(lost, [right.id]);
        let late = store.write(move |tx| behind.check::<Failed>(tx)).await;
        assert!(matches!(late, Err(Failed::Stale)), "{late:?}");
    }

    async fn after_a_jump_back_a_renewal_brings_the_lease_back_too(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..1).await;
        let (id, fence) = {
            let held = claim(&store, by("one", clock.now()), 1).await.remove(0);
            (held.id, held.fence)
        };

        let back = clock.now() - AN_HOUR;
        let renewal = by("one", back);
        let lost = store.write(move |tx| jobs::renew(tx, &[(id, fence)], &renewal)).await.expect("an answer");

        // If the worker died now, its job would be back after a minute, not after an hour.
        assert!(lost.is_empty());
        assert!(claim(&store, by("next", back), 1).await.is_empty());
        assert_eq!(claim(&store, by("next", back + A_MINUTE), 1).await.len(), 1);
    }

    async fn a_jump_forward_does_not_make_a_worker_take_its_own_job(store: Store) {
        let (clock, wake) = (testkit::stepped_clock(), Wake::default());
        let go = Arc::new(Notify::new());
        // By its stopwatch it would renew after minutes only.
        let limits = LaneLimits { lease: A_MINUTE * 10, poll_every: AN_HOUR, ..LaneLimits::default() };
        let kinds = Kinds::new().with::<Slow>();
        let workers = Workers::new(
            Arc::clone(&go), kinds, LANE, limits, store.clone(), clock.clone(), wake.clone(),
        );
        let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
        queue_slow(&store, first, clock.now()).await;
        let stop = CancellationToken::new();
        let running = tokio::spawn(workers.run(stop.clone()));
        until_taken(&store, first).await;

        clock.advance(AN_HOUR);
        queue_slow(&store, second, clock.now()).await;
        wake.ring(LANE);
        until_taken(&store, second).await;

        let fence: i64 = store
            .read(move |tx| tx.one("SELECT fence FROM jobs WHERE id = $1", params![first]))
            .await
            .expect("it is still in its hands");
        assert_eq!(fence, 1);
        go.notify_waiters();
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(20), running).await.expect("it stops").expect("no panic");
    }

    async fn a_jump_before_a_taken_job_begins_does_not_make_its_worker_take_it_again(store: Store) {
        let (clock, wake) = (testkit::stepped_clock(), Wake::default());
        let go = Arc::new(Notify::new());
        let limits = LaneLimits { lease: A_MINUTE * 10, poll_every: AN_HOUR, ..LaneLimits::default() };
        let kinds = Kinds::new().with::<Slow>();
        let workers = Workers::new(
            Arc::clone(&go), kinds, LANE, limits, store.clone(), clock.clone(), wake.clone(),
        );
        let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
        let (claim, due) = (workers.claim(), jobs::Due::now(LANE, "org", clock.now()));
        let taken = store
            .write(move |tx| jobs::enqueue_taken::<Arc<Notify>, _>(tx, first, &Slow, &due, &claim))
            .await
            .expect("queued and taken");

        clock.advance(AN_HOUR);
        let told = workers.start(taken);
        let stop = CancellationToken::new();
        let running = tokio::spawn(workers.run(stop.clone()));
        queue_slow(&store, second, clock.now()).await;
        wake.ring(LANE);
        until_taken(&store, second).await;

        let fence: i64 = store
            .read(move |tx| tx.one("SELECT fence FROM jobs WHERE id = $1", params![first]))
            .await
            .expect("it is still in its hands");
        assert_eq!(fence, 1);
        go.notify_waiters();
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(20), running).await.expect("it stops").expect("no panic");
        assert!(told.await.is_ok(), "whoever asked hears of it");
    }

    async fn what_was_due_before_a_jump_back_waits_and_is_not_lost(store: Store) {
        let (clock, app) = (testkit::stepped_clock(), App::that_answers(Outcome::Done));
        let now = clock.now() + AN_HOUR;
        let due = jobs::Due::now(LANE, "org", now);
        store.write(move |tx| queue(tx, 7, &due, now)).await.expect("queued before the jump");
        let workers = workers(app.clone(), &store, &clock);

        assert_eq!(workers.run_due().await, 0);
        clock.advance(AN_HOUR);
        assert_eq!(workers.run_due().await, 1);
    }
}
