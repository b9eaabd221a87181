//! What only the embedded engine can show: files, locks, and disks that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::{DataDir, DataDirError, Error, Fault, FaultPoint, Faults, Options, Store, params};
use uuid::Uuid;

const INSERT: &str = "INSERT INTO jobs (id, lane, due, kind, owner, payload, fence, tries, created)
    VALUES ($1, 'a', 1, 'k', 'o', '{}', 0, 0, 1)";

fn folder() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("budstikke-test-{}", Uuid::new_v4()))
}

async fn count(store: &Store) -> i64 {
    store.read(|tx| tx.one::<i64>("SELECT count(*) FROM jobs", params![])).await.expect("a count")
}

#[tokio::test]
async fn rows_are_there_after_closing_and_opening_again() {
    let folder = folder();
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("budstikke.db");

    let store = Store::open(&file, Options::default()).expect("a store");
    store.write(|tx| tx.execute(INSERT, params![Uuid::new_v4()])).await.expect("a write");
    drop(store);
    let store = Store::open(&file, Options::default()).expect("the same store");

    assert_eq!(count(&store).await, 1);
    drop(store);
    std::fs::remove_dir_all(folder).expect("tidy up");
}

#[tokio::test]
async fn a_full_disk_refuses_the_group_and_the_store_goes_on_when_there_is_room() {
    let full = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&full);
    let faults = Faults::new(move |point| match point {
        FaultPoint::BeforeCommit if asked.load(Ordering::SeqCst) => Fault::DiskFull,
        _ => Fault::Pass,
    });
    let store = Store::temporary_with(Options { faults, ..Options::default() }).expect("a store");

    full.store(true, Ordering::SeqCst);
    let refused = store.write(|tx| tx.execute(INSERT, params![Uuid::new_v4()])).await;
    full.store(false, Ordering::SeqCst);
    let accepted = store.write(|tx| tx.execute(INSERT, params![Uuid::new_v4()])).await;

    assert!(matches!(refused, Err(Error::Full)), "{refused:?}");
    assert!(accepted.is_ok());
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_lost_answer_is_told_apart_from_a_failed_commit() {
    let faults = Faults::new(|point| match point {
        FaultPoint::AfterCommit => Fault::AnswerLost,
        FaultPoint::BeforeCommit => Fault::Pass,
    });
    let store = Store::temporary_with(Options { faults, ..Options::default() }).expect("a store");

    let answer = store.write(|tx| tx.execute(INSERT, params![Uuid::new_v4()])).await;

    assert!(matches!(answer, Err(Error::OutcomeUnknown)), "{answer:?}");
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_database_that_may_not_grow_says_that_it_is_full() {
    let store = Store::temporary().expect("a store");
    store.write(|tx| tx.one::<i64>("PRAGMA max_page_count = 60", params![])).await.expect("a limit");

    let mut refused = None;
    for _ in 0..10_000 {
        let big = "x".repeat(10_000);
        let sql = "INSERT INTO buried_jobs (id, buried, lane, kind, owner, payload, tries, unknown, reason, created)
            VALUES ($1, 1, 'a', 'k', 'o', $2, 0, 0, '', 1)";
        let answer = store.write(move |tx| tx.execute(sql, params![Uuid::new_v4(), big])).await;
        if let Err(error) = answer {
            refused = Some(error);
            break;
        }
    }

    assert!(matches!(refused, Some(Error::Full)), "{refused:?}");
    let rows = store.read(|tx| tx.one::<i64>("SELECT count(*) FROM buried_jobs", params![])).await;
    assert!(rows.is_ok(), "what was accepted is still there: {rows:?}");
}

#[test]
fn a_data_directory_belongs_to_one_process_at_a_time() {
    let path = folder();
    let held = DataDir::open(&path).expect("the first");

    let second = DataDir::open(&path);
    assert!(matches!(second, Err(DataDirError::InUse(_))));
    assert!(second.expect_err("a refusal").to_string().contains("--data-dir"));
    drop(held);

    assert!(DataDir::open(&path).is_ok());
    std::fs::remove_dir_all(path).expect("tidy up");
}

#[test]
fn a_data_directory_that_cannot_be_made_is_named() {
    let file = folder();
    std::fs::write(&file, "not a folder").expect("a file");

    let refused = DataDir::open(&file.join("below")).expect_err("a refusal").to_string();

    assert!(refused.contains(&file.display().to_string()), "{refused}");
    std::fs::remove_file(file).expect("tidy up");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_what_is_kept_even_in_a_folder_open_to_all() {
    use std::os::unix::fs::PermissionsExt;
    use store::blobs::{BlobKey, Blobs, FileBlobs};

    let folder = folder();
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("open to all");
    let data = DataDir::open(&folder).expect("a data directory");
    let store = Store::open(&data.join("budstikke.db"), Options::default()).expect("a store");
    store.write(|tx| tx.execute(INSERT, params![Uuid::new_v4()])).await.expect("a write");
    let blobs = FileBlobs::open(&data.join("blobs")).expect("blobs");
    let key = BlobKey::new("message", Uuid::new_v4());
    let mut writer = blobs.create(&key).await.expect("a blob");
    writer.write(bytes::Bytes::from_static(b"about somebody")).await.expect("written");
    writer.finish().await.expect("a blob");

    let (mut folders, mut files) = (vec![folder.clone()], 0);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let entry = entry.expect("an entry");
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let mode = entry.metadata().expect("metadata").permissions().mode() & 0o077;
            assert_eq!(mode, 0, "{}", entry.path().display());
            files += 1;
        }
    }
    assert!(files >= 4, "{files}");
    drop(store);
    std::fs::remove_dir_all(folder).expect("tidy up");
}
