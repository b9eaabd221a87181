//! Channels to the outside: one trait, a folder for each channel.
//!
//! # Cast
//!
//! A [`Parcel`] is one message, packed, on its way out. An [`Arrival`] is one that waits for us
//! somewhere outside. A [`Transport`] moves both and knows nothing of inbox and outbox: bytes come
//! from and go to blobs, so nothing is ever whole in memory.
//!
//! # Promises
//!
//! - Sending is safe to repeat. A try that may have had its effect ends as
//!   [`TransportError::Unknown`]; the next one carries [`Parcel::in_doubt_since`], and the channel then
//!   looks for the earlier one before it sends again.
//! - An arrival is offered until it is confirmed, also after we crashed in the middle of fetching it.
//!   Confirm only what is stored; what is offered a second time is recognised by its message id.
//! - When to try again is the caller's business; a channel says only whether it is worth it.

mod channel;
pub mod dpo;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use store::blobs::{BlobError, BlobKey};
use types::{OrgNumber, Participant};
use uuid::Uuid;

use crate::registry::{ServiceIdentifier, ServiceRecord};

pub use channel::{MessageChannel, MessageChannelError};

/// One message, packed, on its way out.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Names this parcel alone, the same at every try. A message id for messages; statuses, which
    /// carry the id of the message they answer, need one of their own.
    pub id: Uuid,
    /// Who sends: the organization acted for, not the one that operates the system.
    pub sender: OrgNumber,
    /// Who shall have it.
    pub receiver: Participant,
    /// The message id in the envelope.
    pub message_id: Uuid,
    /// The conversation that the message belongs to.
    pub conversation_id: Uuid,
    /// The envelope (SBD) as JSON, for channels that carry it beside the package.
    pub envelope: Bytes,
    /// What is carried: for DPO the transport zip, envelope inside.
    pub package: Package,
    /// The installation it is meant for, where that is not any (statuses and receipts that answer a
    /// message with a foreign channel).
    pub channel: Option<MessageChannel>,
    /// How the receiver is reached, where that was looked up. Statuses go back unasked.
    pub route: Option<ServiceRecord>,
    /// When the first try began whose outcome nobody knows; `None` when there was no such try.
    pub in_doubt_since: Option<Timestamp>,
}

/// Bytes in the blob store; may be read as often as needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Where the bytes are.
    pub blob: BlobKey,
    /// How many there are.
    pub bytes: u64,
}

/// The channel has the parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What the channel calls it; for [`Transport::progress`] and for support.
    pub reference: String,
    /// How far it has come.
    pub progress: Progress,
}

/// How far a parcel has come within its channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The channel works on it (looks for malware, for instance); ask again.
    UnderWay,
    /// The receiver can fetch it, or has it.
    Available,
    /// The receiver has fetched and confirmed it.
    Confirmed,
    /// The channel gave it up, for this reason.
    Failed(String),
}

/// A parcel that waits for us outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// What the channel calls it.
    pub reference: String,
    /// Which of our organizations it is for.
    pub receiver: OrgNumber,
    /// Who sent it, as the channel says; the envelope inside must agree.
    pub sender: OrgNumber,
    /// When the channel got it.
    pub created: Timestamp,
    /// Its size in bytes, if known beforehand.
    pub bytes: Option<u64>,
    /// MD5 of its bytes in lower-case hexadecimal, if the channel knows it.
    pub checksum: Option<String>,
    /// Whether an earlier fetch was begun and never confirmed.
    pub begun_before: bool,
}

/// Some arrivals, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// The arrivals.
    pub arrivals: Vec<Arrival>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<Cursor>,
}

/// A place in the list of arrivals; opaque, good for one walk through the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub(crate) Timestamp);

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

/// A channel. Every channel has a lane of its own, named by [`Transport::service`].
#[async_trait]
pub trait Transport: Send + Sync {
    /// Which service records lead here.
    fn service(&self) -> ServiceIdentifier;

    /// The organizations whose arrivals can be asked for; empty for channels that only send.
    fn receivers(&self) -> Vec<OrgNumber>;

    /// The most bytes a package may have, if the channel has such a limit.
    fn largest_package(&self) -> Option<u64>;

    /// Hands a parcel over.
    async fn send(&self, parcel: &Parcel) -> Result<Sent, TransportError>;

    /// How far a parcel has come that [`Transport::send`] answered [`Progress::UnderWay`] for.
    async fn progress(&self, sender: OrgNumber, reference: &str) -> Result<Progress, TransportError>;

    /// One page of what waits for this organization, oldest first.
    async fn arrivals(&self, receiver: OrgNumber, from: Option<Cursor>) -> Result<Arrivals, TransportError>;

    /// Brings an arrival's bytes into a new blob and answers how many there were. Nothing is left
    /// behind when it fails.
    async fn fetch(&self, arrival: &Arrival, into: &BlobKey) -> Result<u64, TransportError>;

    /// Tells the channel that we have the arrival for good; it is not offered again. Confirming
    /// twice is no error.
    async fn confirm(&self, arrival: &Arrival) -> Result<(), TransportError>;
}
