//! Writing an archive front to back.

use std::io::{self, Read, Write};

use crc32fast::Hasher;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::central::{FULL_32, Written, field_32, version};
use super::{
    DEFLATED, DESCRIPTOR, DESCRIPTOR_FLAG, DOS_DATE, END, END_64, END_64_LOCATOR, LOCAL_HEADER, STORED,
    UTF8_FLAG,
};
use crate::error::ZipError;

/// Content read at a time: large, so that hashing and compressing run at full speed.
const CHUNK: usize = 256 * 1024;
/// The largest block that deflate can store.
const STORED_BLOCK: usize = 0xFFFF;

/// How streamed content is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deflation {
    /// For content that does not shrink: deflate's stored blocks.
    Blocks,
    /// Deflate at its fastest level.
    Fast,
}

/// Writes an archive to an output that cannot seek.
pub(crate) struct ZipWriter<W> {
    out: Counted<W>,
    entries: Vec<Written>,
    buffer: Vec<u8>,
}

impl<W: Write> ZipWriter<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out: Counted { out, count: 0 }, entries: Vec::new(), buffer: vec![0; CHUNK] }
    }

    /// Writes small content as it is.
    pub(crate) fn store(
        &mut self,
        name: &str,
        content: &[u8],
        comment: &'static str,
    ) -> Result<(), ZipError> {
        let size = u32::try_from(content.len()).map_err(|_| too_large_to_store(name, content))?;
        let crc = crc32fast::hash(content);
        let offset = self.out.count;
        self.local_header(name, STORED, UTF8_FLAG, (crc, size))?;
        self.out.write_all(content)?;
        let (packed, size) = (u64::from(size), u64::from(size));
        let name = name.to_owned();
        let flags = UTF8_FLAG;
        let written = Written { name, comment, method: STORED, flags, crc, packed, size, offset };
        self.entries.push(written);
        Ok(())
    }

    /// Writes content as it is read, and shows every piece of it to `seen` on the way. Gives the
    /// content's size.
    pub(crate) fn stream(
        &mut self,
        name: &str,
        mut content: impl Read,
        deflation: Deflation,
        mut seen: impl FnMut(&[u8]),
    ) -> Result<u64, StreamError> {
        let offset = self.begin(name)?;
        let mut body = Body::new(&mut self.out, deflation);
        let (mut crc, mut size) = (Hasher::new(), 0);
        loop {
            let filled = fill(&mut content, &mut self.buffer).map_err(StreamError::Content)?;
            let piece = &self.buffer[..filled];
            seen(piece);
            crc.update(piece);
            body.write(piece).map_err(ZipError::from)?;
            size += filled as u64;
            if filled < self.buffer.len() {
                break;
            }
        }
        body.finish().map_err(ZipError::from)?;
        self.end(name, offset, crc.finalize(), size)?;
        Ok(size)
    }

    /// Begins an entry whose content the caller writes.
    pub(crate) fn entry(mut self, name: &str) -> Result<OpenEntry<W>, ZipError> {
        let offset = self.begin(name)?;
        Ok(OpenEntry { zip: self, name: name.to_owned(), offset, crc: Hasher::new(), size: 0 })
    }

    fn begin(&mut self, name: &str) -> Result<u64, ZipError> {
        let offset = self.out.count;
        self.local_header(name, DEFLATED, UTF8_FLAG | DESCRIPTOR_FLAG, (0, 0))?;
        Ok(offset)
    }

    /// Writes the data descriptor. Java reads 64-bit sizes exactly when one exceeds 32 bits.
    fn end(&mut self, name: &str, offset: u64, crc: u32, size: u64) -> Result<(), ZipError> {
        let packed = self.out.count - offset - 30 - name.len() as u64;
        let mut descriptor = Vec::with_capacity(24);
        descriptor.extend(DESCRIPTOR.to_le_bytes());
        descriptor.extend(crc.to_le_bytes());
        if let (Ok(packed), Ok(size)) = (u32::try_from(packed), u32::try_from(size)) {
            descriptor.extend(packed.to_le_bytes());
            descriptor.extend(size.to_le_bytes());
        } else {
            descriptor.extend(packed.to_le_bytes());
            descriptor.extend(size.to_le_bytes());
        }
        self.out.write_all(&descriptor)?;
        let name = name.to_owned();
        let (method, flags) = (DEFLATED, UTF8_FLAG | DESCRIPTOR_FLAG);
        self.entries.push(Written { name, comment: "", method, flags, crc, packed, size, offset });
        Ok(())
    }

    fn local_header(
        &mut self,
        name: &str,
        method: u16,
        flags: u16,
        (crc, size): (u32, u32),
    ) -> Result<(), ZipError> {
        let name_length = u16::try_from(name.len()).map_err(|_| ZipError::NameTooLong)?;
        let mut header = Vec::with_capacity(30 + name.len());
        header.extend(LOCAL_HEADER.to_le_bytes());
        for field in [version(method), flags, method, 0, DOS_DATE] {
            header.extend(field.to_le_bytes());
        }
        for field in [crc, size, size] {
            header.extend(field.to_le_bytes());
        }
        header.extend(name_length.to_le_bytes());
        header.extend([0; 2]);
        header.extend(name.as_bytes());
        Ok(self.out.write_all(&header)?)
    }

    /// Writes the directory and gives the output back, with the archive's size in bytes.
    pub(crate) fn finish(mut self, comment: &'static str) -> Result<(W, u64), ZipError> {
        let start = self.out.count;
        for entry in &self.entries {
            self.out.write_all(&entry.central_header())?;
        }
        let end = self.end_of_directory(start, comment);
        self.out.write_all(&end)?;
        self.out.flush()?;
        Ok((self.out.out, self.out.count))
    }

    fn end_of_directory(&self, start: u64, comment: &'static str) -> Vec<u8> {
        let (count, size) = (self.entries.len() as u64, self.out.count - start);
        let mut end = Vec::with_capacity(98 + comment.len());
        if count >= 0xFFFF || start >= FULL_32 || size >= FULL_32 {
            end.extend(END_64.to_le_bytes());
            end.extend(44_u64.to_le_bytes());
            end.extend([45_u16, 45].map(u16::to_le_bytes).concat());
            end.extend([0; 8]);
            end.extend([count, count, size, start].map(u64::to_le_bytes).concat());
            end.extend(END_64_LOCATOR.to_le_bytes());
            end.extend(0_u32.to_le_bytes());
            end.extend(self.out.count.to_le_bytes());
            end.extend(1_u32.to_le_bytes());
        }
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        let comment_length = u16::try_from(comment.len()).unwrap_or(0);
        end.extend(END.to_le_bytes());
        end.extend([0, 0, count, count].map(u16::to_le_bytes).concat());
        end.extend([size, start].map(|field| field_32(field).to_le_bytes()).concat());
        end.extend(comment_length.to_le_bytes());
        end.extend(&comment.as_bytes()[..usize::from(comment_length)]);
        end
    }
}

