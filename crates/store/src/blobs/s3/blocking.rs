//! S3 for threads that may block, as packaging does.
//!
//! What they do runs on the runtime while they wait. Called on a thread of a runtime with several
//! workers they hold one of them up, as any blocking call would; on a runtime with one thread only,
//! they must be called from `spawn_blocking`.

use std::io::{self, Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use object_store::ObjectStoreExt;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::S3Blobs;
use super::upload::Upload;
use crate::blobs::{BlobError, BlobKey, Blobs, BlockingBlobWriter};

/// Bytes fetched after a jump: enough for the directory of a package.
const FIRST: u64 = 128 << 10;
/// Bytes fetched at a time by who reads on and on.
const MOST: u64 = 4 << 20;
/// How much longer each fetch is than the one before it.
const GROWTH: u64 = 4;

fn wait<F: Future>(runtime: &Handle, work: F) -> F::Output {
    block_in_place(|| runtime.block_on(work))
}

/// Sends parts while its thread waits.
pub(super) struct WaitingWriter {
    upload: Upload,
    runtime: Handle,
}

impl WaitingWriter {
    pub(super) fn new(upload: Upload, runtime: Handle) -> Self {
        Self { upload, runtime }
    }
}

impl Write for WaitingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.upload.is_full() && !bytes.is_empty() {
            wait(&self.runtime, self.upload.send())?;
        }
        Ok(self.upload.take(bytes))
    }

    /// Parts go when they are full; nothing shorter can be sent.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BlockingBlobWriter for WaitingWriter {
    fn finish(self: Box<Self>) -> Result<u64, BlobError> {
        wait(&self.runtime, self.upload.publish())
    }
}

/// Reads from any place, through a window onto the blob.
pub(super) struct SeekingReader {
    blobs: S3Blobs,
    key: BlobKey,
    size: u64,
    position: u64,
    window: Bytes,
    window_begins: u64,
    /// How much the next fetch takes if it goes on where the window ends.
    next: u64,
}

impl SeekingReader {
    pub(super) fn open(blobs: &S3Blobs, key: &BlobKey) -> Result<Self, BlobError> {
        let size = wait(&blobs.runtime, blobs.size(key))?;
        Ok(Self {
            blobs: blobs.clone(),
            key: key.clone(),
            size,
            position: 0,
            window: Bytes::new(),
            window_begins: 0,
            next: FIRST,
        })
    }

    /// The bytes at the position that have been fetched already.
    fn fetched(&self) -> &[u8] {
        let at = self.position.checked_sub(self.window_begins).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.window.get(at..)).unwrap_or_default()
    }

    fn fetch(&mut self, wanted: usize) -> io::Result<()> {
        let goes_on = self.position == self.window_begins + self.window.len() as u64;
        let length = if goes_on { self.next } else { FIRST }.max(wanted as u64).min(MOST);
        let range = self.position..self.size.min(self.position + length);
        let path = self.blobs.path(self.key.as_str());
        // Given back first: two windows are never held.
        self.window = Bytes::new();
        let fetched = wait(&self.blobs.runtime, self.blobs.s3.get_range(&path, range.clone()));
        let fetched = fetched.map_err(|error| self.blobs.explain(&self.key, error))?;
        if fetched.len() as u64 != range.end - range.start {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.window = fetched;
        self.window_begins = self.position;
        self.next = (length * GROWTH).min(MOST);
        Ok(())
    }
}

impl Read for SeekingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        if self.fetched().is_empty() {
            self.fetch(buffer.len())?;
        }
        let fetched = self.fetched();
        let read = fetched.len().min(buffer.len());
        buffer[..read].copy_from_slice(&fetched[..read]);
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for SeekingReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
