//! Why a channel did not do what it was asked to do.

use std::time::Duration;

use store::blobs::BlobError;

/// Why a channel did not do what it was asked to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// It had no effect and may succeed later.
    #[error("not now: {reason}")]
    Temporary {
        /// What went wrong, without personal data.
        reason: String,
        /// Not before this much time has passed, if the channel says so.
        after: Option<Duration>,
    },
    /// It had no effect, and repeating it changes nothing.
    #[error("refused: {reason}")]
    Permanent {
        /// What went wrong, without personal data.
        reason: String,
    },
    /// It may have had its effect.
    #[error("the outcome is unknown: {reason}")]
    Unknown {
        /// What went wrong, without personal data.
        reason: String,
    },
}

impl TransportError {
    /// Had no effect, worth another try.
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over errors and new texts")]
    pub fn temporary(reason: impl ToString) -> Self {
        Self::Temporary { reason: reason.to_string(), after: None }
    }

    /// Had no effect, never will.
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over errors and new texts")]
    pub fn permanent(reason: impl ToString) -> Self {
        Self::Permanent { reason: reason.to_string() }
    }

    /// May have had its effect.
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over errors and new texts")]
    pub fn unknown(reason: impl ToString) -> Self {
        Self::Unknown { reason: reason.to_string() }
    }
}

impl From<BlobError> for TransportError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NotFound(_) | BlobError::Exists(_) => Self::permanent(error),
            BlobError::Full | BlobError::Unavailable { .. } | BlobError::Io(_) => Self::temporary(error),
        }
    }
}
