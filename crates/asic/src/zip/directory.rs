//! Finding and reading an archive's directory, believing nothing in it.

use std::io::{Read, Seek, SeekFrom};

use super::{CENTRAL_HEADER, ENCRYPTED_FLAG, END, END_64, END_64_LOCATOR, ZIP64_EXTRA};
use crate::error::ZipError;
use crate::limits::Limits;

const END_SIZE: usize = 22;
const LOCATOR_SIZE: usize = 20;
const END_64_SIZE: usize = 56;
const CENTRAL_SIZE: usize = 46;
const MAX_COMMENT: usize = 0xFFFF;

/// Where the directory is, according to the records at the end of the file.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) entries: u64,
    pub(super) start: u64,
    pub(super) size: u64,
}

/// An entry as the directory describes it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
}

impl Directory {
    /// Looks for the end record in the last 64 KiB, the farthest that a comment can push it.
    pub(super) fn find<R: Read + Seek>(input: &mut R) -> Result<Self, ZipError> {
        let length = input.seek(SeekFrom::End(0))?;
        let tail_length = length.min((END_SIZE + MAX_COMMENT + LOCATOR_SIZE) as u64);
        let tail_start = length - tail_length;
        input.seek(SeekFrom::Start(tail_start))?;
        let mut tail = Vec::new();
        input.take(tail_length).read_to_end(&mut tail)?;

        let end = end_record(&tail).ok_or(ZipError::NoDirectory)?;
        let mut directory = Self::from_end(&tail[end..]);
        let mut directory_end = tail_start + end as u64;
        let locator = end.checked_sub(LOCATOR_SIZE).map(|at| &tail[at..end]);
        if let Some(locator) = locator.filter(|it| u32_at(it, 0) == END_64_LOCATOR) {
            directory_end = u64_at(locator, 8);
            directory = Self::from_end_64(input, directory_end, length)?;
        }
        if directory.start.checked_add(directory.size) != Some(directory_end) {
            return Err(ZipError::Inconsistent("its place and size do not lead to its end"));
        }
        if directory.entries > directory.size / CENTRAL_SIZE as u64 {
            return Err(ZipError::Inconsistent("it is too small for its number of entries"));
        }
        Ok(directory)
    }

    fn from_end(record: &[u8]) -> Self {
        Self {
            entries: u64::from(u16_at(record, 10)),
            size: u64::from(u32_at(record, 12)),
            start: u64::from(u32_at(record, 16)),
        }
    }

    fn from_end_64<R: Read + Seek>(input: &mut R, at: u64, length: u64) -> Result<Self, ZipError> {
        if at.checked_add(END_64_SIZE as u64).is_none_or(|end| end > length) {
            return Err(ZipError::Inconsistent("its 64-bit record lies outside"));
        }
        let mut record = [0; END_64_SIZE];
        input.seek(SeekFrom::Start(at))?;
        input.read_exact(&mut record)?;
        if u32_at(&record, 0) != END_64 {
            return Err(ZipError::Inconsistent("its 64-bit record is missing"));
        }
        Ok(Self { entries: u64_at(&record, 32), size: u64_at(&record, 40), start: u64_at(&record, 48) })
    }

    /// Reads all entries, in the order they are listed.
    pub(super) fn read<R: Read + Seek>(
        &self,
        input: &mut R,
        limits: &Limits,
    ) -> Result<Vec<Listed>, ZipError> {
        if self.entries > limits.entries {
            let (entries, limit) = (self.entries, limits.entries);
            return Err(ZipError::TooManyEntries { entries, limit });
        }
        if self.size > limits.metadata_bytes {
            return Err(ZipError::TooLarge { size: self.size, limit: limits.metadata_bytes });
        }
        input.seek(SeekFrom::Start(self.start))?;
        let mut bytes = Vec::new();
        input.take(self.size).read_to_end(&mut bytes)?;
        let mut rest = &bytes[..];
        let mut listed = Vec::new();
        while !rest.is_empty() {
            let (entry, after) = Listed::parse(rest)?;
            listed.push(entry);
            rest = after;
        }
        if listed.len() as u64 != self.entries {
            return Err(ZipError::Inconsistent("it lists another number of entries"));
        }
        Ok(listed)
    }
}

impl Listed {
    fn parse(bytes: &[u8]) -> Result<(Self, &[u8]), ZipError> {
        let broken = || ZipError::Inconsistent("an entry in it is broken");
        let (header, rest) = bytes.split_at_checked(CENTRAL_SIZE).ok_or_else(broken)?;
        if u32_at(header, 0) != CENTRAL_HEADER {
            return Err(broken());
        }
        let length = |at| usize::from(u16_at(header, at));
        let (name, rest) = rest.split_at_checked(length(28)).ok_or_else(broken)?;
        let (extra, rest) = rest.split_at_checked(length(30)).ok_or_else(broken)?;
        let (_comment, rest) = rest.split_at_checked(length(32)).ok_or_else(broken)?;
        let name = str::from_utf8(name).map_err(|_| ZipError::NameNotUtf8)?.to_owned();
        if u16_at(header, 8) & ENCRYPTED_FLAG != 0 {
            return Err(ZipError::Encrypted(name));
        }
        let mut wide = zip64_fields(extra);
        let mut field = |at| match u32_at(header, at) {
            u32::MAX => wide.next().ok_or_else(broken),
            value => Ok(u64::from(value)),
        };
        // the order in the extra field is size, packed size, offset (APPNOTE 4.5.3)
        let (size, packed, offset) = (field(24)?, field(20)?, field(42)?);
        let (method, crc) = (u16_at(header, 10), u32_at(header, 16));
        Ok((Self { name, method, crc, packed, size, offset }, rest))
    }
}

/// The values in the 64-bit extra field, if there is one.
fn zip64_fields(mut extra: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let mut found: &[u8] = &[];
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let Some((data, rest)) = rest.split_at_checked(usize::from(u16_at(head, 2))) else { break };
        if u16_at(head, 0) == ZIP64_EXTRA {
            found = data;
            break;
        }
        extra = rest;
    }
    found.chunks_exact(8).map(|field| u64_at(field, 0))
}

/// The last end record whose comment reaches exactly to the end of the file.
fn end_record(tail: &[u8]) -> Option<usize> {
    (0..=tail.len().checked_sub(END_SIZE)?).rev().find(|at| {
        let record = &tail[*at..];
        u32_at(record, 0) == END && record.len() == END_SIZE + usize::from(u16_at(record, 20))
    })
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
