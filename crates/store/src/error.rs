//! What can go wrong in the store.

use rusqlite::ErrorCode;

/// The usual result of a storage function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the store could not do what it was asked to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A query that must find exactly one row found none.
    #[error("the row is not there")]
    NotFound,
    /// A row with the same key exists already.
    #[error("a row with the same key exists already ({0})")]
    Duplicate(String),
    /// A row that others point at, or that points at nobody.
    #[error("the row refers to one that is not there, or is referred to ({0})")]
    Reference(String),
    /// The disk, or the size the database may have, is used up.
    #[error("no room left for the database; free disk space, and the next request goes through")]
    Full,
    /// The database file may not be written.
    #[error("the database cannot be written: {0}")]
    ReadOnly(String),
    /// A column holds something its type does not allow.
    #[error("column {column} holds {found}, not {wanted}")]
    Column {
        /// The column's name or number.
        column: String,
        /// What the reading side asked for.
        wanted: &'static str,
        /// What the database had.
        found: String,
    },
    /// Another piece of work in the same commit broke the whole commit; nothing was kept.
    #[error("nothing was kept: the commit this belonged to failed ({0})")]
    NotCommitted(String),
    /// The database cannot be reached, or is too busy to answer in time; nothing was kept.
    #[error("the database cannot be reached or does not answer in time: {0}")]
    Unavailable(String),
    /// The work may or may not be on disk; look for its key before repeating it.
    #[error("it is not known whether the commit happened")]
    OutcomeUnknown,
    /// The function given to the store panicked; its changes were taken back.
    #[error("the work panicked; its changes were taken back")]
    Panicked,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The database was made by a newer or a different version.
    #[error("{0}")]
    History(String),
    /// Anything else the database said.
    #[error("the database said: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The address of the database, or what belongs to it, cannot be used.
    #[error("{0}")]
    Configuration(String),
}

impl Error {
    /// Whether trying the same again later may help without anybody changing the request.
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Full
                | Self::ReadOnly(_)
                | Self::NotCommitted(_)
                | Self::Unavailable(_)
                | Self::OutcomeUnknown
                | Self::Closed
        )
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return match error {
                rusqlite::Error::QueryReturnedNoRows => Self::NotFound,
                other => Self::Database(other.into()),
            };
        };
        let text = message.clone().unwrap_or_else(|| failure.to_string());
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => Self::ReadOnly(text),
            ErrorCode::ConstraintViolation => constraint(failure.extended_code, text),
            _ => Self::Database(error.into()),
        }
    }
}

fn constraint(extended: i32, text: String) -> Error {
    use rusqlite::ffi::{
        SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE,
    };
    match extended {
        SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY => Error::Duplicate(text),
        SQLITE_CONSTRAINT_FOREIGNKEY => Error::Reference(text),
        _ => Error::NotCommitted(text),
    }
}
