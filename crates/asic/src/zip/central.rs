//! What the directory at an archive's end says of each entry.

use super::{CENTRAL_HEADER, DOS_DATE, STORED, ZIP64_EXTRA};

/// The largest value of a 32-bit field; from here on the field says "look in the 64-bit one".
pub(super) const FULL_32: u64 = 0xFFFF_FFFF;
/// "Version made by": Info-ZIP takes names from elsewhere to be in a code page of their own,
/// whatever the UTF-8 flag says.
const MADE_ON_UNIX: u16 = 3 << 8;
/// What an archive from Unix says of a file that its owner writes and everybody reads.
const ORDINARY_FILE: u32 = 0o100_644;

/// What is remembered of an entry for the directory at the end.
pub(super) struct Written {
    pub(super) name: String,
    pub(super) comment: &'static str,
    pub(super) method: u16,
    pub(super) flags: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
}

impl Written {
    /// Its line in the directory.
    pub(super) fn central_header(&self) -> Vec<u8> {
        let mut extra = Vec::new();
        for field in [self.size, self.packed, self.offset] {
            if field >= FULL_32 {
                extra.extend(field.to_le_bytes());
            }
        }
        if !extra.is_empty() {
            // eight bytes for each of three fields at most
            let length = u16::try_from(extra.len()).unwrap_or(24);
            extra.splice(0..0, [ZIP64_EXTRA, length].map(u16::to_le_bytes).concat());
        }
        let version = if extra.is_empty() { version(self.method) } else { 45 };
        let lengths = [self.name.len(), extra.len(), self.comment.len()];
        let mut header = Vec::with_capacity(46 + lengths.iter().sum::<usize>());
        header.extend(CENTRAL_HEADER.to_le_bytes());
        for field in [MADE_ON_UNIX | version, version, self.flags, self.method, 0, DOS_DATE] {
            header.extend(field.to_le_bytes());
        }
        for field in [self.crc, field_32(self.packed), field_32(self.size)] {
            header.extend(field.to_le_bytes());
        }
        for length in lengths {
            header.extend(u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes());
        }
        header.extend([0; 4]);
        header.extend((ORDINARY_FILE << 16).to_le_bytes());
        header.extend(field_32(self.offset).to_le_bytes());
        header.extend(self.name.as_bytes());
        header.extend(extra);
        header.extend(self.comment.as_bytes());
        header
    }
}

/// Version needed to extract.
pub(super) fn version(method: u16) -> u16 {
    if method == STORED { 10 } else { 20 }
}

/// A 64-bit value in a 32-bit field, full when it does not fit.
pub(super) fn field_32(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
