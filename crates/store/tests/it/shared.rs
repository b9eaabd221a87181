//! What only the shared engine can show: several nodes, lost connections, leaders.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use store::{
    Batch, Engine, Error, Fault, FaultPoint, Faults, Options, PostgresConfig, Store, Tx, params, row,
};
use testkit::postgres;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO jobs (id, lane, due, kind, owner, payload, fence, tries, created)
    VALUES ($1, $2, 1, 'k', 'o', '{}', 0, 0, 1)";
const SOON: Duration = Duration::from_secs(20);

fn node(url: &str) -> Store {
    node_with(url, &Options::default())
}

fn node_with(url: &str, options: &Options) -> Store {
    let config = PostgresConfig { writers: 4, readers: 2, ..PostgresConfig::at(url) };
    Store::connect(&config, options).expect("a node")
}

async fn count(store: &Store) -> i64 {
    store.read(|tx| tx.one::<i64>("SELECT count(*) FROM jobs", params![])).await.expect("a count")
}

/// Waits until something is so.
async fn until(what: &str, so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(SOON, waiting).await.is_ok(), "{what}");
}

#[test]
fn several_nodes_may_start_at_once_on_an_empty_database() {
    let url = postgres::shared().database();
    let nodes: Vec<Store> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..5).map(|_| scope.spawn(|| node(&url))).collect();
        starting.into_iter().map(|node| node.join().expect("started")).collect()
    });
    assert!(nodes.iter().all(|node| node.engine() == Engine::Postgres));
}

#[tokio::test]
async fn work_goes_on_when_its_connections_are_cut() {
    let url = postgres::shared().database();
    let store = node(&url);
    let database = url.rsplit('/').next().expect("a name").to_owned();
    let mut ids = Vec::new();
    for round in 0..5 {
        let id = Uuid::now_v7();
        store.write(move |tx| tx.execute(INSERT, params![id, "a"])).await.expect("a write");
        ids.push(id);
        assert_eq!(count(&store).await, round + 1);
        postgres::shared().disconnect(&database);
    }
    assert_eq!(count(&store).await, 5);
}

#[tokio::test]
async fn two_transactions_in_each_others_way_both_succeed() {
    let url = postgres::shared().database();
    let store = node(&url);
    let (a, b) = (Uuid::now_v7(), Uuid::now_v7());
    let both = move |tx: &mut Tx<'_>| {
        tx.execute(INSERT, params![a, "0"])?;
        tx.execute(INSERT, params![b, "0"])
    };
    store.write(both).await.expect("two rows");
    let runs = Arc::new(AtomicU32::new(0));
    let meet = Arc::new(std::sync::Barrier::new(2));
    let crossing = |first: Uuid, second: Uuid| {
        let (runs, meet) = (Arc::clone(&runs), Arc::clone(&meet));
        store.write(move |tx| {
            const SQL: &str = "UPDATE jobs SET tries = tries + 1 WHERE id = $1";
            let run = runs.fetch_add(1, Ordering::SeqCst);
            tx.execute(SQL, params![first])?;
            if run < 2 {
                meet.wait(); // each holds what the other wants
            }
            tx.execute(SQL, params![second])
        })
    };

    let (one, other) = tokio::join!(crossing(a, b), crossing(b, a));

    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    let tries: Vec<i64> =
        store.read(|tx| tx.all("SELECT tries FROM jobs", params![])).await.expect("the rows");
    assert_eq!(tries, [2, 2]);
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn work_that_ignores_a_refused_statement_is_not_taken_for_committed() {
    let url = postgres::shared().database();
    let store = node(&url);
    let id = Uuid::now_v7();
    let ignoring = move |tx: &mut Tx<'_>| {
        tx.execute(INSERT, params![id, "a"])?;
        let _ = tx.execute(INSERT, params![id, "b"]);
        Ok::<_, Error>(())
    };

    let answer = store.write(ignoring).await;

    assert!(matches!(answer, Err(Error::NotCommitted(_))), "{answer:?}");
    assert_eq!(count(&store).await, 0);
}

#[tokio::test]
async fn faults_around_a_commit_are_told_apart() {
    let url = postgres::shared().database();
    let step = Arc::new(Mutex::new(FaultPoint::BeforeCommit));
    let asked = Arc::clone(&step);
    let faults = Faults::new(move |point| match (point, *asked.lock().expect("no panic")) {
        (FaultPoint::BeforeCommit, FaultPoint::BeforeCommit) => Fault::DiskFull,
        (FaultPoint::AfterCommit, FaultPoint::AfterCommit) => Fault::AnswerLost,
        _ => Fault::Pass,
    });
    let store = node_with(&url, &Options { faults, ..Options::default() });

    let refused = store.write(|tx| tx.execute(INSERT, params![Uuid::now_v7(), "a"])).await;
    *step.lock().expect("no panic") = FaultPoint::AfterCommit;
    let unknown = store.write(|tx| tx.execute(INSERT, params![Uuid::now_v7(), "a"])).await;

    assert!(matches!(refused, Err(Error::NotCommitted(_) | Error::Full)), "{refused:?}");
    assert!(matches!(unknown, Err(Error::OutcomeUnknown)), "{unknown:?}");
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    let config = PostgresConfig {
        patience_ms: 100,
        ..PostgresConfig::at("postgres://u:geheim@127.0.0.1:1/none?connect_timeout=1")
    };
    let refused = Store::connect(&config, &Options::default()).err().expect("a refusal");
    assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
    assert!(!refused.to_string().contains("geheim"));
}

