//! A database that stays away for longer than anybody waits.

use std::time::Duration;

use store::{Batch, Error, Options, PostgresConfig, Store, params};
use testkit::postgres::Cluster;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO jobs (id, lane, due, kind, owner, payload, fence, tries, created)
    VALUES ($1, 'a', 1, 'k', 'o', '{}', 0, 0, 1)";

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_waits_in_a_batch_hears_that_the_database_is_away_and_may_come_again() {
    let cluster = Cluster::start();
    let config = PostgresConfig { patience_ms: 300, writers: 1, ..PostgresConfig::at(cluster.database()) };
    let store = Store::connect(&config, &Options::default()).expect("a store");
    let batch =
        Batch::new(store, |tx, ids: &[Uuid]| ids.iter().map(|id| tx.execute(INSERT, params![*id])).collect());
    assert_eq!(batch.write(Uuid::now_v7()).await.expect("a row"), 1);

    cluster.stop();
    // The first find the connection broken under them; the others never get one.
    for _ in 0..2 {
        let mut callers = JoinSet::new();
        for _ in 0..40 {
            let batch = batch.clone();
            callers.spawn(async move { batch.write(Uuid::now_v7()).await });
        }
        let heard = timeout(Duration::from_secs(20), callers.join_all()).await.expect("everybody hears");
        assert!(heard.iter().all(|heard| matches!(heard, Err(error) if error.is_passing())), "{heard:?}");
    }

    cluster.start_again();
    let again = async {
        loop {
            match batch.write(Uuid::now_v7()).await {
                Ok(rows) => return rows,
                Err(error) => assert!(matches!(error, Error::Unavailable(_)), "{error:?}"),
            }
        }
    };
    assert_eq!(timeout(Duration::from_secs(60), again).await.expect("it goes on"), 1);
}
