//! The promises of the log, on every store.

use std::collections::HashSet;

use audit::{Action, Broken, Checker, Digest, Entry, Head, Link};
use store::{Error, Store, params};
use testkit::on_every_store;
use types::random::Random;

fn entries(random: &Random, count: usize) -> Vec<Entry> {
    let at = "2026-03-02T11:00:00.123456789Z".parse().expect("a moment");
    (0..count)
        .map(|n| Entry::new(random.uuid_v7(at), at, "bym", Action::InstantAccepted, &n, "sms"))
        .collect()
}

async fn record(store: &Store, entries: Vec<Entry>) {
    store.write(move |tx| audit::record(tx, &entries)).await.expect("a commit");
}

async fn walk(store: &Store) -> Result<Head, Broken> {
    let mut checker = Checker::new(Vec::new());
    loop {
        let number = checker.reached().number;
        let links = store.read(move |tx| audit::after(tx, number, 7)).await.expect("links");
        if links.is_empty() {
            break;
        }
        links.iter().try_for_each(|link| checker.take(link))?;
    }
    checker.finish(Some(store.read(audit::head).await.expect("a head")))
}

on_every_store! {
    async fn what_is_recorded_is_linked_once_and_in_order(store: Store) {
        let random = Random::seeded(1);
        let first = entries(&random, 500);
        let ids: HashSet<_> = first.iter().map(|entry| entry.id).collect();
        record(&store, first).await;
        assert!(store.read(audit::waiting).await.expect("a look"));
        assert_eq!(audit::link_all(&store).await.expect("links"), 500);
        record(&store, entries(&random, 3)).await;
        assert_eq!(audit::link_all(&store).await.expect("links"), 3);
        assert_eq!(audit::link_all(&store).await.expect("links"), 0);

        assert_eq!(walk(&store).await.expect("a whole chain").number, 503);
        let linked: Vec<Link> = store.read(|tx| audit::after(tx, 0, 500)).await.expect("links");
        assert_eq!(linked.iter().map(|link| link.entry.id).collect::<HashSet<_>>(), ids);
    }

    async fn what_is_not_committed_is_not_in_the_log(store: Store) {
        let entries = entries(&Random::seeded(1), 1);
        let refused: Result<(), Error> = store
            .write(move |tx| {
                audit::record(tx, &entries)?;
                Err(Error::NotFound)
            })
            .await;
        assert!(matches!(refused, Err(Error::NotFound)));
        assert_eq!(audit::link_all(&store).await.expect("links"), 0);
        assert_eq!(walk(&store).await, Ok(Head::EMPTY));
    }

    async fn several_who_link_side_by_side_make_one_chain(store: Store) {
        let random = Random::seeded(1);
        for _ in 0..5 {
            record(&store, entries(&random, 300)).await;
        }
        let linkers = (0..4).map(|_| {
            let store = store.clone();
            tokio::spawn(async move { audit::link_all(&store).await.expect("links") })
        });
        let mut total = 0;
        for linker in linkers.collect::<Vec<_>>() {
            total += linker.await.expect("a linker");
        }
        assert_eq!(total, 1500);
        assert_eq!(walk(&store).await.expect("a whole chain").number, 1500);
    }

    async fn whoever_changes_the_table_is_found_out(store: Store) {
        record(&store, entries(&Random::seeded(1), 5)).await;
        audit::link_all(&store).await.expect("links");
        let change = |sql: &'static str| {
            let store = store.clone();
            async move {
                let changed: Result<u64, Error> = store.write(move |tx| tx.execute(sql, params![])).await;
                assert_eq!(changed.expect("a change"), 1);
            }
        };
        change("UPDATE audit_log SET actor = 'skd' WHERE number = 4").await;
        assert_eq!(walk(&store).await, Err(Broken::Changed { number: 4 }));
        change("UPDATE audit_log SET actor = 'bym' WHERE number = 4").await;
        let whole = walk(&store).await.expect("a whole chain");
        change("DELETE FROM audit_log WHERE number = 5").await;
        let Err(Broken::OtherEnd { found, head }) = walk(&store).await else { panic!("cut, and not seen") };
        assert_eq!((found.number, head), (4, whole));
        assert_ne!(found.hash, Digest::ZERO);
    }
}

#[test]
fn a_link_reads_back_from_its_line() {
    let written = r#"{"number":1,"id":"00000000-0000-0000-0000-000000000007","at":"2026-03-02T11:00:00.123456Z","actor":"bym","action":"operated","subject":"order","detail":"","hash":"0000000000000000000000000000000000000000000000000000000000000000"}"#;
    let link: Link = serde_json::from_str(written).expect("a link");
    assert_eq!(serde_json::to_string(&link).expect("JSON"), written);
    assert_eq!(Checker::new(Vec::new()).take(&link), Err(Broken::Changed { number: 1 }));
}
