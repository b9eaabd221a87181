//! Archives and the names in them.

use std::io;

/// A zip archive that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ZipError {
    /// No directory at the end: cut off, or no zip at all.
    #[error("the archive has no directory at its end; it is cut off or not a zip")]
    NoDirectory,
    /// The directory does not fit what is around it.
    #[error("the archive's directory is inconsistent: {0}")]
    Inconsistent(&'static str),
    /// More entries than allowed.
    #[error("the archive has {entries} entries, the limit is {limit}")]
    TooManyEntries {
        /// Entries in the archive.
        entries: u64,
        /// Entries allowed.
        limit: u64,
    },
    /// Unpacks to more than allowed.
    #[error("the archive unpacks to {size} bytes, the limit is {limit}")]
    TooLarge {
        /// Bytes after unpacking.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// An entry that must fit in memory does not.
    #[error("entry {name:?} unpacks to {size} bytes, the limit is {limit}")]
    EntryTooLarge {
        /// The entry.
        name: String,
        /// Bytes after unpacking.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// Unpacks to suspiciously much: a bomb.
    #[error("entry {name:?} unpacks to more than {limit} times its packed size")]
    Ratio {
        /// The entry.
        name: String,
        /// The highest ratio allowed.
        limit: u64,
    },
    /// A name that could lead somewhere else.
    #[error("entry name {name:?} is not allowed: {reason}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: NameError,
    },
    /// A name that is not UTF-8.
    #[error("an entry name is not UTF-8")]
    NameNotUtf8,
    /// Two entries with one name.
    #[error("two entries are named {0:?}")]
    Duplicate(String),
    /// Two entries share bytes.
    #[error("entry {0:?} overlaps another")]
    Overlap(String),
    /// An entry with a password.
    #[error("entry {0:?} is encrypted")]
    Encrypted(String),
    /// A compression method that is neither stored nor deflated.
    #[error("entry {name:?} uses compression method {method}")]
    Method {
        /// The entry.
        name: String,
        /// The method's number.
        method: u16,
    },
    /// Local and central header of an entry disagree.
    #[error("entry {0:?} has two headers that disagree")]
    HeaderMismatch(String),
    /// The content is not what the directory says.
    #[error("entry {0:?} is damaged")]
    Damaged(String),
    /// More than 65,535 bytes of name.
    #[error("an entry name is longer than 65535 bytes")]
    NameTooLong,
    /// The input could not be read or the output not written.
    #[error("could not read or write: {0}")]
    Io(#[source] io::Error),
}

impl ZipError {
    /// The zip error inside an error that came out of a reader or writer.
    pub fn inside(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<io::Error> for ZipError {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Io)
    }
}

/// What is wrong with a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing.
    #[error("it is empty")]
    Empty,
    /// From the root, or from a drive.
    #[error("it is absolute")]
    Absolute,
    /// A `..`, `.` or empty segment.
    #[error("it has a segment that is empty, . or ..")]
    Segment,
    /// A backslash.
    #[error("it has a backslash")]
    Backslash,
    /// NUL or another control character, or one that XML cannot hold.
    #[error("it has a control character")]
    Control,
    /// In the folder that belongs to the format.
    #[error("META-INF belongs to the container format")]
    Reserved,
    /// An entry that the format writes itself.
    #[error("the container format uses this name itself")]
    Taken,
    /// A folder.
    #[error("it is a folder")]
    Folder,
    /// Longer than a zip can say.
    #[error("it is longer than 65535 bytes")]
    TooLong,
}
