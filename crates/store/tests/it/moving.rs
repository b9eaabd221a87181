//! What a move between engines must carry over, and what it must refuse.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::TryStreamExt;
use store::blobs::{BlobKey, Blobs, FileBlobs};
use store::copy::moving::{Compared, Move, MoveError, Place, move_blobs};
use store::copy::{BLOBS, DATABASE};
use store::{DataDir, Error, Options, PostgresConfig, Store, Tx, Value, params};
use testkit::postgres;
use uuid::Uuid;

/// Data directories of a test, which vanish with it.
struct Folders(PathBuf);

impl Folders {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("budstikke-moving-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).expect("a folder");
        Self(folder)
    }

    fn place(&self, name: &str) -> Place {
        Place::DataDir(self.0.join(name))
    }

    fn open(&self, name: &str) -> Store {
        let folder = self.0.join(name);
        DataDir::make(&folder).expect("a folder");
        let options = Options { readers: 1, full_sync: false, ..Options::default() };
        Store::open(&folder.join(DATABASE), options).expect("a store")
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn shared(url: &str) -> Place {
    Place::Postgres(PostgresConfig::at(url))
}

fn on<T: Send + 'static>(store: &Store, work: fn(&mut Tx<'_>) -> Result<T, Error>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(store.write(work)).expect("rows")
}

/// Rows of every shape in tables with and without parents.
fn fill(tx: &mut Tx<'_>) -> Result<(), Error> {
    let bytes =
        |number: u64| Value::Bytes(number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes().to_vec().into());
    let text = |text: &str| Value::Text(text.to_owned().into());
    let long = "på norsk ".repeat(20_000);
    let jobs: Vec<_> = (0..12_000_u64)
        .map(|number| {
            let lane = if number % 2 == 0 { "" } else { "æøå 📯" };
            let payload = if number % 4_000 == 0 { &long } else { "{\"a\":\"\\u0000\"}" };
            let expires = if number % 3 == 0 { Value::Null } else { Value::Integer(i64::MIN) };
            let due = Value::Integer(i64::MAX - i64::try_from(number).expect("small"));
            vec![bytes(number), text(lane), due, text(payload), expires]
        })
        .collect();
    let sql = "INSERT INTO jobs (id, lane, due, kind, owner, payload, expires, fence, tries, created)
        VALUES ($1, $2, $3, 'k', 'o', $4, $5, 0, 0, 1)";
    tx.each(sql, &jobs)?;
    let sql = "INSERT INTO webhooks_subscriptions (id, owner, name, push_endpoint, resource, event,
        draining, announced, failures, created) VALUES ($1, 'o', $2, 'p', 'r', 'e', 0, 0, 0, 1)";
    let subscriptions: Vec<_> =
        (1..=40_i64).map(|id| vec![Value::Integer(id), text(&format!("n{id}"))]).collect();
    tx.each(sql, &subscriptions)?;
    let sql = "INSERT INTO webhooks_deliveries (id, owner, number, subscription, state, event_id, body,
        created, expires, tries) VALUES ($1, 'o', $2, $3, 'pending', '', '', 1, 1, 0)";
    let deliveries: Vec<_> = (0..4_000_u64)
        .map(|number| {
            let count = i64::try_from(number).expect("small");
            vec![bytes(number), Value::Integer(count), Value::Integer(1 + count % 40)]
        })
        .collect();
    tx.each(sql, &deliveries)?;
    // Text that the two would sort differently, if they were left to it.
    let sql = "INSERT INTO notify_feed (creator, number, order_id, entry, created)
        VALUES ($1, $2, $3, '', -1)";
    let creators = ["a", "B", "å", "Z", "_", "aa", "A", "ä"];
    let feed: Vec<_> = (0..3_000_u64)
        .map(|number| {
            let creator = creators[usize::try_from(number % 8).expect("small")];
            vec![text(creator), Value::Integer(i64::try_from(number).expect("small")), bytes(number)]
        })
        .collect();
    tx.each(sql, &feed)?;
    tx.execute("UPDATE notify_feed_number SET last = 3000", params![])?;
    Ok(())
}

fn move_all(from: &Place, to: &Place) -> Result<Vec<Compared>, MoveError> {
    let mut moving = Move::begin(from, to, false)?;
    moving.copy(&mut |_| {})?;
    let compared = moving.compare(&mut |_| {})?;
    moving.finish(|_| Ok(()))?;
    Ok(compared)
}

fn rows(compared: &[Compared], table: &str) -> u64 {
    let found = compared.iter().find(|one| one.table == table);
    found.unwrap_or_else(|| panic!("{table} was not compared")).fingerprint.rows
}

