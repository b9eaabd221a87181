//! What a backup must hold, and what a restore must refuse.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use jiff::Timestamp;
use store::blobs::{BlobKey, Blobs, FileBlobs, Hold};
use store::copy::{self, CopyError, Made};
use store::{DataDir, DataDirError, Options, Store, params};
use uuid::Uuid;

/// Folders of a test, which vanish with it.
struct Folders(PathBuf);

impl Folders {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("budstikke-copy-{}", Uuid::new_v4()));
        fs::create_dir(&folder).expect("a folder");
        Self(folder)
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn backup(&self, number: usize) -> PathBuf {
        self.0.join(format!("backup-{number}"))
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A data directory in use: rows, blobs, and a file beside them.
struct Used {
    store: Store,
    blobs: FileBlobs,
    _data_dir: DataDir,
}

impl Used {
    fn open(data: &Path) -> Self {
        let data_dir = DataDir::open(data).expect("a data directory");
        let options = Options { readers: 2, full_sync: false, ..Options::default() };
        let store = Store::open(&data_dir.join(copy::DATABASE), options).expect("a store");
        let blobs = FileBlobs::open(&data_dir.join(copy::BLOBS)).expect("a folder for blobs");
        fs::write(data_dir.join("password"), "hemmelig").expect("a file");
        Self { store, blobs, _data_dir: data_dir }
    }

    /// Blob first, row after.
    async fn keep(&self, bytes: &'static [u8]) -> BlobKey {
        let key = BlobKey::new("test", Uuid::new_v4());
        let mut writer = self.blobs.create(&key).await.expect("a writer");
        writer.write(Bytes::from_static(bytes)).await.expect("room");
        writer.finish().await.expect("room");
        let named = key.clone();
        let written = self.store.write(move |tx| {
            let sql = "INSERT INTO exchange_set_aside
                (id, owner, service, reference, sender, reason, blob, created)
                VALUES ($1, 'o', 's', $2, 'x', 'r', $2, 0)";
            tx.execute(sql, params![Uuid::new_v4(), named])
        });
        written.await.expect("a row");
        key
    }

    /// Row first, blob after.
    async fn drop_again(&self, key: BlobKey) {
        let named = key.clone();
        let written = self
            .store
            .write(move |tx| tx.execute("DELETE FROM exchange_set_aside WHERE blob = $1", params![named]));
        written.await.expect("a row less");
        self.blobs.delete(&key).await.expect("a removal");
    }
}

fn back_up(from: &Path, to: &Path) -> Result<copy::Manifest, CopyError> {
    copy::back_up(from, to, &Made { version: "1.2.3", at: Timestamp::UNIX_EPOCH }, &mut |_| {})
}

fn restore(from: &Path, to: &Path) -> Result<copy::Manifest, CopyError> {
    copy::restore(from, to, &mut |_| {})
}

/// What is done to a file of a backup.
type Damage = fn(&Path);

async fn named_blobs(store: &Store) -> Vec<BlobKey> {
    let sql = "SELECT blob FROM exchange_set_aside ORDER BY blob";
    store.read(|tx| tx.all(sql, params![])).await.expect("keys")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_of_a_backup_finds_its_blob_however_fast_blobs_come_and_go() {
    let folders = Folders::new();
    let used = Arc::new(Used::open(&folders.data()));
    let stop = Arc::new(AtomicBool::new(false));
    let coming_and_going = (0..3).map(|_| {
        let (used, stop) = (Arc::clone(&used), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut kept = std::collections::VecDeque::new();
            while !stop.load(Ordering::Relaxed) {
                kept.push_back(used.keep(b"vedlegg").await);
                if kept.len() > 5 {
                    used.drop_again(kept.pop_front().expect("one of six")).await;
                }
            }
        })
    });
    let coming_and_going: Vec<_> = coming_and_going.collect();

    let data = folders.data();
    let backups: Vec<_> = (0..12).map(|number| folders.backup(number)).collect();
    let targets = backups.clone();
    let backing_up = tokio::task::spawn_blocking(move || {
        for to in targets {
            back_up(&data, &to).expect("a backup");
        }
    });
    backing_up.await.expect("backups");
    stop.store(true, Ordering::Relaxed);
    for task in coming_and_going {
        task.await.expect("a good end");
    }

    let mut rows = 0;
    for backup in backups {
        let restored = Used::open(&backup.join("data"));
        for key in named_blobs(&restored.store).await {
            assert!(
                restored.blobs.size(&key).await.is_ok(),
                "{key} is named and missing in {}",
                backup.display()
            );
            rows += 1;
        }
    }
    assert!(rows >= 12, "only {rows} rows were backed up");
}

#[tokio::test]
async fn a_held_blob_outlives_its_removal_until_it_is_swept() {
    let folders = Folders::new();
    let used = Used::open(&folders.data());
    let key = used.keep(b"vedlegg").await;

    let hold = Hold::take(&folders.data().join(copy::BLOBS)).expect("a hold");
    used.blobs.delete(&key).await.expect("a removal put off");
    assert!(used.blobs.size(&key).await.is_ok());

    drop(hold);
    assert_eq!(used.blobs.older_than("test", 0, 10).await.expect("keys"), std::slice::from_ref(&key));
    used.blobs.delete(&key).await.expect("a removal");
    assert!(used.blobs.size(&key).await.is_err());
}

#[tokio::test]
async fn a_restored_directory_holds_what_was_kept_and_only_for_its_owner() {
    let folders = Folders::new();
    let used = Used::open(&folders.data());
    let key = used.keep(b"vedlegg").await;
    fs::write(folders.data().join("addresses.json"), "{}").expect("a file");
    let made = back_up(&folders.data(), &folders.backup(0)).expect("a backup");
    assert_eq!(copy::verify(&folders.backup(0), &mut |_| {}).expect("a good backup"), made);

    let target = folders.0.join("elsewhere/data");
    assert_eq!(restore(&folders.backup(0), &target).expect("a restore"), made);

    assert!(!target.join("addresses.json").exists() && !target.join("restoring").exists());
    assert_eq!(fs::read(target.join("password")).expect("a file"), b"hemmelig");
    let restored = Used::open(&target);
    assert_eq!(named_blobs(&restored.store).await, std::slice::from_ref(&key));
    assert_eq!(restored.blobs.size(&key).await.expect("a blob"), 7);
    #[cfg(unix)]
    for (path, mode) in [("", 0o700), ("password", 0o600), ("budstikke.db", 0o600), ("blobs", 0o700)] {
        use std::os::unix::fs::PermissionsExt;
        let found = fs::metadata(target.join(path)).expect("a file").permissions().mode();
        assert_eq!(found & 0o777, mode, "{path}");
    }
}

#[tokio::test]
async fn what_is_damaged_missing_or_cut_short_is_named_and_nothing_is_left() {
    let folders = Folders::new();
    let key = Used::open(&folders.data()).keep(b"vedlegg").await;
    let id = key.as_str().split_once('/').expect("a kind and an id").1;
    let blob = format!("data/blobs/test/{}/{id}", &id[id.len() - 2..]);
    let target = folders.0.join("target");
    let damage: [(&str, Damage); 5] = [
        (&blob, |file| fs::write(file, b"vedlagg").expect("a change")),
        ("data/budstikke.db", |file| fs::write(file, b"").expect("a change")),
        ("data/password", |file| fs::remove_file(file).expect("a removal")),
        ("SHA256SUMS", |file| fs::write(file, b"").expect("a change")),
        ("manifest.json", |file| fs::write(file, b"{").expect("a change")),
    ];
    for (number, (file, damage)) in damage.into_iter().enumerate() {
        let backup = folders.backup(number);
        back_up(&folders.data(), &backup).expect("a backup");
        // The blob shares its bytes with the original.
        let damaged = backup.join(file);
        let bytes = fs::read(&damaged).expect("a file");
        fs::remove_file(&damaged).expect("a removal");
        fs::write(&damaged, bytes).expect("a file");
        damage(&damaged);

        for refused in [copy::verify(&backup, &mut |_| {}), restore(&backup, &target)] {
            let refused = refused.expect_err("a refusal").to_string();
            assert!(refused.contains(file), "{file} is not named: {refused}");
        }
        assert!(!target.exists(), "{file}: something was left behind");
    }
    fs::remove_file(folders.backup(0).join("manifest.json")).expect("a removal");
    assert!(matches!(restore(&folders.backup(0), &target), Err(CopyError::Unfinished(_))));
}

#[tokio::test]
async fn a_restore_that_was_cut_short_is_never_served_and_can_be_repeated() {
    let folders = Folders::new();
    Used::open(&folders.data()).keep(b"vedlegg").await;
    back_up(&folders.data(), &folders.backup(0)).expect("a backup");
    let target = folders.0.join("target");
    fs::create_dir_all(target.join("restoring/blobs/test")).expect("folders");
    fs::write(target.join("budstikke.db"), "half").expect("a file");

    assert!(matches!(DataDir::open(&target), Err(DataDirError::HalfRestored(_))));
    restore(&folders.backup(0), &target).expect("a restore");
    assert_eq!(named_blobs(&Used::open(&target).store).await.len(), 1);
}

#[tokio::test]
async fn a_directory_in_use_or_with_something_in_it_is_left_alone() {
    let folders = Folders::new();
    let used = Used::open(&folders.data());
    let (data, backup) = (folders.data(), folders.backup(0));
    assert!(matches!(back_up(&data, &data.join("backup")), Err(CopyError::Inside(_))));
    back_up(&data, &backup).expect("a backup");

    assert!(matches!(back_up(&data, &backup), Err(CopyError::NotEmpty { .. })));
    assert!(matches!(restore(&backup, &data), Err(CopyError::DataDir(DataDirError::InUse(_)))));
    drop(used);
    assert!(matches!(restore(&backup, &data), Err(CopyError::NotEmpty { .. })));
    assert!(matches!(back_up(&folders.0, &folders.backup(1)), Err(CopyError::NoDatabase(_))));
}

#[tokio::test]
async fn a_backup_from_a_later_version_is_refused() {
    let folders = Folders::new();
    let used = Used::open(&folders.data());
    let write = used.store.write(|tx| {
        tx.execute("INSERT INTO migrations (name, checksum) VALUES ('V999__tomorrow', 1)", params![])
    });
    write.await.expect("a row");
    back_up(&folders.data(), &folders.backup(0)).expect("a backup");

    let refused = restore(&folders.backup(0), &folders.0.join("target")).expect_err("a refusal").to_string();
    assert!(refused.contains("1.2.3") && refused.contains("V999__tomorrow"), "{refused}");
}
