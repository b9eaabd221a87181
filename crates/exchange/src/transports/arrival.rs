//! What comes in.

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use types::OrgNumber;

/// A message that waits for us outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// What the channel calls it.
    pub reference: String,
    /// Which of our organizations it is for.
    pub receiver: OrgNumber,
    /// Who sent it, as the channel has checked; the envelope inside must agree. `None` where the channel
    /// cannot tell, and the envelope alone says so.
    pub sender: Option<OrgNumber>,
    /// When the channel got it.
    pub created: Timestamp,
    /// Its size in bytes, if known beforehand.
    pub bytes: Option<u64>,
    /// MD5 of its bytes in lower-case hexadecimal, if the channel knows it.
    pub checksum: Option<String>,
    /// Whether an earlier fetch was begun and never confirmed.
    pub begun_before: bool,
}

/// Some arrivals, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// The arrivals.
    pub arrivals: Vec<Arrival>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<Cursor>,
}

/// A place in the list of arrivals; opaque, good for one walk through the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub(crate) String);

/// What an arrival turned out to be.
#[derive(Debug)]
pub enum Fetched {
    /// The new blob holds envelope and encrypted container in one zip, as DPO carries them.
    TransportZip {
        /// Its size.
        bytes: u64,
    },
    /// The envelope came beside its container, which is in the new blob.
    Container {
        /// The SBD.
        envelope: Bytes,
        /// Whether the container is encrypted for us (CMS); otherwise it is a plain ASiC-E.
        sealed: bool,
    },
    /// The envelope came beside files that nobody has packed; the new blob was not needed.
    Loose {
        /// The SBD.
        envelope: Bytes,
        /// The files, the main document first.
        documents: Vec<Loose>,
    },
}

impl Fetched {
    /// The envelope, where it came beside the rest.
    pub(crate) fn envelope(&self) -> &[u8] {
        match self {
            Self::TransportZip { .. } => &[],
            Self::Container { envelope, .. } | Self::Loose { envelope, .. } => envelope,
        }
    }
}

/// A file that nobody has packed yet.
#[derive(Clone)]
pub struct Loose {
    /// Its name; becomes the name of its entry in the container.
    pub name: String,
    /// Its media type, if known.
    pub media_type: Option<String>,
    /// Its bytes.
    pub source: Arc<dyn Source>,
}

impl fmt::Debug for Loose {
    /// File names are not for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loose(…)")
    }
}

/// Bytes that can be read as often as needed: a try that is repeated reads them again.
pub trait Source: Send + Sync {
    /// Opens them at the beginning, for a thread that may block.
    fn open(&self) -> io::Result<Box<dyn io::Read + Send>>;
}
