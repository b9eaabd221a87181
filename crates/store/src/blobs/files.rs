//! Blobs in a folder: `<folder>/<kind>/<first two letters>/<uuid>`.
//!
//! A blob is written under a name of its own in `<folder>/incoming`, synced, and then linked to its
//! key: the link fails when the key exists, so nothing is ever overwritten, and what a killed
//! process leaves behind lies in `incoming`. Who writes there holds a lock on the file; a file without
//! one is a leftover, and is cleared at start and by the sweep, by whichever process comes first.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::hold::{self, Removal};
use super::{BlobError, BlobKey, BlobStream, BlobWriter, Blobs, BlockingBlobWriter, ReadSeek};

/// Bytes that go to or come from the disk at a time.
const PIECE: usize = 256 << 10;

/// Blobs in a folder of this machine.
#[derive(Clone, Debug)]
pub struct FileBlobs {
    folder: Arc<Path>,
}

impl FileBlobs {
    /// Opens the folder, makes it if needed, and clears what an earlier process left half-written.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let incoming = folder.join("incoming");
        fs::create_dir_all(&incoming)?;
        clear_leftovers(&incoming, Duration::ZERO)?;
        // Now, since a full disk may refuse it when something has to be removed.
        hold::make(folder)?;
        Ok(Self { folder: folder.into() })
    }

    /// Opens a folder that is there, and changes nothing in it: others may be writing.
    pub fn open_to_read(folder: &Path) -> io::Result<Self> {
        fs::read_dir(folder)?;
        Ok(Self { folder: folder.into() })
    }

    fn path(&self, key: &BlobKey) -> PathBuf {
        let (kind, id) = key.as_str().split_once('/').expect("a key has a kind and an id");
        // Time-ordered ids share their beginning, so the folder is chosen by their random end.
        self.folder.join(kind).join(&id[id.len() - 2..]).join(id)
    }

    fn begin(&self, key: &BlobKey) -> Result<Incoming, BlobError> {
        let target = self.path(key);
        if target.exists() {
            return Err(BlobError::Exists(key.clone()));
        }
        loop {
            let path = self.folder.join("incoming").join(Uuid::new_v4().to_string());
            let file = crate::data_dir::for_owner_only().create_new(true).open(&path)?;
            file.lock()?;
            // Before it was locked, another process may have taken it for a leftover.
            if path.exists() {
                return Ok(Incoming { file, path, target, key: key.clone(), size: 0 });
            }
        }
    }
}

/// Removes files that nobody writes any more and that are older than `age`; answers how many.
fn clear_leftovers(incoming: &Path, age: Duration) -> io::Result<usize> {
    let mut cleared = 0;
    for entry in fs::read_dir(incoming)? {
        let path = entry?.path();
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => continue,
            locked => locked?,
        }
        if !is_older(file.metadata()?.modified()?, age) {
            continue;
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => {
                removed?;
                cleared += 1;
            }
        }
    }
    Ok(cleared)
}

fn is_older(written: SystemTime, age: Duration) -> bool {
    SystemTime::now().duration_since(written).is_ok_and(|since| since >= age)
}

/// A file that becomes a blob when it is finished.
struct Incoming {
    file: File,
    path: PathBuf,
    target: PathBuf,
    key: BlobKey,
    size: u64,
}

impl Incoming {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.size += bytes.len() as u64;
        Ok(())
    }

    fn publish(&mut self) -> Result<u64, BlobError> {
        self.file.sync_all()?;
        let folder = self.target.parent().expect("a blob lies in a folder");
        if !folder.exists() {
            fs::create_dir_all(folder)?;
            // The kind may be as new as the folder in it.
            for above in folder.ancestors().skip(1).take(2) {
                sync_folder(above)?;
            }
        }
        match fs::hard_link(&self.path, &self.target) {
            Ok(()) => sync_folder(folder)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BlobError::Exists(self.key.clone()));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(self.size)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "could not remove a temporary file; the next start will");
        }
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Runs what blocks away from the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    spawn_blocking(work).await.unwrap_or_else(|panic| Err(BlobError::Io(io::Error::other(panic))))
}

fn not_found(key: &BlobKey, error: io::Error) -> BlobError {
    if error.kind() == io::ErrorKind::NotFound { BlobError::NotFound(key.clone()) } else { error.into() }
}

#[async_trait]
impl Blobs for FileBlobs {
    async fn create(&self, key: &BlobKey) -> Result<Box<dyn BlobWriter>, BlobError> {
        let (blobs, key) = (self.clone(), key.clone());
        let incoming = blocking(move || blobs.begin(&key)).await?;
        Ok(Box::new(Writer { incoming: Some(incoming), waiting: BytesMut::new() }))
    }

    async fn size(&self, key: &BlobKey) -> Result<u64, BlobError> {
        let (path, key) = (self.path(key), key.clone());
        blocking(move || Ok(fs::metadata(path).map_err(|error| not_found(&key, error))?.len())).await
    }

