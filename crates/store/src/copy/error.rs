//! What can go wrong with copies.

use std::io;
use std::path::{Path, PathBuf};

use crate::DataDirError;

/// Why a copy was not made, not believed or not taken back.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There is no database to back up.
    #[error("there is no database in {0}; is that the data directory?")]
    NoDatabase(PathBuf),
    /// The target has something in it.
    #[error("{folder} is not empty ({found} is there); name a new folder")]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
        /// One of the things in it.
        found: String,
    },
    /// The backup would contain itself.
    #[error("{0} lies in the data directory; a backup belongs elsewhere, on another disk if there is one")]
    Inside(PathBuf),
    /// Another backup of the same data directory is being made.
    #[error("another backup of {0} is being made")]
    Held(PathBuf),
    /// There is no manifest.
    #[error(
        "{0} is no finished backup: there is no manifest.json in it, which is written last; it was cut short, or is something else"
    )]
    Unfinished(PathBuf),
    /// A manifest or a list of sums that cannot be read as one.
    #[error("{file} is damaged: {cause}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A newer version made it.
    #[error("{0}; use the version that made it, or a later one")]
    TooNew(String),
    /// A file is not what it was when the backup was made.
    #[error("{0} is damaged: its bytes are not those that were backed up")]
    Damaged(PathBuf),
    /// A file that should be there is not.
    #[error("{0} is missing from the backup")]
    Missing(PathBuf),
    /// SQLite finds fault with the copied database.
    #[error("{file} is damaged: SQLite says {fault}")]
    Fault {
        /// The database.
        file: PathBuf,
        /// Its first complaint.
        fault: String,
    },
    /// A name that the list of sums cannot hold.
    #[error(
        "{0} cannot be backed up under that name: it is not UTF-8, or has a line break or backslash in it"
    )]
    Name(PathBuf),
    /// The data directory cannot be worked in.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// What the database said.
    #[error("the database cannot be copied")]
    Database(#[source] crate::Error),
    /// What the disk said.
    #[error("{path}: {cause}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
}

impl CopyError {
    /// Says which file it was about.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { path: path.to_owned(), cause }
    }
}

impl From<crate::Error> for CopyError {
    fn from(error: crate::Error) -> Self {
        Self::Database(error)
    }
}

impl From<rusqlite::Error> for CopyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}
