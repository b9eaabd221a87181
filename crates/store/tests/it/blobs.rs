//! What a blob store must do.

use std::io::{Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use futures_util::TryStreamExt;
use store::blobs::{BlobError, BlobKey, Blobs, FileBlobs};
use testkit::faults::SmallDisk;
use uuid::Uuid;

struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("budstikke-blobs-{}", Uuid::new_v4())))
    }

    fn blobs(&self) -> FileBlobs {
        FileBlobs::open(&self.0).expect("a folder for blobs")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn key() -> BlobKey {
    BlobKey::new("test", Uuid::new_v4())
}

async fn put(blobs: &dyn Blobs, key: &BlobKey, bytes: &[u8]) -> Result<u64, BlobError> {
    let mut writer = blobs.create(key).await?;
    for piece in bytes.chunks(100_000) {
        writer.write(Bytes::copy_from_slice(piece)).await?;
    }
    writer.finish().await
}

async fn get(blobs: &dyn Blobs, key: &BlobKey, range: Option<std::ops::Range<u64>>) -> Vec<u8> {
    let pieces: Vec<Bytes> =
        blobs.read(key, range).await.expect("the blob").try_collect().await.expect("all of it");
    pieces.concat()
}

#[tokio::test]
async fn what_was_finished_can_be_read_whole_and_in_parts() {
    let folder = Folder::new();
    let (blobs, key) = (folder.blobs(), key());
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();

    let size = put(&blobs, &key, &bytes).await.expect("a blob");

    assert_eq!(size, 1_000_000);
    assert_eq!(blobs.size(&key).await.expect("its size"), 1_000_000);
    assert_eq!(get(&blobs, &key, None).await, bytes);
    assert_eq!(get(&blobs, &key, Some(300_000..700_001)).await, bytes[300_000..700_001]);
    assert_eq!(get(&blobs, &key, Some(999_990..u64::MAX)).await, bytes[999_990..]);
    assert!(get(&blobs, &key, Some(2_000_000..3_000_000)).await.is_empty());
}

#[tokio::test]
async fn a_key_is_written_once() {
    let folder = Folder::new();
    let (blobs, key) = (folder.blobs(), key());
    let late = blobs.create(&key).await.expect("begun before");
    put(&blobs, &key, b"first").await.expect("a blob");

    assert!(matches!(put(&blobs, &key, b"second").await, Err(BlobError::Exists(_))));
    assert!(matches!(late.finish().await, Err(BlobError::Exists(_))));
    assert_eq!(get(&blobs, &key, None).await, b"first");
}

#[tokio::test]
async fn an_unfinished_blob_leaves_nothing() {
    let folder = Folder::new();
    let (blobs, key) = (folder.blobs(), key());

    let mut writer = blobs.create(&key).await.expect("a writer");
    writer.write(Bytes::from_static(b"half")).await.expect("a piece");
    drop(writer);

    assert!(matches!(blobs.read(&key, None).await.err(), Some(BlobError::NotFound(_))));
    assert_eq!(std::fs::read_dir(folder.0.join("incoming")).expect("the folder").count(), 0);
}

#[tokio::test]
async fn what_a_killed_process_left_is_cleared_at_start() {
    let folder = Folder::new();
    drop(folder.blobs());
    std::fs::write(folder.0.join("incoming").join("leftover"), "half").expect("a leftover");

    let _blobs = folder.blobs();

    assert_eq!(std::fs::read_dir(folder.0.join("incoming")).expect("the folder").count(), 0);
}

#[tokio::test]
async fn deleting_twice_is_no_error() {
    let folder = Folder::new();
    let (blobs, key) = (folder.blobs(), key());
    put(&blobs, &key, b"bytes").await.expect("a blob");

    blobs.delete(&key).await.expect("gone");
    blobs.delete(&key).await.expect("still gone");

    assert!(matches!(blobs.size(&key).await, Err(BlobError::NotFound(_))));
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_left() {
    let folder = Folder::new();
    let (blobs, key) = (SmallDisk::new(folder.blobs(), 150_000), key());

    assert!(matches!(put(&blobs, &key, &vec![7; 200_000]).await, Err(BlobError::Full)));
    assert!(matches!(blobs.size(&key).await, Err(BlobError::NotFound(_))));
    blobs.make_room(1_000_000);
    put(&blobs, &key, &vec![7; 200_000]).await.expect("there is room now");
}

#[test]
fn threads_that_may_block_write_and_read_from_any_place() {
    let folder = Folder::new();
    let (blobs, key) = (folder.blobs(), key());

    let mut writer = blobs.create_blocking(&key).expect("a writer");
    writer.write_all(b"0123456789").expect("bytes");
    assert_eq!(writer.finish().expect("a blob"), 10);

    let mut reader = blobs.read_blocking(&key).expect("a reader");
    reader.seek(SeekFrom::Start(7)).expect("a place");
    let mut rest = String::new();
    reader.read_to_string(&mut rest).expect("the rest");
    assert_eq!(rest, "789");
}

#[tokio::test]
async fn blobs_of_one_kind_can_be_listed_by_age() {
    let folder = Folder::new();
    let (blobs, key) = (folder.blobs(), key());
    put(&blobs, &key, b"bytes").await.expect("a blob");

    assert_eq!(blobs.older_than("test", 0, 10).await.expect("a list"), vec![key]);
    assert!(blobs.older_than("test", 3_600, 10).await.expect("a list").is_empty());
    assert!(blobs.older_than("other", 0, 10).await.expect("a list").is_empty());
}

#[test]
fn a_key_is_a_kind_and_an_id() {
    let key = key();
    assert_eq!(key.as_str().parse::<BlobKey>().expect("its own text"), key);
    for wrong in [
        "",
        "test",
        "test/x",
        "../0198a7c2-4f10-7c11-9a53-5a0f8e1c9d01",
        "a/b/c",
        "Test/0198a7c2-4f10-7c11-9a53-5a0f8e1c9d01",
    ] {
        assert!(wrong.parse::<BlobKey>().is_err(), "{wrong}");
    }
}
