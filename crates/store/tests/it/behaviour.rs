//! One list of behaviours, shown on every engine. It speaks only of `Store`, so that a further
//! engine is done when it passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use meter::families::JOBS;
use store::{Batch, Error, Store, Tx, params, row};
use testkit::on_every_store;
use uuid::Uuid;

const OPEN_JOB: &str = "INSERT INTO jobs (id, lane, due, kind, owner, payload, fence, tries, created)
    VALUES ($1, $2, $3, 'test', 'org', '{}', 0, 0, $3) ON CONFLICT DO NOTHING";

fn insert(tx: &mut Tx<'_>, id: Uuid, lane: &str) -> Result<u64, Error> {
    tx.execute(OPEN_JOB, params![id, lane, 7_i64])
}

async fn count(store: &Store) -> i64 {
    store.read(|tx| tx.one::<i64>("SELECT count(*) FROM jobs", params![])).await.expect("a count")
}

on_every_store! {
    async fn what_was_answered_can_be_read(store: Store) {
        let id = Uuid::new_v4();

        store.write(move |tx| insert(tx, id, "a")).await.expect("a write");

        let lane: String =
            store.read(move |tx| tx.one("SELECT lane FROM jobs WHERE id = $1", params![id])).await.expect("a row");
        assert_eq!(lane, "a");
    }

    async fn work_that_fails_takes_back_its_own_changes_only(store: Store) {
        let keep = store.write(|tx| insert(tx, Uuid::new_v4(), "keep"));
        let fail = store.write(|tx| {
            insert(tx, Uuid::new_v4(), "gone")?;
            Err::<(), _>(Error::NotFound)
        });
        let also = store.write(|tx| insert(tx, Uuid::new_v4(), "keep"));

        let (keep, fail, also) = tokio::join!(keep, fail, also);

        assert!(keep.is_ok() && also.is_ok());
        assert!(matches!(fail, Err(Error::NotFound)));
        assert_eq!(count(&store).await, 2);
    }

    async fn what_is_counted_in_work_counts_when_it_is_committed(store: Store) {
        let counted = |store: &Store| {
            let points = store.meter().snapshot().points(&JOBS);
            points.iter().map(|point| (point.labels[1].clone(), point.value)).collect::<Vec<_>>()
        };
        let count = |kind: &'static str, fails: bool| {
            store.write(move |tx| {
                tx.count(&JOBS, &["lane", kind, "done"]);
                if fails { Err(Error::NotFound) } else { Ok(()) }
            })
        };

        count("kept", false).await.expect("a write");
        count("taken back", true).await.expect_err("a refusal");

        assert_eq!(counted(&store), [("kept".to_owned(), meter::Value::Count(1))]);
    }

    async fn work_that_panics_takes_back_its_own_changes_only(store: Store) {
        let keep = store.write(|tx| insert(tx, Uuid::new_v4(), "keep"));
        let fail = store.write(|tx| -> Result<(), Error> {
            insert(tx, Uuid::new_v4(), "gone")?;
            panic!("on purpose");
        });

        let (keep, fail) = tokio::join!(keep, fail);

        assert!(keep.is_ok());
        assert!(matches!(fail, Err(Error::Panicked)));
        assert_eq!(count(&store).await, 1);
        store.write(|tx| insert(tx, Uuid::new_v4(), "after")).await.expect("the store goes on");
    }

    async fn of_fifty_equal_inserts_at_once_one_wins(store: Store) {
        let id = Uuid::new_v4();
        let mut inserts = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let store = store.clone();
            inserts.spawn(async move { store.write(move |tx| insert(tx, id, "race")).await });
        }

        let won: u64 = inserts.join_all().await.into_iter().map(|result| result.expect("an answer")).sum();

        assert_eq!(won, 1);
        assert_eq!(count(&store).await, 1);
    }

    async fn a_duplicate_key_says_so(store: Store) {
        let sql = "INSERT INTO jobs (id, lane, due, kind, owner, payload, fence, tries, created)
            VALUES ($1, 'a', 1, 'k', 'o', '{}', 0, 0, 1)";
        let id = Uuid::new_v4();
        store.write(move |tx| tx.execute(sql, params![id])).await.expect("the first");

        let again = store.write(move |tx| tx.execute(sql, params![id])).await;

        assert!(matches!(again, Err(Error::Duplicate(_))), "{again:?}");
    }

    async fn a_reader_sees_one_snapshot(store: Store) {
        let (inside, mut entered) = tokio::sync::mpsc::unbounded_channel();
        let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
        let reader = store.clone();
        let reading = tokio::spawn(async move {
            reader
                .read(move |tx| {
                    let before: i64 = tx.one("SELECT count(*) FROM jobs", params![])?;
                    inside.send(()).expect("the test listens");
                    may_go_on.recv().expect("the test goes on");
                    let after: i64 = tx.one("SELECT count(*) FROM jobs", params![])?;
                    Ok::<_, Error>((before, after))
                })
                .await
        });
        entered.recv().await.expect("the reader has begun");

        store.write(|tx| insert(tx, Uuid::new_v4(), "meanwhile")).await.expect("the writer does not wait");
        go_on.send(()).expect("the reader listens");

        assert_eq!(reading.await.expect("no panic").expect("an answer"), (0, 0));
        assert_eq!(count(&store).await, 1);
    }

    async fn parameters_are_bound_by_their_number(store: Store) {
        let pair: (i64, i64) =
            store.read(|tx| tx.one("SELECT CAST($2 AS BIGINT), CAST($1 AS BIGINT) + $1", params![10_i64, 7_i64])).await.expect("a row");
        assert_eq!(pair, (7, 20));
    }

    async fn a_column_of_the_wrong_type_is_named(store: Store) {
        let answer = store.read(|tx| tx.one::<i64>("SELECT 'text'", params![])).await;
        assert_eq!(answer.expect_err("a refusal").to_string(), "column 0 holds text, not i64");
    }

    async fn many_writers_lose_nothing(store: Store) {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..64 {
            let store = store.clone();
            writers.spawn(async move {
                for _ in 0..20 {
                    let lane = format!("lane-{writer}");
                    store.write(move |tx| insert(tx, Uuid::new_v4(), &lane)).await.expect("a write");
                }
            });
        }
        writers.join_all().await;
        assert_eq!(count(&store).await, 64 * 20);
    }

    async fn one_statement_runs_for_many_rows_and_counts_each(store: Store) {
        let known = Uuid::new_v4();
        store.write(move |tx| insert(tx, known, "a")).await.expect("a row");

        let counts = store.write(move |tx| {
            let ids: Vec<_> = (0..9).map(|_| Uuid::new_v4()).chain([known]).collect();
            let rows: Vec<_> = ids.iter().map(|id| row![id, "b", 7_i64]).collect();
            let inserted = tx.each(OPEN_JOB, &rows)?;
            let plain = OPEN_JOB.replace(" ON CONFLICT DO NOTHING", "");
            let ids: Vec<_> = (0..9).map(|_| Uuid::new_v4()).collect();
            let rows: Vec<_> = ids.iter().map(|id| row![id, "c", 8_i64]).collect();
            Ok::<_, Error>((inserted, tx.each(&plain, &rows)?, tx.each(&plain, &[])?))
        });

        let (inserted, plain, none) = counts.await.expect("three counts");
        assert_eq!(inserted, [vec![1; 9], vec![0]].concat());
        assert_eq!((plain, none), (vec![1; 9], Vec::new()));
        let due: i64 = store
            .read(|tx| tx.one("SELECT CAST(sum(due) AS BIGINT) FROM jobs WHERE lane = 'c'", params![]))
            .await
            .expect("a sum");
        assert_eq!(due, 72);
    }

    async fn nothing_is_kept_of_many_rows_when_one_is_refused(store: Store) {
        let known = Uuid::new_v4();
        store.write(move |tx| insert(tx, known, "a")).await.expect("a row");

        let refused = store.write(move |tx| {
            let plain = OPEN_JOB.replace(" ON CONFLICT DO NOTHING", "");
            let ids: Vec<_> = (0..9).map(|_| Uuid::new_v4()).chain([known]).collect();
            tx.each(&plain, &ids.iter().map(|id| row![id, "b", 7_i64]).collect::<Vec<_>>())
        });

        assert!(matches!(refused.await, Err(Error::Duplicate(_))));
        assert_eq!(count(&store).await, 1);
    }

    async fn a_row_that_is_locked_is_waited_for(store: Store) {
        const SQL: &str = "SELECT tries FROM jobs WHERE id = $1 FOR UPDATE";
        let id = Uuid::new_v4();
        store.write(move |tx| insert(tx, id, "a")).await.expect("a row");
        let mut adding = tokio::task::JoinSet::new();
        for _ in 0..40 {
            let store = store.clone();
            adding.spawn(async move {
                let add = store.write(move |tx| {
                    let tries: i64 = tx.one(SQL, params![id])?;
                    tx.execute("UPDATE jobs SET tries = $2 WHERE id = $1", params![id, tries + 1])
                });
                add.await.expect("an addition");
            });
        }
        adding.join_all().await;

        let tries: i64 =
            store.read(move |tx| tx.one("SELECT tries FROM jobs WHERE id = $1", params![id])).await.expect("a row");
        assert_eq!(tries, 40);
    }

    async fn rows_written_in_company_are_all_there(store: Store) {
        let batch = Batch::new(store.clone(), |tx, ids: &[Uuid]| {
            tx.each(OPEN_JOB, &ids.iter().map(|id| row![id, "b", 7_i64]).collect::<Vec<_>>())
        });
        let mut writing = tokio::task::JoinSet::new();
        for _ in 0..500 {
            let batch = batch.clone();
            writing.spawn(async move { batch.write(Uuid::new_v4()).await.expect("a row") });
        }
        assert_eq!(writing.join_all().await.iter().sum::<u64>(), 500);
        assert_eq!(count(&store).await, 500);
    }

    async fn while_two_transactions_are_under_way_everybody_else_waits_for_company(store: Store) {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (under_way, peak) = (Arc::clone(&now), Arc::clone(&most));
        let batch = Batch::new(store.clone(), move |tx, ids: &[Uuid]| {
            peak.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let rows: Vec<_> = ids.iter().map(|id| row![id, "b", 7_i64]).collect();
            let written = tx.each(OPEN_JOB, &rows);
            under_way.fetch_sub(1, Ordering::SeqCst);
            written
        });
        let mut writing = tokio::task::JoinSet::new();
        for _ in 0..32 {
            let batch = batch.clone();
            writing.spawn(async move {
                for _ in 0..20 {
                    batch.write(Uuid::new_v4()).await.expect("a row");
                }
            });
        }
        writing.join_all().await;

        assert_eq!(count(&store).await, 640);
        assert!(most.load(Ordering::SeqCst) <= 2, "{most:?} transactions at once");
    }
}
