//! Blobs in a bucket of S3, or of whatever speaks its language: `<prefix>/<kind>/<uuid>`.
//!
//! # What is promised
//!
//! **A blob appears whole or not at all, and is never overwritten.** A blob that fits into one part
//! is one PUT with `If-None-Match: *`. A larger one is sent in parts, of which nobody sees anything,
//! and the request that puts them together carries the same condition ([`create_only`]). The service
//! decides the race: of several writers of one key exactly one is told that it succeeded, the blob is
//! that writer's, and the others hear [`BlobError::Exists`]. This needs a service that honours the
//! condition on both requests, as AWS has done since 2024 and MinIO does; [`S3Blobs::check`] tries it.
//!
//! **`finish` tells the truth.** A request whose answer was lost is sent again, and is then refused
//! because of what it did itself the first time. Therefore each writer leaves a random mark in the
//! object's metadata; where a writer is refused it looks whose mark is there. Only when the service
//! cannot be reached any more does `finish` fail without knowing ([`BlobError::Unavailable`]): the
//! blob is then there whole, or it is not, and if no row comes to name it, it is swept away by age.
//!
//! **Nothing is left behind.** A writer that is dropped ends its upload. What a killed process left
//! is ended by [`Blobs::drop_unfinished`]; a lifecycle rule of the bucket
//! (`AbortIncompleteMultipartUpload` after two days) does the same where nobody calls that.
//!
//! **Memory is bounded.** A writer holds two parts at most: one that fills, one on its way. A reader
//! for threads that may block holds one window of up to 4 MiB.

mod blocking;
mod check;
mod config;
mod create_only;
mod errors;
mod unfinished;
mod upload;

use std::ops::Range;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::aws::AmazonS3;
use object_store::client::HttpClient;
use object_store::path::Path;
use object_store::{Error as S3Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use tokio::runtime::Handle;

use super::{BlobError, BlobKey, BlobStream, BlobWriter, Blobs, BlockingBlobWriter, ReadSeek};
use blocking::{SeekingReader, WaitingWriter};
pub use config::{S3Config, S3ConfigError, S3Location, S3LocationError};
use errors::Place;
use upload::Upload;

/// Blobs in a bucket. See the module's text for what is promised.
#[derive(Clone)]
pub struct S3Blobs {
    s3: AmazonS3,
    http: HttpClient,
    location: S3Location,
    place: Place,
    /// Bytes of a part.
    part: usize,
    runtime: Handle,
}

impl S3Blobs {
    /// Makes the client. Nothing is sent yet: see [`S3Blobs::check`]. What blocks later waits for
    /// work on the runtime that this is called in.
    pub fn connect(location: &S3Location, config: &S3Config) -> Result<Self, S3ConfigError> {
        let runtime = Handle::try_current().map_err(|_| S3ConfigError::NoRuntime)?;
        let clients = config.clients(location)?;
        Ok(Self {
            s3: clients.s3,
            http: clients.http,
            place: Place::new(location, &config.address()),
            location: location.clone(),
            part: config.part_mib << 20,
            runtime,
        })
    }

    fn path(&self, key: &str) -> Path {
        if self.location.prefix().is_empty() {
            Path::from(key)
        } else {
            Path::from(format!("{}/{key}", self.location.prefix()))
        }
    }

    /// The key of an object, unless the object is none of ours.
    fn key_of(&self, object: &str) -> Option<BlobKey> {
        let prefix = self.location.prefix();
        let key = match prefix {
            "" => object,
            prefix => object.strip_prefix(prefix)?.strip_prefix('/')?,
        };
        key.parse().ok()
    }

    /// Tells a missing blob from everything else.
    fn explain(&self, key: &BlobKey, error: S3Error) -> BlobError {
        if errors::is_absent(&error) { BlobError::NotFound(key.clone()) } else { self.place.explain(error) }
    }

    /// Looks again when HEAD answered "not there": its answer does not say whether the blob is missing
    /// or the whole bucket, and a misspelt bucket must not pass for blobs that are lost.
    async fn look_again(&self, key: &BlobKey) -> Result<u64, BlobError> {
        let options = GetOptions { range: Some(GetRange::Bounded(0..1)), ..GetOptions::default() };
        match self.s3.get_opts(&self.path(key.as_str()), options).await {
            Ok(found) => Ok(found.meta.size),
            Err(error) => Err(self.explain(key, error)),
        }
    }
}

fn nothing() -> BlobStream {
    stream::empty().boxed()
}

/// A range as it is asked for. An end beyond all sizes is left out: not every service reads it.
fn ask_for(range: &Range<u64>) -> GetRange {
    if i64::try_from(range.end).is_ok() {
        GetRange::Bounded(range.clone())
    } else {
        GetRange::Offset(range.start)
    }
}

#[async_trait]
impl Blobs for S3Blobs {
    async fn create(&self, key: &BlobKey) -> Result<Box<dyn BlobWriter>, BlobError> {
        Ok(Box::new(Upload::begin(self, key)))
    }

    async fn size(&self, key: &BlobKey) -> Result<u64, BlobError> {
        match self.s3.head(&self.path(key.as_str())).await {
            Ok(found) => Ok(found.size),
            Err(S3Error::NotFound { .. }) => self.look_again(key).await,
            Err(error) => Err(self.place.explain(error)),
        }
    }

    async fn read(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<BlobStream, BlobError> {
        if range.as_ref().is_some_and(Range::is_empty) {
            return self.size(key).await.map(|_| nothing());
        }
        let options = GetOptions { range: range.as_ref().map(ask_for), ..GetOptions::default() };
        let error = match self.s3.get_opts(&self.path(key.as_str()), options).await {
            Ok(found) => {
                let (blobs, key) = (self.clone(), key.clone());
                let pieces = found.into_stream().map_err(move |error| blobs.explain(&key, error));
                return Ok(pieces.boxed());
            }
            Err(error) => self.explain(key, error),
        };
        // A range that begins behind the last byte is refused, and means no bytes.
        match range {
            Some(range) if matches!(error, BlobError::Unavailable { .. }) => match self.size(key).await {
                Ok(size) if size <= range.start => Ok(nothing()),
                _ => Err(error),
            },
            _ => Err(error),
        }
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        match self.s3.delete(&self.path(key.as_str())).await {
            Err(error) if !errors::is_absent(&error) => Err(self.place.explain(error)),
            _ => Ok(()),
        }
    }

    async fn older_than(&self, kind: &str, age: u64, limit: usize) -> Result<Vec<BlobKey>, BlobError> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let Some(before) = now.as_secs().checked_sub(age) else { return Ok(Vec::new()) };
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        let old = self.s3.list(Some(&self.path(kind))).try_filter_map(|object| async move {
            let is_old = object.last_modified.timestamp() <= before;
            Ok(self.key_of(object.location.as_ref()).filter(|_| is_old))
        });
        let found: Result<Vec<_>, _> = old.take(limit).try_collect().await;
        found.map_err(|error| self.place.explain(error))
    }

    async fn drop_unfinished(&self, age: u64) -> Result<usize, BlobError> {
        self.abort_older_than(age).await
    }

    fn create_blocking(&self, key: &BlobKey) -> Result<Box<dyn BlockingBlobWriter>, BlobError> {
        Ok(Box::new(WaitingWriter::new(Upload::begin(self, key), self.runtime.clone())))
    }

    fn read_blocking(&self, key: &BlobKey) -> Result<Box<dyn ReadSeek>, BlobError> {
        Ok(Box::new(SeekingReader::open(self, key)?))
    }
}