#[test]
fn rows_are_the_same_after_a_way_to_postgresql_and_back() {
    let folders = Folders::new();
    on(&folders.open("first"), fill);
    let url = postgres::shared().database();

    let there = move_all(&folders.place("first"), &shared(&url)).expect("a move");
    let back = move_all(&shared(&url), &folders.place("second")).expect("a move back");

    assert_eq!(there, back);
    assert_eq!((rows(&there, "jobs"), rows(&there, "webhooks_deliveries")), (12_000, 4_000));
    let number = |tx: &mut Tx<'_>| tx.one::<i64>("SELECT last FROM notify_feed_number", params![]);
    assert_eq!(on(&folders.open("second"), number), 3_000);
    let node = Store::connect(&PostgresConfig::at(&url), &Options::default()).expect("a node");
    assert_eq!(on(&node, number), 3_000);
}

/// Copies until so many rows have gone over, and drops everything.
fn cut_short(from: &Place, to: &Place, after: u64) {
    let mut moving = Move::begin(from, to, false).expect("a move");
    let copied = catch_unwind(AssertUnwindSafe(|| {
        moving.copy(&mut |progress| assert!(progress.done < after, "cut short"))
    }));
    assert!(copied.is_err(), "the move was not cut short");
}

#[test]
fn a_move_that_was_cut_short_goes_on_where_it_was_and_nobody_opens_it_before() {
    let folders = Folders::new();
    on(&folders.open("source"), fill);
    on(&folders.open("other"), fill);
    let source = folders.place("source");
    let url = postgres::shared().database();
    for target in [shared(&url), folders.place("target")] {
        for rows in [1, 7_000, 7_001, 15_000] {
            cut_short(&source, &target, rows);
        }

        let refused = Move::begin(&folders.place("other"), &target, false).err();
        assert!(matches!(refused, Some(MoveError::OtherMove)), "{refused:?}");
        let half = Move::begin(&target, &folders.place("third"), false).err();
        assert!(matches!(half, Some(MoveError::HalfMovedSource)), "{half:?}");
        let opened = match &target {
            Place::DataDir(path) => Store::open(&path.join(DATABASE), Options::default()).err(),
            Place::Postgres(config) => Store::connect(config, &Options::default()).err(),
        };
        let opened = opened.expect("a refusal").to_string();
        assert!(opened.contains("budstikke move"), "{opened}");

        let mut moving = Move::begin(&source, &target, false).expect("a move");
        let mut jobs_there = None;
        let rest = moving.copy(&mut |progress| {
            if progress.table == "jobs" {
                jobs_there.get_or_insert(progress.done);
            }
        });
        rest.expect("the rest");
        assert!(moving.resumed() && jobs_there == Some(12_000), "{jobs_there:?} jobs were there already");
        assert_eq!(rows(&moving.compare(&mut |_| {}).expect("no difference"), "jobs"), 12_000);
        moving.finish(|_| Ok(())).expect("an end");
    }
}

#[test]
fn what_changed_in_the_source_since_a_move_began_is_found() {
    let folders = Folders::new();
    on(&folders.open("source"), fill);
    let (source, target) = (folders.place("source"), folders.place("target"));
    cut_short(&source, &target, 15_000);
    on(&folders.open("source"), |tx| tx.execute("UPDATE jobs SET tries = 1 WHERE lane = ''", params![]));

    let mut moving = Move::begin(&source, &target, false).expect("a move");
    moving.copy(&mut |_| {}).expect("the rest");
    let different = moving.compare(&mut |_| {}).expect_err("a difference");
    assert!(matches!(&different, MoveError::Different { table, .. } if table == "jobs"), "{different}");
}

#[test]
fn a_target_with_rows_of_its_own_is_left_alone() {
    let folders = Folders::new();
    on(&folders.open("source"), fill);
    on(&folders.open("used"), |tx| tx.execute("UPDATE notify_feed_number SET last = 7", params![]));
    let url = postgres::shared().database();
    let node = Store::connect(&PostgresConfig::at(&url), &Options::default()).expect("a node");
    on(&node, |tx| {
        let sql = "INSERT INTO exchange_numbers (name, last) VALUES ('x', 1)";
        tx.execute(sql, params![])
    });
    let busy = Move::begin(&folders.place("source"), &shared(&url), false).err();
    assert!(matches!(busy, Some(MoveError::InUse { place: "the target", .. })), "{busy:?}");
    drop(node);

    for (target, table) in [(folders.place("used"), "notify_feed_number"), (shared(&url), "exchange_numbers")]
    {
        let refused = Move::begin(&folders.place("source"), &target, false).err();
        assert!(matches!(&refused, Some(MoveError::NotEmpty(found)) if found == table), "{refused:?}");
    }
    let last =
        on(&folders.open("used"), |tx| tx.one::<i64>("SELECT last FROM notify_feed_number", params![]));
    assert_eq!(last, 7);
}

