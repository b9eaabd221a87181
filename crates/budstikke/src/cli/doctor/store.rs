//! The place for files: a small one is written, read and deleted.

use std::path::Path;

use anyhow::{Context, Error, Result, ensure};
use bytes::Bytes;
use futures_util::TryStreamExt;
use store::blobs::{BlobKey, Blobs, FileBlobs, S3Blobs};

use super::finding::{Advice, Finding};
use super::{Patient, Probe};
use crate::catalogue::entry_of;
use crate::cli::send::new_id;
use crate::config::BlobPlace;

/// A kind that no message has.
const KIND: &str = "doctor";
const WORDS: &[u8] = b"written by budstikke doctor; may be removed";

pub(super) fn probes(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let patient = patient.clone();
    vec![("blobs", Box::pin(async move { vec![blobs(&patient).await] }))]
}

async fn blobs(patient: &Patient) -> Finding {
    let tried = match &patient.config.blobs {
        BlobPlace::Folder => folder(&patient.config.data_dir.join(::store::copy::BLOBS)).await,
        BlobPlace::Bucket(location) => match S3Blobs::connect(location, &patient.config.s3) {
            Ok(bucket) => whole_way(&bucket).await,
            Err(error) => Err(error.into()),
        },
    };
    match tried {
        Ok(seen) => Finding::fine("blobs", seen),
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> Finding {
    let entry = entry_of(error);
    Finding::wrong("blobs", format!("{error:#}"), Advice::new(entry.cause, entry.remedy, entry.whose))
}

async fn folder(path: &Path) -> Result<String> {
    if !path.join("incoming").is_dir() {
        return Ok(format!("{} is made at the first start", path.display()));
    }
    let seen = whole_way(&FileBlobs::open_to_read(path)?).await;
    // What the small file lay in; another probe at the same time may still need it.
    let kind = path.join(KIND);
    for inner in std::fs::read_dir(&kind).into_iter().flatten().flatten() {
        let _ = std::fs::remove_dir(inner.path());
    }
    let _ = std::fs::remove_dir(kind);
    seen
}

async fn whole_way(blobs: &dyn Blobs) -> Result<String> {
    let key = BlobKey::new(KIND, new_id().parse()?);
    let mut writer = blobs.create(&key).await.context("a small file cannot be begun")?;
    writer.write(Bytes::from_static(WORDS)).await.context("a small file cannot be written")?;
    writer.finish().await.context("a small file cannot be finished")?;
    let read = read(blobs, &key).await;
    let deleted = blobs.delete(&key).await.context("a small file cannot be deleted");
    ensure!(read? == WORDS, "a small file was read as something else");
    deleted?;
    Ok("a small file was written, read and deleted".to_owned())
}

async fn read(blobs: &dyn Blobs, key: &BlobKey) -> Result<Vec<u8>> {
    let pieces = blobs.read(key, None).await.context("a small file cannot be read")?;
    let pieces: Vec<Bytes> = pieces.try_collect().await.context("a small file cannot be read")?;
    Ok(pieces.concat())
}
