//! Zip archives, written as a stream and read by position.
//!
//! We write our own because Java's streaming reader is strict and the `zip` crate's streaming
//! writer is not: it puts a data descriptor after stored entries, which that reader refuses, and
//! it must be told beforehand whether an entry will exceed 4 GiB, which we do not know (both are
//! held in `tests/it/zip_crate.rs`). Ours writes
//!
//! - small known content stored, with sizes and checksum in the header, no extra field;
//! - streamed content deflated, with a data descriptor of 32-bit sizes, and of 64-bit sizes only
//!   when the content really exceeded them;
//! - content that does not shrink as deflate's stored blocks, which costs five bytes per 64 KiB
//!   and is still "deflated" to every reader.
//!
//! We read our own because the `zip` crate folds entries of the same name into one before anybody
//! can object, and because every limit is to be checked before memory is spent.
//!
//! Format: PKWARE APPNOTE 6.3.10.

mod central;
mod directory;
mod read;
mod write;

pub use read::{Archive, Entry, EntryReader};
pub(crate) use write::{Deflation, OpenEntry, StreamError, ZipWriter, fill};

const LOCAL_HEADER: u32 = 0x0403_4B50;
const DESCRIPTOR: u32 = 0x0807_4B50;
const CENTRAL_HEADER: u32 = 0x0201_4B50;
const END: u32 = 0x0605_4B50;
const END_64: u32 = 0x0606_4B50;
const END_64_LOCATOR: u32 = 0x0706_4B50;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ENCRYPTED_FLAG: u16 = 1;
const DESCRIPTOR_FLAG: u16 = 1 << 3;
const UTF8_FLAG: u16 = 1 << 11;
/// The extra field that holds 64-bit sizes and offsets.
const ZIP64_EXTRA: u16 = 1;
/// 1980-01-01 00:00, the first moment a zip can express: containers depend on no clock.
const DOS_DATE: u16 = 0x0021;