#[test]
fn a_source_in_use_is_left_alone() {
    let folders = Folders::new();
    drop(folders.open("source"));
    let held = DataDir::open(&folders.0.join("source")).expect("a data directory");
    let refused = Move::begin(&folders.place("source"), &folders.place("target"), false).err();
    assert!(matches!(refused, Some(MoveError::DataDir(_))), "{refused:?}");
    drop(held);

    let url = postgres::shared().database();
    let node = Store::connect(&PostgresConfig::at(&url), &Options::default()).expect("a node");
    let refused = Move::begin(&shared(&url), &folders.place("target"), false).err();
    assert!(matches!(refused, Some(MoveError::InUse { place: "the source", .. })), "{refused:?}");
    Move::begin(&shared(&url), &folders.place("target"), true).expect("a forced move");
    drop(node);
    assert!(matches!(
        Move::begin(&shared(&url), &shared(&url), false),
        Err(MoveError::SameDatabase | MoveError::InUse { .. })
    ));
}

#[test]
fn what_postgresql_cannot_keep_is_named() {
    let folders = Folders::new();
    on(&folders.open("source"), |tx| {
        let sql = "INSERT INTO exchange_numbers (name, last) VALUES ($1, 1)";
        tx.execute(sql, params!["a\0b"])
    });
    let url = postgres::shared().database();

    let refused = move_all(&folders.place("source"), &shared(&url)).expect_err("a refusal");
    assert!(
        matches!(&refused, MoveError::Nul { table, column, .. } if table == "exchange_numbers" && column == "name"),
        "{refused}"
    );
}

#[test]
fn different_schemas_are_refused_by_name() {
    let folders = Folders::new();
    let target = folders.place("target");
    on(&folders.open("newer"), |tx| {
        tx.execute("INSERT INTO migrations (name, checksum) VALUES ('V999__tomorrow', 1)", params![])
    });
    on(&folders.open("older"), |tx| {
        tx.execute("DELETE FROM migrations WHERE name = 'V080__registry'", params![])
    });
    for (source, migration, side) in
        [("newer", "V999__tomorrow", "source"), ("older", "V080__registry", "target")]
    {
        let refused = Move::begin(&folders.place(source), &target, false).err();
        let Some(MoveError::Migrations { name, only }) = refused else { panic!("{refused:?}") };
        assert_eq!((name.as_str(), only), (migration, side));
    }
}

async fn put(blobs: &FileBlobs, key: &BlobKey, bytes: &'static [u8]) {
    let mut writer = blobs.create(key).await.expect("a writer");
    writer.write(Bytes::from_static(bytes)).await.expect("room");
    writer.finish().await.expect("room");
}

#[tokio::test]
async fn only_missing_blobs_are_moved_and_a_mixed_up_one_is_named() {
    let folders = Folders::new();
    let from = FileBlobs::open(&folders.0.join("a").join(BLOBS)).expect("blobs");
    let to = FileBlobs::open(&folders.0.join("b").join(BLOBS)).expect("blobs");
    let keys: Vec<_> = (0..20).map(|_| BlobKey::new("out-file", Uuid::new_v4())).collect();
    for key in &keys {
        put(&from, key, b"vedlegg").await;
    }
    put(&to, &keys[3], b"vedlegg").await;

    let kinds = ["out-file", "container"];
    let moved = move_blobs(&from, &to, &kinds, &mut |_| {}).await.expect("a move");
    assert_eq!((moved.found, moved.copied, moved.bytes), (20, 19, 19 * 7));
    for key in &keys {
        let bytes: Vec<Bytes> = to.read(key, None).await.expect("a blob").try_collect().await.expect("bytes");
        assert_eq!(bytes.concat(), b"vedlegg");
    }
    let again = move_blobs(&from, &to, &kinds, &mut |_| {}).await.expect("a move");
    assert_eq!((again.found, again.copied), (20, 0));

    let mixed_up = BlobKey::new("out-file", Uuid::new_v4());
    put(&from, &mixed_up, b"vedlegg").await;
    put(&to, &mixed_up, b"noe annet").await;
    let refused = move_blobs(&from, &to, &kinds, &mut |_| {}).await.expect_err("a refusal");
    assert!(
        matches!(&refused, MoveError::OtherBlob { key, found: 9, wanted: 7 } if *key == mixed_up),
        "{refused}"
    );
}
