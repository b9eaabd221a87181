//! Copies of everything: backups of the embedded shape, and the move between engines.
//!
//! # Backups
//!
//! [`back_up`] works beside a running server. It holds removals of blobs
//! ([`Hold`](crate::blobs::Hold)), takes a snapshot of the database in one read transaction, copies
//! the snapshot, then every blob, then whatever else lies in the data directory. A blob is written
//! before the row that names it and cannot vanish while it is held, so every row of the snapshot finds
//! its blobs in the copy. Blobs that came after the snapshot may be there too; no row names them, and
//! the sweep takes them after a restore.
//!
//! A backup is a folder:
//!
//! ```text
//! manifest.json    what it is; written last, so a backup without one was cut short
//! SHA256SUMS       one line for each file, as `sha256sum --check` reads it
//! data/            the data directory: budstikke.db, blobs/, identity/, password, …
//! ```
//!
//! [`restore`] builds `restoring/` inside the data directory, checks every byte on its way, and moves
//! the whole up when all is there. [`DataDir::open`](crate::DataDir::open) refuses a directory with
//! `restoring/` in it, so a restore that was cut short is never served.

mod backup;
mod error;
mod files;
mod manifest;
pub mod moving;
mod restore;
mod snapshot;

pub use backup::{Made, back_up, verify};
pub use error::CopyError;
pub use manifest::Manifest;
pub use restore::restore;

/// The database's file in a data directory.
pub const DATABASE: &str = "budstikke.db";
/// The folder for blobs in a data directory.
pub const BLOBS: &str = "blobs";

/// How far a copy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// Bytes done.
    pub done: u64,
    /// Bytes to do.
    pub of: u64,
}

/// The parts of making, checking and taking back a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Copying the database.
    Database,
    /// Copying all other files.
    Files,
    /// Reading a backup again.
    Verify,
    /// Building a data directory.
    Restore,
}

/// Where progress is told.
pub type Tell<'a> = &'a mut dyn FnMut(Progress);