#[tokio::test]
async fn work_does_not_wait_for_a_database_that_stays_away() {
    let cluster = postgres::Cluster::start();
    let url = cluster.database();
    let config = PostgresConfig { writers: 1, readers: 1, patience_ms: 300, ..PostgresConfig::at(&url) };
    let store = Store::connect(&config, &Options::default()).expect("a node");
    cluster.stop();

    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let store = store.clone();
        waiting
            .spawn(async move { store.write(|tx| tx.execute(INSERT, params![Uuid::now_v7(), "a"])).await });
    }
    let refused = timeout(SOON, waiting.join_all()).await.expect("answers, all of them");
    assert!(refused.iter().all(|answer| matches!(answer, Err(Error::Unavailable(_)))), "{refused:?}");

    cluster.start_again();
    let back = async {
        while store.write(|tx| tx.execute(INSERT, params![Uuid::now_v7(), "a"])).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, back).await.expect("work goes on");
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn an_announcement_reaches_the_other_nodes_and_not_oneself() {
    let url = postgres::shared().database();
    let (here, there) = (node(&url), node(&url));
    let heard: [Arc<Mutex<Vec<String>>>; 2] = Default::default();
    for (store, heard) in [&here, &there].into_iter().zip(&heard) {
        let heard = Arc::clone(heard);
        store.on_announcement(move |text| heard.lock().expect("no panic").push(text.to_owned()));
    }

    here.announce("lane.a");
    there.announce("lane.b");

    until("each hears the other", || heard.iter().all(|heard| !heard.lock().expect("no panic").is_empty()))
        .await;
    assert_eq!(*heard[0].lock().expect("no panic"), ["lane.b"]);
    assert_eq!(*heard[1].lock().expect("no panic"), ["lane.a"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_node_leads_and_another_takes_over_when_it_goes() {
    let url = postgres::shared().database();
    let leading = Arc::new(AtomicU32::new(0));
    let lead = |store: Store, stop: CancellationToken| {
        let leading = Arc::clone(&leading);
        tokio::spawn(async move {
            let work = |term: CancellationToken| {
                let leading = Arc::clone(&leading);
                async move {
                    leading.fetch_add(1, Ordering::SeqCst);
                    term.cancelled().await;
                    leading.fetch_sub(1, Ordering::SeqCst);
                }
            };
            store.lead("test", stop, work).await;
        })
    };
    let (first, second) = (CancellationToken::new(), CancellationToken::new());
    let a = lead(node(&url), first.clone());
    until("the first leads", || leading.load(Ordering::SeqCst) == 1).await;
    let b = lead(node(&url), second.clone());

    first.cancel();
    a.await.expect("no panic"); // and its store is closed
    until("the second leads", || leading.load(Ordering::SeqCst) == 1).await;

    let terms = postgres::shared().query(&url, "SELECT term FROM leaders WHERE task = 'test'");
    assert_eq!(terms, [["2"]]);
    second.cancel();
    b.await.expect("no panic");
}

#[tokio::test]
async fn nodes_agree_about_the_time() {
    let url = postgres::shared().database();
    let (here, there) = (node(&url).clock().now(), node(&url).clock().now());
    assert!(here.duration_until(there).abs() < jiff::SignedDuration::from_secs(60));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_spoil_a_batch_spoil_it_for_themselves_only() {
    let url = postgres::shared().database();
    let store = node(&url);
    let taken = Uuid::now_v7();
    store.write(move |tx| tx.execute(INSERT, params![taken, "first"])).await.expect("a row");
    let insert = |tx: &mut Tx<'_>, ids: &[Uuid]| {
        let rows: Vec<_> = ids.iter().map(|id| row![id, "batch"]).collect();
        tx.each(INSERT, &rows)
    };
    let batch = Batch::new(store.clone(), insert);

    let mut writes = tokio::task::JoinSet::new();
    for number in 0..300 {
        let batch = batch.clone();
        let id = if number % 100 == 50 { taken } else { Uuid::now_v7() };
        writes.spawn(async move { (id == taken, batch.write(id).await) });
    }

    for (spoils, answer) in writes.join_all().await {
        match answer {
            Ok(rows) => assert!(!spoils && rows == 1),
            Err(error) => assert!(spoils && matches!(error, Error::Duplicate(_)), "{error:?}"),
        }
    }
    assert_eq!(count(&store).await, 298);
}

#[tokio::test]
async fn a_change_to_a_table_in_use_lets_others_by_and_gets_its_turn_when_the_table_is_free() {
    const WAITING: &str =
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'migrations'::regclass";
    let url = postgres::shared().database();
    let at_work = node(&url);
    // As an older version left it, so that there is something to change.
    postgres::shared().query(&url, "ALTER TABLE migrations DROP COLUMN closes");
    let (let_go, held) = (Arc::new(std::sync::Barrier::new(2)), Arc::new(std::sync::Barrier::new(2)));
    let (holding, until_told) = (Arc::clone(&held), Arc::clone(&let_go));
    let keep_locked = move |tx: &mut Tx<'_>| {
        tx.execute("LOCK TABLE migrations IN ACCESS SHARE MODE", params![])?;
        holding.wait();
        until_told.wait();
        Ok::<_, Error>(())
    };
    let using = tokio::spawn(async move { at_work.write(keep_locked).await });
    let meet = |barrier: Arc<std::sync::Barrier>| tokio::task::spawn_blocking(move || barrier.wait());
    meet(held).await.expect("a lock");

    let address = url.clone();
    let starting = tokio::task::spawn_blocking(move || node(&address));
    let waiting = || postgres::shared().query(&url, WAITING)[0][0] != "0";
    until("it asks for the table", waiting).await;
    until("it steps back", || !waiting()).await;
    assert!(!starting.is_finished(), "the table is still in use");
    meet(let_go).await.expect("the end of the work");

    using.await.expect("no panic").expect("undisturbed work");
    assert_eq!(starting.await.expect("a node that starts").engine(), Engine::Postgres);
}
