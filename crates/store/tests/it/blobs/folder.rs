//! What only a folder goes through.

use store::blobs::{BlobError, Blobs, FileBlobs};
use testkit::faults::SmallDisk;

use super::{key, put};

#[tokio::test]
async fn what_a_killed_process_left_is_cleared_at_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let incoming = folder.path().join("incoming");
    drop(FileBlobs::open(folder.path()).expect("blobs"));
    std::fs::write(incoming.join("leftover"), "half").expect("a leftover");

    let _blobs = FileBlobs::open(folder.path()).expect("blobs");

    assert_eq!(std::fs::read_dir(incoming).expect("the folder").count(), 0);
}

#[tokio::test]
async fn processes_that_share_a_folder_leave_each_other_s_uploads_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = FileBlobs::open(folder.path()).expect("blobs");
    let key = key();
    let mut writer = first.create(&key).await.expect("a writer");
    writer.write(vec![7; 300_000].into()).await.expect("bytes");

    let second = FileBlobs::open(folder.path()).expect("the same blobs");
    assert_eq!(second.drop_unfinished(0).await.expect("nothing to clear"), 0);

    assert_eq!(writer.finish().await.expect("a blob"), 300_000);
    assert_eq!(second.size(&key).await.expect("its size"), 300_000);
}

#[tokio::test]
async fn a_sweep_clears_what_a_killed_process_left_once_it_is_old() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = FileBlobs::open(folder.path()).expect("blobs");
    std::fs::write(folder.path().join("incoming").join("leftover"), "half").expect("a leftover");

    assert_eq!(blobs.drop_unfinished(3_600).await.expect("too young"), 0);
    assert_eq!(blobs.drop_unfinished(0).await.expect("one"), 1);
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = SmallDisk::new(FileBlobs::open(folder.path()).expect("blobs"), 150_000);
    let key = key();

    assert!(matches!(put(&blobs, &key, &vec![7; 200_000]).await, Err(BlobError::Full)));
    assert!(matches!(blobs.size(&key).await, Err(BlobError::NotFound(_))));
    blobs.make_room(1_000_000);
    put(&blobs, &key, &vec![7; 200_000]).await.expect("there is room now");
}
