//! What a blob store must do, wherever it keeps them; and what only a folder or only S3 can go through.

mod everywhere;
mod folder;
mod s3;

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use store::blobs::{BlobError, BlobKey, Blobs};
use uuid::Uuid;

fn key() -> BlobKey {
    BlobKey::new("test", Uuid::new_v4())
}

/// Bytes that are not the same everywhere, so that a wrong offset shows.
fn bytes(length: u32) -> Vec<u8> {
    (0..length).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1] ^ n.to_le_bytes()[2]).collect()
}

async fn put(blobs: &dyn Blobs, key: &BlobKey, bytes: &[u8]) -> Result<u64, BlobError> {
    let mut writer = blobs.create(key).await?;
    for piece in bytes.chunks(100_000) {
        writer.write(Bytes::copy_from_slice(piece)).await?;
    }
    writer.finish().await
}

async fn try_get(blobs: &dyn Blobs, key: &BlobKey, range: Option<Range<u64>>) -> Result<Vec<u8>, BlobError> {
    let pieces: Vec<Bytes> = blobs.read(key, range).await?.try_collect().await?;
    Ok(pieces.concat())
}

async fn get(blobs: &dyn Blobs, key: &BlobKey, range: Option<Range<u64>>) -> Vec<u8> {
    try_get(blobs, key, range).await.expect("the blob")
}

/// Waits until it is so; fails when it does not become so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(30), waiting).await.is_ok(), "{what}");
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
