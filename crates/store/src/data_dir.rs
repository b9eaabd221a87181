//! The folder that holds everything a server keeps, and its lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Name of the file whose lock says that a process works in the folder.
pub(crate) const LOCK: &str = "lock";
/// Name of the folder in which a restore builds; while it is there, nothing else is whole.
pub(crate) const RESTORING: &str = "restoring";

/// A folder that this process, and no other, works in. The lock ends with the process, however it
/// ends.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

/// Why a folder cannot be worked in.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process holds the lock.
    #[error(
        "the data directory {0} belongs to another running budstikke; stop it, or choose another with --data-dir"
    )]
    InUse(PathBuf),
    /// A restore was cut short.
    #[error(
        "the data directory {0} is half restored, because `budstikke restore` was cut short; run it again"
    )]
    HalfRestored(PathBuf),
    /// It cannot be made, read or written.
    #[error(
        "the data directory {path} cannot be used: {cause}; check that it exists, that this user may write there and that the disk has room"
    )]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
}

impl DataDir {
    /// Makes the folder if needed, readable by its owner only, and locks it.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        let data_dir = Self::open_to_restore(path)?;
        if path.join(RESTORING).exists() {
            return Err(DataDirError::HalfRestored(path.to_owned()));
        }
        Ok(data_dir)
    }

    /// The same, also when an earlier restore has left the folder half-built.
    pub(crate) fn open_to_restore(path: &Path) -> Result<Self, DataDirError> {
        let unusable = |cause| DataDirError::Unusable { path: path.to_owned(), cause };
        Self::make(path)?;
        let lock = for_owner_only().create(true).truncate(false).open(path.join(LOCK)).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DataDirError::InUse(path.to_owned())),
            Err(TryLockError::Error(cause)) => Err(unusable(cause)),
        }
    }

    /// Makes the folder if needed, readable by its owner only. A folder that is there stays as it is.
    pub fn make(path: &Path) -> Result<(), DataDirError> {
        let unusable = |cause| DataDirError::Unusable { path: path.to_owned(), cause };
        let made = !path.exists();
        std::fs::create_dir_all(path).map_err(unusable)?;
        if made { owner_only(path).map_err(unusable) } else { Ok(()) }
    }

    /// A path inside the folder.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Opens files for writing that, if they are made, nobody but their owner can read: what we keep is
/// about people, and the folder may be one that somebody else has made.
pub(crate) fn for_owner_only() -> OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn owner_only(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn owner_only(_: &Path) -> io::Result<()> {
    Ok(())
}
