//! Reading an archive: every entry is checked against the limits and its neighbours before any
//! is opened, and against its checksum while it is read.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use crc32fast::Hasher;
use flate2::bufread::DeflateDecoder;

use super::directory::{Directory, Listed, u16_at, u32_at};
use super::{DEFLATED, LOCAL_HEADER, STORED};
use crate::error::ZipError;
use crate::limits::Limits;
use crate::name;

const LOCAL_SIZE: usize = 30;
const BUFFER: usize = 64 * 1024;
/// So small that no ratio makes a bomb of it.
const HARMLESS: u64 = 1024 * 1024;

/// An entry of an archive.
#[derive(Debug)]
pub struct Entry {
    name: String,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    offset: u64,
    /// Where the content begins.
    content: u64,
}

impl Entry {
    /// The entry's name: relative, without `..`, with `/` between folders.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes after unpacking.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether it is the first thing in the file.
    pub(crate) fn is_first(&self) -> bool {
        self.offset == 0
    }

    /// Where the entry's last byte of content lies, one past it.
    fn end(&self) -> Option<u64> {
        self.content.checked_add(self.packed)
    }
}

/// An archive whose directory, names and sizes have been checked.
#[derive(Debug)]
pub struct Archive<R> {
    input: R,
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
    limits: Limits,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the directory and checks it.
    pub fn open(mut input: R, limits: &Limits) -> Result<Self, ZipError> {
        let directory = Directory::find(&mut input)?;
        let listed = directory.read(&mut input, limits)?;
        let mut entries = Vec::with_capacity(listed.len());
        let mut by_name = HashMap::with_capacity(listed.len());
        let mut total = 0_u64;
        for entry in listed {
            check(&entry, limits)?;
            total = total.saturating_add(entry.size);
            if total > limits.total_bytes {
                return Err(ZipError::TooLarge { size: total, limit: limits.total_bytes });
            }
            if by_name.insert(entry.name.clone(), entries.len()).is_some() {
                return Err(ZipError::Duplicate(entry.name));
            }
            entries.push(locate(&mut input, entry, directory.start)?);
        }
        no_overlaps(&entries, directory.start)?;
        Ok(Self { input, entries, by_name, limits: *limits })
    }

    /// All entries, in the order they are listed.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of this name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).map(|index| &self.entries[*index])
    }

    /// A reader of an entry's content; `None` when there is no such entry.
    pub fn reader(&mut self, name: &str) -> Result<Option<EntryReader<'_, R>>, ZipError> {
        let Some(index) = self.by_name.get(name) else { return Ok(None) };
        let entry = &self.entries[*index];
        self.input.seek(SeekFrom::Start(entry.content))?;
        let packed = BufReader::with_capacity(BUFFER, (&mut self.input).take(entry.packed));
        let content = match entry.method {
            STORED => Content::Stored(packed),
            _ => Content::Deflated(Box::new(DeflateDecoder::new(packed))),
        };
        Ok(Some(EntryReader { content, crc: Hasher::new(), left: entry.size, done: false, entry }))
    }

    /// A small entry's whole content; `None` when there is no such entry.
    pub fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, ZipError> {
        let limit = self.limits.metadata_bytes;
        let Some(mut reader) = self.reader(name)? else { return Ok(None) };
        let size = reader.entry.size;
        if size > limit {
            return Err(ZipError::EntryTooLarge { name: name.to_owned(), size, limit });
        }
        let mut content = Vec::new();
        reader.read_to_end(&mut content)?;
        Ok(Some(content))
    }

    /// The input.
    pub fn into_inner(self) -> R {
        self.input
    }
}

fn check(entry: &Listed, limits: &Limits) -> Result<(), ZipError> {
    let name = || entry.name.clone();
    name::check(&entry.name).map_err(|reason| ZipError::Name { name: name(), reason })?;
    if !matches!(entry.method, STORED | DEFLATED) {
        return Err(ZipError::Method { name: name(), method: entry.method });
    }
    if entry.method == STORED && entry.packed != entry.size {
        return Err(ZipError::Damaged(name()));
    }
    let allowed = entry.packed.saturating_mul(limits.ratio).max(HARMLESS);
    if entry.size > allowed {
        return Err(ZipError::Ratio { name: name(), limit: limits.ratio });
    }
    Ok(())
}

/// Reads the header in front of the content, which tells where the content begins.
fn locate<R: Read + Seek>(input: &mut R, listed: Listed, end: u64) -> Result<Entry, ZipError> {
    let Listed { name, method, crc, packed, size, offset } = listed;
    if offset.checked_add(LOCAL_SIZE as u64).is_none_or(|content| content > end) {
        return Err(ZipError::Inconsistent("an entry lies outside"));
    }
    input.seek(SeekFrom::Start(offset))?;
    let mut header = [0; LOCAL_SIZE];
    input.read_exact(&mut header)?;
    let (name_length, extra_length) = (u16_at(&header, 26), u16_at(&header, 28));
    let mut local_name = vec![0; usize::from(name_length)];
    input.read_exact(&mut local_name)?;
    let same =
        u32_at(&header, 0) == LOCAL_HEADER && u16_at(&header, 8) == method && local_name == name.as_bytes();
    if !same {
        return Err(ZipError::HeaderMismatch(name));
    }
    let content = offset + LOCAL_SIZE as u64 + u64::from(name_length) + u64::from(extra_length);
    Ok(Entry { name, method, crc, packed, size, offset, content })
}

/// Entries that share bytes make a small file unpack to anything.
fn no_overlaps(entries: &[Entry], directory_start: u64) -> Result<(), ZipError> {
    let mut order: Vec<&Entry> = entries.iter().collect();
    order.sort_unstable_by_key(|entry| entry.offset);
    let starts = order.iter().skip(1).map(|entry| entry.offset).chain([directory_start]);
    for (entry, next) in order.iter().zip(starts) {
        if entry.end().is_none_or(|end| end > next) {
            return Err(ZipError::Overlap(entry.name.clone()));
        }
    }
    Ok(())
}

enum Content<'a, R> {
    Stored(BufReader<Take<&'a mut R>>),
    Deflated(Box<DeflateDecoder<BufReader<Take<&'a mut R>>>>),
}

/// Reads one entry, and fails at its end at the latest when it is not what the directory says.
/// The failure is a [`ZipError`] inside the [`io::Error`].
pub struct EntryReader<'a, R> {
    content: Content<'a, R>,
    entry: &'a Entry,
    crc: Hasher,
    left: u64,
    done: bool,
}

impl<R: Read> EntryReader<'_, R> {
    fn damaged(&self) -> io::Error {
        io::Error::other(ZipError::Damaged(self.entry.name.clone()))
    }

    fn unpack(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = match &mut self.content {
            Content::Stored(packed) => packed.read(buffer),
            Content::Deflated(decoder) => decoder.read(buffer),
        };
        result.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                self.damaged()
            }
            _ => error,
        })
    }

    /// Checks that nothing more comes and that the checksum fits.
    fn end(&mut self) -> io::Result<()> {
        let more = self.unpack(&mut [0])? > 0;
        let crc = std::mem::take(&mut self.crc).finalize();
        if more || crc != self.entry.crc {
            return Err(self.damaged());
        }
        self.done = true;
        Ok(())
    }
}

impl<R: Read> Read for EntryReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.done || buffer.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            self.end()?;
            return Ok(0);
        }
        let wanted = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let count = self.unpack(&mut buffer[..wanted])?;
        if count == 0 {
            return Err(self.damaged());
        }
        self.crc.update(&buffer[..count]);
        self.left -= count as u64;
        Ok(count)
    }
}
