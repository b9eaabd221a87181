//! The transport zip that a broker carries: `sbd.json`, and `asic.zip` when there are files.
//!
//! `asic.zip` is no zip: it is the encrypted container (see [`EnvelopeWriter`]).
//!
//! [`EnvelopeWriter`]: crate::EnvelopeWriter

use std::io::{self, Read, Seek, Write};

use crate::error::TransportError;
use crate::limits::Limits;
use crate::zip::{Archive, EntryReader, OpenEntry, ZipWriter};

/// What the file is called at the broker.
pub const TRANSPORT_NAME: &str = "sbd.zip";
const SBD: &str = "sbd.json";
const ASIC: &str = "asic.zip";

/// Writes a transport zip of a message without files; gives the output back, and the size.
pub fn write_message<W: Write>(out: W, sbd: &[u8]) -> Result<(W, u64), TransportError> {
    let mut zip = ZipWriter::new(out);
    zip.store(SBD, sbd, "")?;
    Ok(zip.finish("")?)
}

/// Writes a transport zip of a message with files: what is written to it becomes `asic.zip`,
/// whose size need not be known. [`finish`](Self::finish) must be called at the end.
pub struct TransportWriter<W>(OpenEntry<W>);

impl<W: Write> TransportWriter<W> {
    /// Writes `sbd.json` and begins `asic.zip`.
    pub fn begin(out: W, sbd: &[u8]) -> Result<Self, TransportError> {
        let mut zip = ZipWriter::new(out);
        zip.store(SBD, sbd, "")?;
        Ok(Self(zip.entry(ASIC)?))
    }

    /// Ends the zip and gives the output back, and the size of the zip in bytes.
    pub fn finish(self) -> Result<(W, u64), TransportError> {
        Ok(self.0.finish()?.finish("")?)
    }
}

impl<W: Write> Write for TransportWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A transport zip that came in. Entries it does not know are passed over.
#[derive(Debug)]
pub struct Transport<R> {
    archive: Archive<R>,
}

impl<R: Read + Seek> Transport<R> {
    /// Opens the zip; it must have `sbd.json`.
    pub fn open(input: R, limits: &Limits) -> Result<Self, TransportError> {
        let archive = Archive::open(input, limits)?;
        match archive.entry(SBD) {
            Some(_) => Ok(Self { archive }),
            None => Err(TransportError::NoSbd),
        }
    }

    /// The message, a JSON text.
    pub fn sbd(&mut self) -> Result<Vec<u8>, TransportError> {
        self.archive.read(SBD)?.ok_or(TransportError::NoSbd)
    }

    /// Whether the message has files.
    pub fn has_container(&self) -> bool {
        self.archive.entry(ASIC).is_some()
    }

    /// The encrypted container, if the message has files.
    pub fn container(&mut self) -> Result<Option<EntryReader<'_, R>>, TransportError> {
        Ok(self.archive.reader(ASIC)?)
    }
}
