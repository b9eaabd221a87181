//! What can stand in a move's way.

use std::path::PathBuf;

use super::Fingerprint;
use crate::DataDirError;
use crate::blobs::{BlobError, BlobKey};

/// Why a move was not made, or not finished. The source is as it was in every case.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The source has no database.
    #[error("there is no database in {0}; is that the data directory?")]
    NoDatabase(PathBuf),
    /// A directory is somebody else's, or cannot be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// Nodes are at work in a database.
    #[error("{count} other sessions of budstikke are connected to {place} ({names}); stop those nodes first")]
    InUse {
        /// Which side.
        place: &'static str,
        /// How many.
        count: usize,
        /// What they call themselves.
        names: String,
    },
    /// Another move goes to the same target.
    #[error("another move into the same database is going on")]
    Moving,
    /// Source and target are the same.
    #[error("source and target are the same database")]
    SameDatabase,
    /// The source is itself a half-made copy.
    #[error("the source is a move that was cut short, and not whole")]
    HalfMovedSource,
    /// The target holds the beginning of a move from somewhere else.
    #[error("the target holds the beginning of a move from another source; empty it, or name that source")]
    OtherMove,
    /// The target has rows of its own.
    #[error("the target is not empty: there are rows in {0}; name a new database, or an empty one")]
    NotEmpty(String),
    /// One side has a migration that the other has not.
    #[error(
        "source and target have different schemas: {name} is only in the {only}; start this version of \
         budstikke once on the source, so that it brings it up to date, stop it and move again"
    )]
    Migrations {
        /// The migration.
        name: String,
        /// The side that has it.
        only: &'static str,
    },
    /// A table is not the same on both sides.
    #[error("table {table} is not the same on both sides: {what}")]
    Schema {
        /// The table.
        table: String,
        /// What differs.
        what: String,
    },
    /// PostgreSQL keeps no NUL in text.
    #[error(
        "column {column} of {table} has a NUL character (U+0000) in the row with key {key}; PostgreSQL cannot keep it"
    )]
    Nul {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The row's primary key.
        key: String,
    },
    /// The copy is not what the source is.
    #[error(
        "table {table} is not equal on both sides (source: {here}; target: {there}); has the source been \
         in use since the move began? Empty the target and move again"
    )]
    Different {
        /// The table.
        table: String,
        /// What the source holds.
        here: Fingerprint,
        /// What the target holds.
        there: Fingerprint,
    },
    /// A key in the target has other bytes than in the source.
    #[error("the blob {key} is in the target already, with {found} bytes instead of {wanted}")]
    OtherBlob {
        /// The blob.
        key: BlobKey,
        /// Bytes in the target.
        found: u64,
        /// Bytes in the source.
        wanted: u64,
    },
    /// What a database said.
    #[error(transparent)]
    Store(#[from] crate::Error),
    /// What a place for blobs said.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl From<rusqlite::Error> for MoveError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
