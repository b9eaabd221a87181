//! How much room there is.

use std::io;
use std::path::Path;

/// Room on a file system, in bytes.
pub(crate) struct Room {
    pub(crate) total: u64,
    /// What is left for us.
    pub(crate) free: u64,
}

/// The room where a folder lies.
pub(crate) fn room(folder: &Path) -> io::Result<Room> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(Room {
        total: found.f_blocks.saturating_mul(found.f_frsize),
        free: found.f_bavail.saturating_mul(found.f_frsize),
    })
}