    async fn read(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<BlobStream, BlobError> {
        let (path, key) = (self.path(key), key.clone());
        let reader = blocking(move || open_range(&path, &key, range)).await?;
        Ok(Box::pin(stream::try_unfold(reader, next_piece)))
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        let (folder, path) = (Arc::clone(&self.folder), self.path(key));
        blocking(move || {
            let Some(_removal) = Removal::begin(&folder)? else {
                tracing::debug!("a copy is being made: the sweep will remove the blob");
                return Ok(());
            };
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn older_than(&self, kind: &str, age: u64, limit: usize) -> Result<Vec<BlobKey>, BlobError> {
        let (folder, kind) = (self.folder.join(kind), kind.to_owned());
        blocking(move || list_older(&folder, &kind, Duration::from_secs(age), limit)).await
    }

    async fn drop_unfinished(&self, age: u64) -> Result<usize, BlobError> {
        let incoming = self.folder.join("incoming");
        blocking(move || Ok(clear_leftovers(&incoming, Duration::from_secs(age))?)).await
    }

    fn create_blocking(&self, key: &BlobKey) -> Result<Box<dyn BlockingBlobWriter>, BlobError> {
        Ok(Box::new(Collected(BufWriter::with_capacity(PIECE, self.begin(key)?))))
    }

    fn read_blocking(&self, key: &BlobKey) -> Result<Box<dyn ReadSeek>, BlobError> {
        let file = File::open(self.path(key)).map_err(|error| not_found(key, error))?;
        Ok(Box::new(file))
    }
}

struct Writer {
    /// Away while a thread writes; gone for good when that failed.
    incoming: Option<Incoming>,
    waiting: BytesMut,
}

impl Writer {
    /// Writes what is waiting on a thread that may block.
    async fn flush(&mut self) -> Result<(), BlobError> {
        let mut incoming = self.incoming.take().ok_or_else(broken)?;
        let bytes = self.waiting.split().freeze();
        let incoming = blocking(move || {
            incoming.append(&bytes)?;
            Ok(incoming)
        });
        self.incoming = Some(incoming.await?);
        Ok(())
    }
}

fn broken() -> BlobError {
    BlobError::Io(io::Error::other("an earlier write of this blob failed"))
}

#[async_trait]
impl BlobWriter for Writer {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.waiting.extend_from_slice(&bytes);
        if self.waiting.len() < PIECE { Ok(()) } else { self.flush().await }
    }

    async fn finish(mut self: Box<Self>) -> Result<u64, BlobError> {
        self.flush().await?;
        let mut incoming = self.incoming.take().ok_or_else(broken)?;
        blocking(move || incoming.publish()).await
    }
}

impl Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Collects small pieces, as packaging makes them, before they go to the disk.
struct Collected(BufWriter<Incoming>);

impl Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl BlockingBlobWriter for Collected {
    fn finish(self: Box<Self>) -> Result<u64, BlobError> {
        let mut incoming = self.0.into_inner().map_err(|error| BlobError::from(error.into_error()))?;
        incoming.publish()
    }
}

struct RangeReader {
    file: File,
    left: u64,
}

fn open_range(path: &Path, key: &BlobKey, range: Option<Range<u64>>) -> Result<RangeReader, BlobError> {
    let mut file = File::open(path).map_err(|error| not_found(key, error))?;
    let size = file.metadata()?.len();
    let range = range.unwrap_or(0..size);
    let start = file.seek(SeekFrom::Start(range.start.min(size)))?;
    Ok(RangeReader { file, left: range.end.min(size).saturating_sub(start) })
}

async fn next_piece(mut reader: RangeReader) -> Result<Option<(Bytes, RangeReader)>, BlobError> {
    if reader.left == 0 {
        return Ok(None);
    }
    blocking(move || {
        let length = usize::try_from(reader.left).unwrap_or(usize::MAX).min(PIECE);
        let mut piece = vec![0; length];
        reader.file.read_exact(&mut piece)?;
        reader.left -= length as u64;
        Ok(Some((piece.into(), reader)))
    })
    .await
}

fn list_older(folder: &Path, kind: &str, age: Duration, limit: usize) -> Result<Vec<BlobKey>, BlobError> {
    let mut found = Vec::new();
    if !folder.exists() {
        return Ok(found);
    }
    for shelf in fs::read_dir(folder)? {
        for entry in fs::read_dir(shelf?.path())? {
            let entry = entry?;
            let key = format!("{kind}/{}", entry.file_name().to_string_lossy()).parse();
            let written = entry.metadata()?.modified()?;
            if let (true, Ok(key)) = (is_older(written, age), key) {
                found.push(key);
            }
            if found.len() == limit {
                return Ok(found);
            }
        }
    }
    Ok(found)
}
