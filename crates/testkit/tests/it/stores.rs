//! Stores for tests.

use std::time::{Duration, Instant};

use store::{Engine, Store, params};
use testkit::postgres::shared;
use testkit::stores::{Database, in_a_hurry};

async fn tables(store: &Store) -> i64 {
    let count = store.read(|tx| tx.one::<i64>("SELECT count(*) FROM jobs", params![])).await;
    count.expect("the table is there")
}

testkit::on_every_store! {
    async fn a_store_has_its_schema_and_nothing_else(store: Store) {
        assert_eq!(tables(&store).await, 0);
    }
}

#[tokio::test]
async fn two_nodes_share_a_database_and_it_goes_with_the_last() {
    let database = Database::new();
    let name = database.url().rsplit('/').next().expect("a name").to_owned();
    let exists = || {
        let sql = format!("SELECT datname FROM pg_database WHERE datname = '{name}'");
        !shared().administer(&sql).is_empty()
    };
    let (one, other) = (database.connect(&in_a_hurry()), database.connect(&in_a_hurry()));
    drop(database);
    let id = uuid::Uuid::new_v4();
    let sql = "INSERT INTO jobs (id, lane, due, kind, owner, payload, fence, tries, created)
        VALUES ($1, 'a', 7, 'test', 'org', '{}', 0, 0, 7)";

    one.write::<_, store::Error, _>(move |tx| tx.execute(sql, params![id])).await.expect("a row");
    drop(one);

    assert_eq!((other.engine(), tables(&other).await), (Engine::Postgres, 1));
    assert!(exists());
    drop(other);
    let until = Instant::now() + Duration::from_secs(60);
    while exists() {
        assert!(Instant::now() < until, "the database is left");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
