//! Keeps blobs from vanishing while somebody copies them.
//!
//! Whoever copies a store takes a snapshot of its rows first and the blobs afterwards; a blob that is
//! removed in between would be missing from the copy although its rows name it. So a copy holds
//! removals for as long as it takes. A removal that meets a hold is put off: the blob is then one that
//! no row names, and the sweep for those takes it later. The hold is a lock of the operating system
//! and ends with the process that has it, however that ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Beside the kinds; no kind has a dot in its name.
pub(crate) const FILE: &str = "hold.lock";
/// How long a hold waits for removals under way, and for other holds.
const PATIENCE: Duration = Duration::from_secs(10);

/// As long as this lives, no blob in the folder is removed.
#[derive(Debug)]
pub struct Hold {
    _lock: File,
}

impl Hold {
    /// Waits until no removal is under way and lets none begin.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when another copy of the same folder is being made.
    pub fn take(folder: &Path) -> io::Result<Self> {
        let lock = open(folder)?;
        let given_up = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { _lock: lock }),
                Err(TryLockError::WouldBlock) if Instant::now() < given_up => {
                    sleep(Duration::from_millis(5));
                }
                Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

/// Leave to remove one blob; holds wait until it is dropped.
pub(super) struct Removal {
    _lock: File,
}

impl Removal {
    /// Nothing while somebody holds the blobs.
    pub(super) fn begin(folder: &Path) -> io::Result<Option<Self>> {
        let lock = open(folder)?;
        match lock.try_lock_shared() {
            Ok(()) => Ok(Some(Self { _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Makes the file that is locked, unless it is there.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    open(folder).map(drop)
}

fn open(folder: &Path) -> io::Result<File> {
    crate::data_dir::for_owner_only().create(true).truncate(false).open(folder.join(FILE))
}