fn too_large_to_store(name: &str, content: &[u8]) -> ZipError {
    let (name, size) = (name.to_owned(), content.len() as u64);
    ZipError::EntryTooLarge { name, size, limit: FULL_32 }
}

/// Which side of a copy failed.
pub(crate) enum StreamError {
    /// The content could not be read.
    Content(io::Error),
    /// The archive could not be written.
    Zip(ZipError),
}

impl From<ZipError> for StreamError {
    fn from(error: ZipError) -> Self {
        Self::Zip(error)
    }
}

/// Reads until the buffer is full or the content ends.
pub(crate) fn fill(content: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match content.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// An entry being written by the caller, in deflate's stored blocks.
pub(crate) struct OpenEntry<W> {
    zip: ZipWriter<W>,
    name: String,
    offset: u64,
    crc: Hasher,
    size: u64,
}

impl<W: Write> OpenEntry<W> {
    /// Ends the entry.
    pub(crate) fn finish(mut self) -> Result<ZipWriter<W>, ZipError> {
        self.zip.out.write_all(&LAST_BLOCK)?;
        self.zip.end(&self.name, self.offset, self.crc.finalize(), self.size)?;
        Ok(self.zip)
    }
}

impl<W: Write> Write for OpenEntry<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        write_blocks(&mut self.zip.out, piece)?;
        self.crc.update(piece);
        self.size += piece.len() as u64;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zip.out.flush()
    }
}

/// The packed form of one entry.
enum Body<'a, W: Write> {
    Blocks(&'a mut W),
    Fast(DeflateEncoder<&'a mut W>),
}

/// An empty stored block that is the last one.
const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xFF, 0xFF];

impl<'a, W: Write> Body<'a, W> {
    fn new(out: &'a mut W, deflation: Deflation) -> Self {
        match deflation {
            Deflation::Blocks => Self::Blocks(out),
            Deflation::Fast => Self::Fast(DeflateEncoder::new(out, Compression::fast())),
        }
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Self::Blocks(out) => write_blocks(out, piece),
            Self::Fast(encoder) => encoder.write_all(piece),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Blocks(out) => out.write_all(&LAST_BLOCK),
            Self::Fast(encoder) => encoder.finish().map(drop),
        }
    }
}

/// Deflate's stored blocks (RFC 1951 section 3.2.4), none of them the last.
fn write_blocks(out: &mut impl Write, piece: &[u8]) -> io::Result<()> {
    for block in piece.chunks(STORED_BLOCK) {
        // a block has at most 65535 bytes
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        let [low, high] = length.to_le_bytes();
        out.write_all(&[0, low, high, !low, !high])?;
        out.write_all(block)?;
    }
    Ok(())
}

/// Counts what goes through.
struct Counted<W> {
    out: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
