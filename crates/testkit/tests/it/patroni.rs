//! The three with Patroni, and what a store makes of it when their leader dies.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use store::{Error, Options, PostgresConfig, Store, params};
use testkit::patroni::Trio;
use uuid::Uuid;

/// What one writer heard about its rows.
#[derive(Default)]
struct Heard {
    acknowledged: Vec<Uuid>,
    unknown: Vec<Uuid>,
    refused: usize,
    longest_gap: Duration,
}

async fn write_until(stop: Arc<AtomicBool>, store: Store, acknowledged: Arc<AtomicUsize>) -> Heard {
    let (mut heard, mut last) = (Heard::default(), Instant::now());
    while !stop.load(Ordering::SeqCst) {
        let id = Uuid::now_v7();
        let insert = move |tx: &mut store::Tx<'_>| tx.execute("INSERT INTO kept VALUES ($1)", params![id]);
        match store.write(insert).await {
            Ok(_) => {
                heard.longest_gap = heard.longest_gap.max(last.elapsed());
                last = Instant::now();
                heard.acknowledged.push(id);
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            Err(Error::OutcomeUnknown) => heard.unknown.push(id),
            Err(error) if error.is_passing() => heard.refused += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    heard
}

fn wait_for(acknowledged: &AtomicUsize, more: usize) {
    let (goal, until) =
        (acknowledged.load(Ordering::SeqCst) + more, Instant::now() + Duration::from_secs(120));
    while acknowledged.load(Ordering::SeqCst) < goal {
        assert!(Instant::now() < until, "nothing is written any more");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
#[ignore = "on request: needs patroni and etcd"]
fn what_a_store_acknowledged_is_there_when_the_leader_was_killed() {
    let trio = Trio::start();
    trio.query("CREATE TABLE kept (id BYTEA PRIMARY KEY)");
    let store = Store::connect(&PostgresConfig::at(trio.url()), &Options::default()).expect("a store");
    let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let write = || runtime.spawn(write_until(Arc::clone(&stop), store.clone(), Arc::clone(&acknowledged)));
    let writers: Vec<_> = (0..8).map(|_| write()).collect();
    wait_for(&acknowledged, 500);

    let first = trio.wait_for_leader();
    trio.kill(first);
    assert_ne!(trio.wait_for_leader(), first);
    wait_for(&acknowledged, 500);
    trio.start_member(first);
    trio.wait_until_whole();
    stop.store(true, Ordering::SeqCst);
    let heard: Vec<Heard> =
        writers.into_iter().map(|writer| runtime.block_on(writer).expect("a writer")).collect();

    let rows = trio.query("SELECT encode(id, 'hex') FROM kept");
    let kept: HashSet<Uuid> = rows.iter().map(|row| row[0].parse().expect("an id")).collect();
    let there = |ids: &[Uuid]| ids.iter().filter(|id| kept.contains(id)).count();
    let unknown: Vec<Uuid> = heard.iter().flat_map(|heard| heard.unknown.clone()).collect();
    let lost: usize = heard.iter().map(|heard| heard.acknowledged.len() - there(&heard.acknowledged)).sum();
    let gap = heard.iter().map(|heard| heard.longest_gap).max().unwrap_or_default();
    println!("acknowledged {}, of these lost {lost}", acknowledged.load(Ordering::SeqCst));
    println!("refused {}", heard.iter().map(|heard| heard.refused).sum::<usize>());
    println!("unknown {}, of these kept {}", unknown.len(), there(&unknown));
    println!("longest gap {:.1} s", gap.as_secs_f64());
    assert_eq!(lost, 0, "acknowledged and lost");
}
