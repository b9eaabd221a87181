//! Building the queue's table anew, while it is in use.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jobs::rotation;
use store::{Engine, Tx, params};
use testkit::on_every_store;
use types::time::Clock;
use uuid::Uuid;

use crate::support::{Failed, by, claim, queue_now, waiting};

const SIZE: &str = "SELECT pg_total_relation_size('jobs')";

/// Rows that come and go.
fn churn(tx: &mut Tx<'_>) -> store::Result<u64> {
    const INSERT: &str = "INSERT INTO jobs (id, lane, due, kind, owner, payload, fence, tries, created)
        SELECT CAST(substr(CAST(n AS TEXT) || 'xxxxxxxxxxxxxxxx', 1, 16) AS BYTEA), 'churn', 1, 'k', 'o', '{}', 0, 0, 1
        FROM generate_series(1, 20000) AS n";
    tx.execute(INSERT, params![])?;
    tx.execute("DELETE FROM jobs WHERE lane = 'churn'", params![])
}

on_every_store! {
    async fn the_living_stay_and_the_dead_go_also_under_an_old_snapshot(store: Store) {
        let clock = Clock::system();
        queue_now(&store, &clock, 0..50).await;
        let held = claim(&store, by("holder", clock.now()), 10).await;
        if store.engine() == Engine::Postgres {
            // A snapshot that outlives all of this.
            let (reader, (inside, mut entered)) = (store.clone(), tokio::sync::mpsc::unbounded_channel());
            let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
            let old = tokio::spawn(async move {
                reader.read(move |tx| {
                    let count: i64 = tx.one("SELECT count(*) FROM attempts", params![])?;
                    let _ = inside.send(());
                    let _ = may_go_on.recv();
                    Ok::<_, store::Error>(count)
                }).await
            });
            entered.recv().await.expect("the snapshot is taken");
            for _ in 0..3 {
                store.write(churn).await.expect("rows that come and go");
            }
            let before: i64 = store.read(|tx| tx.one(SIZE, params![])).await.expect("a size");

            store.write(rotation::rebuild).await.expect("built anew");

            let after: i64 = store.read(|tx| tx.one(SIZE, params![])).await.expect("a size");
            assert!(after < before / 10, "{before} {after}");
            go_on.send(()).expect("the reader waits");
            old.await.expect("no panic").expect("an answer");
        } else {
            store.write(rotation::rebuild).await.expect("nothing to do");
        }

        assert_eq!(waiting(&store).await, 50);
        assert_eq!(claim(&store, by("another", clock.now()), 100).await.len(), 40);
        for job in held {
            store.write(move |tx| job.finish::<Failed>(tx)).await.expect("the lease still holds");
        }
        assert_eq!(waiting(&store).await, 40);
    }

    async fn nothing_is_lost_or_doubled_while_the_table_is_built_anew(store: Store) {
        let clock = Clock::system();
        queue_now(&store, &clock, 0..400).await;
        let done = Arc::new(AtomicBool::new(false));
        let rebuilding = {
            let (store, done) = (store.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut built = 0;
                while !done.load(Ordering::SeqCst) || built == 0 {
                    // Somebody else may have the table in hand for a moment.
                    built += u32::from(store.write(rotation::rebuild).await.is_ok());
                }
                built
            })
        };
        let mut working = tokio::task::JoinSet::new();
        for worker in 0..4 {
            let (store, clock) = (store.clone(), clock.clone());
            working.spawn(async move {
                let mut mine: Vec<Uuid> = Vec::new();
                loop {
                    let taken = claim(&store, by(&format!("worker-{worker}"), clock.now()), 7).await;
                    if taken.is_empty() && waiting(&store).await == 0 {
                        return mine;
                    }
                    for job in taken {
                        mine.push(job.id);
                        store.write(move |tx| job.finish::<Failed>(tx)).await.expect("it is ours");
                    }
                }
            });
        }

        let finished: Vec<Uuid> = working.join_all().await.into_iter().flatten().collect();
        done.store(true, Ordering::SeqCst);

        assert!(rebuilding.await.expect("no panic") > 0);
        assert_eq!(finished.len(), 400);
        assert_eq!(finished.iter().collect::<HashSet<_>>().len(), 400);
    }

    async fn what_the_table_is_made_of_can_be_asked(store: Store) {
        let rows = store.read(rotation::rows).await.expect("an answer");
        assert_eq!(rows.is_some(), store.engine() == Engine::Postgres);
    }
}
