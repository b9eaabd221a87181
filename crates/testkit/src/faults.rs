//! Disks that fail when told to.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use store::blobs::{BlobError, BlobKey, BlobStream, BlobWriter, Blobs, BlockingBlobWriter, ReadSeek};

/// A blob store whose disk is full after so many bytes.
#[derive(Clone)]
pub struct SmallDisk<B> {
    inner: B,
    room: Arc<AtomicU64>,
}

impl<B: Blobs> SmallDisk<B> {
    /// Room for `bytes` more bytes in `inner`.
    pub fn new(inner: B, bytes: u64) -> Self {
        Self { inner, room: Arc::new(AtomicU64::new(bytes)) }
    }

    /// Somebody tidied up: room for `bytes` more bytes.
    pub fn make_room(&self, bytes: u64) {
        self.room.store(bytes, Ordering::SeqCst);
    }
}

fn take(room: &AtomicU64, bytes: usize) -> Result<(), BlobError> {
    let left = |room: u64| room.checked_sub(bytes as u64);
    room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).map(|_| ()).map_err(|_| BlobError::Full)
}

struct Writer<W: ?Sized> {
    room: Arc<AtomicU64>,
    inner: Box<W>,
}

#[async_trait]
impl BlobWriter for Writer<dyn BlobWriter> {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        take(&self.room, bytes.len())?;
        self.inner.write(bytes).await
    }

    async fn finish(self: Box<Self>) -> Result<u64, BlobError> {
        self.inner.finish().await
    }
}

impl Write for Writer<dyn BlockingBlobWriter> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        take(&self.room, bytes.len()).map_err(|_| io::Error::from(io::ErrorKind::StorageFull))?;
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl BlockingBlobWriter for Writer<dyn BlockingBlobWriter> {
    fn finish(self: Box<Self>) -> Result<u64, BlobError> {
        self.inner.finish()
    }
}

#[async_trait]
impl<B: Blobs> Blobs for SmallDisk<B> {
    async fn create(&self, key: &BlobKey) -> Result<Box<dyn BlobWriter>, BlobError> {
        let inner = self.inner.create(key).await?;
        Ok(Box::new(Writer { room: Arc::clone(&self.room), inner }))
    }

    async fn size(&self, key: &BlobKey) -> Result<u64, BlobError> {
        self.inner.size(key).await
    }

    async fn read(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<BlobStream, BlobError> {
        self.inner.read(key, range).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        self.inner.delete(key).await
    }

    async fn older_than(&self, kind: &str, age: u64, limit: usize) -> Result<Vec<BlobKey>, BlobError> {
        self.inner.older_than(kind, age, limit).await
    }

    fn create_blocking(&self, key: &BlobKey) -> Result<Box<dyn BlockingBlobWriter>, BlobError> {
        let inner = self.inner.create_blocking(key)?;
        Ok(Box::new(Writer { room: Arc::clone(&self.room), inner }))
    }

    fn read_blocking(&self, key: &BlobKey) -> Result<Box<dyn ReadSeek>, BlobError> {
        self.inner.read_blocking(key)
    }
}
