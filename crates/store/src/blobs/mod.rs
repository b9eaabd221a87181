//! Byte streams of any length, under keys that are written once.
//!
//! A blob is kept, name and all, when [`BlobWriter::finish`] has answered; before that nobody
//! can see it. Keys are never overwritten. Nothing is ever held whole in memory.

mod files;
mod hold;
mod s3;

use std::fmt;
use std::io;
use std::ops::Range;
use std::str::FromStr;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use uuid::Uuid;

pub use files::FileBlobs;
pub(crate) use hold::FILE as HOLD_FILE;
pub use hold::Hold;
pub use s3::{S3Blobs, S3Config, S3ConfigError, S3Location, S3LocationError};

/// The name of a blob: a kind and a random id, such as `message-file/0198a7c2-…`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobKey(String);

/// A text that is no blob key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a blob key is <kind>/<uuid>")]
pub struct BlobKeyError;

impl BlobKey {
    /// A key of this kind (lower-case letters and hyphens) with this id.
    pub fn new(kind: &'static str, id: Uuid) -> Self {
        debug_assert!(is_kind(kind), "a kind is lower-case letters and hyphens");
        Self(format!("{kind}/{id}"))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_kind(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

impl FromStr for BlobKey {
    type Err = BlobKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, id) = text.split_once('/').ok_or(BlobKeyError)?;
        let id: Uuid = id.parse().map_err(|_| BlobKeyError)?;
        if is_kind(kind) { Ok(Self(format!("{kind}/{id}"))) } else { Err(BlobKeyError) }
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl crate::ToValue for BlobKey {
    fn to_value(&self) -> crate::Value<'_> {
        self.0.to_value()
    }
}

impl crate::Column for BlobKey {
    const WANTED: &'static str = "a blob key";

    fn from_value(value: crate::Value<'_>) -> Option<Self> {
        String::from_value(value).and_then(|text| text.parse().ok())
    }
}

/// Why a blob cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no blob with this key.
    #[error("there is no blob {0}")]
    NotFound(BlobKey),
    /// The key has been used.
    #[error("the blob {0} exists already")]
    Exists(BlobKey),
    /// The disk is full.
    #[error("no room left for blobs; free disk space, and the next request goes through")]
    Full,
    /// The service that keeps the blobs cannot be reached or used; trying again may help.
    #[error("{what} ({source})")]
    Unavailable {
        /// Which service, and what to check.
        what: String,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Anything else the disk or the network said.
    #[error("the blob store said: {0}")]
    Io(#[source] io::Error),
}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        // What went through `io::Write` or `io::Read` comes back as it was.
        let error = match error.downcast::<Self>() {
            Ok(blob) => return blob,
            Err(error) => error,
        };
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full
            }
            _ => Self::Io(error),
        }
    }
}

impl From<BlobError> for io::Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Io(error) => error,
            BlobError::Full => Self::new(io::ErrorKind::StorageFull, error),
            BlobError::NotFound(_) => Self::new(io::ErrorKind::NotFound, error),
            _ => Self::other(error),
        }
    }
}

/// A place for blobs. Several servers may share one.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Begins a blob. It appears when the writer is finished, or never.
    async fn create(&self, key: &BlobKey) -> Result<Box<dyn BlobWriter>, BlobError>;

    /// How many bytes the blob has.
    async fn size(&self, key: &BlobKey) -> Result<u64, BlobError>;

    /// The blob's bytes, or those of `range`, piece by piece.
    async fn read(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<BlobStream, BlobError>;

    /// Removes the blob; removing what is not there is no error.
    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// Keys of one kind whose bytes were written more than `age` seconds ago, at most `limit`.
    async fn older_than(&self, kind: &str, age: u64, limit: usize) -> Result<Vec<BlobKey>, BlobError>;

    /// Clears what writers that are gone began more than `age` seconds ago and did not finish; answers
    /// how much.
    async fn drop_unfinished(&self, _age: u64) -> Result<usize, BlobError> {
        Ok(0)
    }

    /// Begins a blob for a thread that may block.
    fn create_blocking(&self, key: &BlobKey) -> Result<Box<dyn BlockingBlobWriter>, BlobError>;

    /// Opens a blob for a thread that may block.
    fn read_blocking(&self, key: &BlobKey) -> Result<Box<dyn ReadSeek>, BlobError>;
}

/// A blob's bytes, piece by piece.
pub type BlobStream = BoxStream<'static, Result<Bytes, BlobError>>;

/// A blob on its way in. Dropped before `finish`, it leaves nothing.
#[async_trait]
pub trait BlobWriter: Send {
    /// Takes the next bytes.
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError>;

    /// Makes the blob durable and visible; answers its size in bytes.
    ///
    /// # Errors
    /// [`BlobError::Exists`] when somebody else has used the key.
    async fn finish(self: Box<Self>) -> Result<u64, BlobError>;
}

/// The same for a thread that may block.
pub trait BlockingBlobWriter: io::Write + Send {
    /// Makes the blob durable and visible; answers its size in bytes.
    fn finish(self: Box<Self>) -> Result<u64, BlobError>;
}

/// A blob that can be read from any place in it.
pub trait ReadSeek: io::Read + io::Seek + Send {}

impl<T: io::Read + io::Seek + Send> ReadSeek for T {}
