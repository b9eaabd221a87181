//! What goes in comes out when it is due, once, and not before.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jobs::{Due, Kinds, LaneLimits, Outcome, Wake, Workers};
use store::{Error, params};
use testkit::on_every_store;
use tokio_util::sync::CancellationToken;
use types::time::Clock;
use uuid::Uuid;

use crate::support::{
    A_MINUTE, App, Failed, LANE, Note, Slow, THE_ONE_THAT_PANICS, by, claim, queue, queue_now, waiting,
    workers,
};

on_every_store! {
    async fn a_job_exists_only_if_its_transaction_was_committed(store: Store) {
        let clock = testkit::stepped_clock();
        let now = clock.now();

        let failed = store.write(move |tx| {
            queue(tx, 1, &Due::now(LANE, "org", now), now)?;
            Err::<(), _>(Error::NotFound)
        });

        assert!(failed.await.is_err());
        assert_eq!(waiting(&store).await, 0);
    }

    async fn jobs_run_when_they_are_due_and_not_before(store: Store) {
        let (clock, app) = (testkit::stepped_clock(), App::that_answers(Outcome::Done));
        let workers = workers(app.clone(), &store, &clock);
        let (now, later) = (clock.now(), clock.now() + A_MINUTE);
        store.write(move |tx| {
            queue(tx, 2, &Due::at(LANE, "org", later), now)?;
            queue(tx, 1, &Due::now(LANE, "org", now), now)
        }).await.expect("queued");

        workers.run_due().await;
        assert_eq!(app.ran(), vec![1]);

        clock.advance(A_MINUTE);
        workers.run_due().await;
        assert_eq!(app.ran(), vec![1, 2]);
        assert_eq!(waiting(&store).await, 0);
    }

    async fn eight_workers_never_take_a_job_twice(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..500).await;

        let mut claims = tokio::task::JoinSet::new();
        for worker in 0..8 {
            let (store, now) = (store.clone(), clock.now());
            claims.spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let taken = claim(&store, by(&worker.to_string(), now), 7).await;
                    if taken.is_empty() {
                        return mine;
                    }
                    mine.extend(taken.into_iter().map(|taken| taken.id));
                }
            });
        }
        let mut all = claims.join_all().await.concat();

        all.sort();
        all.dedup();
        assert_eq!(all.len(), 500);
    }

    async fn a_lost_worker_s_job_comes_back_when_its_lease_ends(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..1).await;
        let lost = claim(&store, by("lost", clock.now()), 1).await;

        assert!(claim(&store, by("next", clock.now()), 1).await.is_empty());
        clock.advance(A_MINUTE);
        let next = claim(&store, by("next", clock.now()), 1).await;

        assert_eq!((lost[0].fence, next[0].fence), (1, 2));
        assert_eq!((next[0].id, next[0].tries), (lost[0].id, 2));
    }

    async fn a_stalled_worker_cannot_record_anything_about_a_job_that_was_taken_over(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..1).await;
        let stalled = claim(&store, by("stalled", clock.now()), 1).await.remove(0);
        clock.advance(A_MINUTE);
        let quick = claim(&store, by("quick", clock.now()), 1).await.remove(0);
        let now = clock.now();

        let (first, second, third) = (stalled.clone(), stalled.clone(), stalled);
        let finished = store.write(move |tx| first.finish::<Failed>(tx)).await;
        let put_off = store.write(move |tx| second.put_off::<Failed>(tx, now, "later")).await;
        let buried = store.write(move |tx| third.bury::<Failed>(tx, "why", false, now)).await;

        for refused in [finished, put_off, buried] {
            assert!(matches!(refused, Err(Failed::Stale)), "{refused:?}");
        }
        assert!(store.read(|tx| jobs::buried(tx, 10)).await.expect("a list").is_empty());
        store.write(move |tx| quick.finish::<Failed>(tx)).await.expect("the quick one may");
        assert_eq!(waiting(&store).await, 0);
    }

    async fn a_lease_that_is_renewed_does_not_end(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..1).await;
        let held = claim(&store, by("slow", clock.now()), 1).await.remove(0);
        clock.advance(A_MINUTE / 2);
        let renewal = by("slow", clock.now());
        let (id, fence) = (held.id, held.fence);

        let lost = store.write(move |tx| jobs::renew(tx, &[(id, fence), (Uuid::nil(), 1)], &renewal)).await;
        clock.advance(A_MINUTE / 2);

        assert_eq!(lost.expect("renewed"), vec![Uuid::nil()]);
        assert!(claim(&store, by("next", clock.now()), 1).await.is_empty());
    }

    async fn a_job_taken_as_it_was_queued_comes_back_if_its_worker_dies(store: Store) {
        let (clock, app) = (testkit::stepped_clock(), App::that_answers(Outcome::Done));
        let workers = workers(app.clone(), &store, &clock);
        let (claim, due) = (workers.claim(), Due::now(LANE, "org", clock.now()));
        let taken = store.write(move |tx| {
            jobs::enqueue_taken::<App, Note>(tx, Uuid::now_v7(), &Note { number: 7 }, &due, &claim)
        }).await.expect("queued");

        assert_eq!((taken.fence, taken.tries), (1, 1));
        assert_eq!(workers.run_due().await, 0, "it is in somebody's hands");
        clock.advance(A_MINUTE);
        assert_eq!(workers.run_due().await, 1);
        assert_eq!(app.ran(), vec![7]);
    }

    async fn whoever_started_a_taken_job_hears_how_it_ended(store: Store) {
        let (clock, app) = (testkit::stepped_clock(), App::that_answers(Outcome::Done));
        let workers = workers(app.clone(), &store, &clock);
        let (claim, due) = (workers.claim(), Due::now(LANE, "org", clock.now()));
        let taken = store.write(move |tx| {
            jobs::enqueue_taken::<App, Note>(tx, Uuid::now_v7(), &Note { number: 7 }, &due, &claim)
        }).await.expect("queued");

        assert_eq!(workers.start(taken).await.expect("an outcome"), Outcome::Done);
        assert_eq!(waiting(&store).await, 0);
    }

    async fn a_started_job_keeps_its_lease_while_it_runs(store: Store) {
        let (clock, go) = (testkit::stepped_clock(), Arc::new(tokio::sync::Notify::new()));
        let limits = LaneLimits { lease: Duration::from_millis(30), ..LaneLimits::default() };
        let kinds = Kinds::new().with::<Slow>();
        let workers =
            Workers::new(Arc::clone(&go), kinds, LANE, limits, store.clone(), clock.clone(), Wake::default());
        let (claim, due) = (workers.claim(), Due::now(LANE, "org", clock.now()));
        let taken = store.write(move |tx| {
            jobs::enqueue_taken::<Arc<tokio::sync::Notify>, Slow>(tx, Uuid::now_v7(), &Slow, &due, &claim)
        }).await.expect("queued");
        let ended = workers.start(taken);

        clock.advance(A_MINUTE);
        let until = clock.now();
        let renewed = async {
            loop {
                let due = store.read(|tx| tx.one::<Timestamp>("SELECT due FROM jobs", params![])).await;
                if due.expect("a row") > until {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), renewed).await.expect("it is renewed");
        go.notify_one();
        assert_eq!(ended.await.expect("an outcome"), Outcome::Done);
        assert_eq!(waiting(&store).await, 0);
    }

    async fn a_job_that_was_put_off_is_not_renewed(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..1).await;
        let held = claim(&store, by("one", clock.now()), 1).await.remove(0);
        let (id, fence, at) = (held.id, held.fence, clock.now() + A_MINUTE * 10);
        store.write(move |tx| held.put_off::<Failed>(tx, at, "later")).await.expect("put off");

        let renewal = by("one", clock.now());
        let lost = store.write(move |tx| jobs::renew(tx, &[(id, fence)], &renewal)).await.expect("an answer");
        let due: Timestamp = store.read(|tx| tx.one("SELECT due FROM jobs", params![])).await.expect("a row");
        assert_eq!((lost, due), (vec![id], at));
    }

    async fn a_job_that_panics_is_set_aside_in_the_end(store: Store) {
        let (clock, app) = (testkit::stepped_clock(), App::that_answers(Outcome::Done));
        let workers = workers(app.clone(), &store, &clock);
        queue_now(&store, &clock, THE_ONE_THAT_PANICS..THE_ONE_THAT_PANICS + 1).await;

        for _ in 0..8 {
            workers.run_due().await;
            clock.advance(A_MINUTE);
        }
        assert_eq!(app.ran().len(), 5);
        let buried = store.read(|tx| jobs::buried(tx, 10)).await.expect("a list");
        assert_eq!((buried.len(), buried[0].tries, buried[0].unknown), (1, 5, false));
        assert_eq!(waiting(&store).await, 0);
    }

    async fn who_lost_a_job_learns_it_before_beginning_anything(store: Store) {
        let clock = testkit::stepped_clock();
        queue_now(&store, &clock, 0..1).await;
        let stalled = claim(&store, by("stalled", clock.now()), 1).await.remove(0);
        clock.advance(A_MINUTE);
        let quick = claim(&store, by("quick", clock.now()), 1).await.remove(0);

        let stalled = store.write(move |tx| stalled.check::<Failed>(tx)).await;
        assert!(matches!(stalled, Err(Failed::Stale)), "{stalled:?}");
        store.write(move |tx| quick.check::<Failed>(tx)).await.expect("the quick one has it");
    }

    async fn a_job_that_asks_for_later_comes_back_then(store: Store) {
        let clock = testkit::stepped_clock();
        let app = App::that_answers(Outcome::Later(A_MINUTE, "busy".to_owned()));
        let workers = workers(app.clone(), &store, &clock);
        queue_now(&store, &clock, 0..1).await;

        workers.run_due().await;
        assert_eq!(app.ran().len(), 1);
        clock.advance(A_MINUTE);
        workers.run_due().await;

        assert_eq!(app.ran().len(), 2);
        assert_eq!(waiting(&store).await, 1);
    }

    async fn what_was_given_up_can_be_dug_up(store: Store) {
        let clock = testkit::stepped_clock();
        let unknown = workers(App::that_answers(Outcome::Unknown("cut off".to_owned())), &store, &clock);
        queue_now(&store, &clock, 0..1).await;

        unknown.run_due().await;
        let buried = store.read(|tx| jobs::buried(tx, 10)).await.expect("a list").remove(0);
        assert_eq!((buried.reason.as_str(), buried.unknown, buried.tries), ("cut off", true, 1));

        let (id, now) = (buried.id, clock.now());
        assert!(store.write(move |tx| jobs::dig_up(tx, id, now)).await.expect("dug up"));
        let app = App::that_answers(Outcome::Done);
        assert_eq!(workers(app.clone(), &store, &clock).run_due().await, 1);
        assert!(!store.write(move |tx| jobs::dig_up(tx, id, now)).await.expect("nothing there"));
    }

    async fn a_job_ends_whatever_strangers_say_about_it(store: Store) {
        let clock = testkit::stepped_clock();
        let busy = workers(App::that_answers(Outcome::Later(A_MINUTE, "a\0b".to_owned())), &store, &clock);
        queue_now(&store, &clock, 0..1).await;
        busy.run_due().await;
        let put_off = "SELECT reason FROM jobs WHERE worker IS NULL";
        let reason = store.read(move |tx| tx.optional::<String>(put_off, params![])).await.expect("an answer");
        assert_eq!(reason.as_deref(), Some("a\u{fffd}b"));

        clock.advance(A_MINUTE);
        let hopeless = workers(App::that_answers(Outcome::GiveUp("a\0b".to_owned())), &store, &clock);
        hopeless.run_due().await;
        let buried = store.read(|tx| jobs::buried(tx, 10)).await.expect("a list").remove(0);
        assert_eq!(buried.reason, "a\u{fffd}b");
    }

    async fn running_workers_are_woken_and_stop_after_what_they_hold(store: Store) {
        let (clock, wake) = (Clock::system(), Wake::default());
        let app = App::that_answers(Outcome::Done);
        // Nobody looks by himself within the test's patience, so only the bell can do it.
        let limits = LaneLimits { poll_every: Duration::from_secs(3_600), ..LaneLimits::default() };
        let kinds = Kinds::new().with::<Note>();
        let workers = Workers::new(app.clone(), kinds, LANE, limits, store.clone(), clock.clone(), wake.clone());
        let stop = CancellationToken::new();
        let running = tokio::spawn(workers.run(stop.clone()));

        queue_now(&store, &clock, 0..40).await;
        wake.ring(LANE);
        let all_ran = async {
            while waiting(&store).await > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), all_ran).await.expect("they were woken");
        stop.cancel();

        tokio::time::timeout(Duration::from_secs(20), running).await.expect("they stop").expect("no panic");
        assert_eq!(app.ran().len(), 40);
    }
}
