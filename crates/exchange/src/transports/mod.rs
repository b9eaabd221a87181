//! Channels to the outside: one trait, a folder for each channel.
//!
//! # Cast
//!
//! A [`Parcel`] is one message on its way out, packed as its channel wants it. An [`Arrival`] is one that
//! waits for us somewhere outside. [`News`] is what a channel says about a message we sent. A
//! [`Transport`] moves all three and knows nothing of inbox, outbox and statuses: bytes come from and go
//! to blobs and files, so nothing is ever whole in memory.
//!
//! # Who does what
//!
//! | step | the channel | everybody else |
//! |---|---|---|
//! | a message is created, and again before it is sent | [`Transport::plan`]: how it is packed, or that it never goes, or that nothing needs to be sent | asks, packs (`packaging`) |
//! | it is sent | [`Transport::send`]: reference, statuses that are known at once, and how to go on watching | ledger, retries, commit |
//! | it is under way | [`Transport::statuses`]: what is known of these | when to ask (`tracking`), commit |
//! | somebody answers | [`Transport::receipts`], [`Transport::settle`] after the commit | finds the message, commit |
//! | something comes in | [`Transport::arrivals`], [`Transport::fetch`], then [`Transport::confirm`] or [`Transport::refuse`] | opens, verifies, commit |
//! | its sender is told | [`Transport::send`], where [`Transport::plan`] takes statuses | writes the status |
//!
//! # Promises
//!
//! - Sending is safe to repeat. A try that may have had its effect ends as
//!   [`TransportError::Unknown`]; the next one carries [`Parcel::in_doubt_since`], and the channel then
//!   looks for the earlier one before it sends again.
//! - An arrival is offered until it is confirmed, also after we crashed in the middle of fetching it.
//!   Confirm only what is stored; what is offered a second time is recognised by its message id. The same
//!   holds for a receipt and [`Transport::settle`].
//! - News may be told twice and in any order: a status is recorded once for each message.
//! - When to try again, and when to ask again, is the caller's business; a channel says only whether it is
//!   worth it.

mod arrival;
mod channel;
pub mod dpo;
mod error;
pub mod folder;
mod health;
mod news;
mod parcel;

use async_trait::async_trait;
use store::blobs::BlobKey;
use types::OrgNumber;

use crate::registry::ServiceIdentifier;
use crate::statuses::Status;

pub use arrival::{Arrival, Arrivals, Cursor, Fetched, Loose, Source};
pub use channel::{MessageChannel, MessageChannelError};
pub use error::TransportError;
pub use news::{About, Health, News, Receipt, Sent, Sighting, Watch, Watched};
pub use parcel::{BlobSource, Outline, Package, Packing, Parcel, Plan, Refusal};

/// What follows at once where a receipt is not sent because its channel has none.
pub(crate) const TOLD_AT_ONCE: [Status; 3] = [Status::Sendt, Status::Levert, Status::Lest];

/// Whether a channel has nothing that could carry receipts to its receivers.
pub(crate) const fn swallows_receipts(service: ServiceIdentifier) -> bool {
    matches!(service, ServiceIdentifier::Dpv | ServiceIdentifier::Dpf)
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

    /// What is to be done with such a message. Asked when it is created (its files are not known yet),
    /// and again before it is sent; also about statuses that go back to the sender of an arrival, where
    /// [`Plan::Settled`] means that the channel carries none. Pure: looks at nothing outside.
    fn plan(&self, outline: &Outline<'_>) -> Result<Plan, Refusal>;

    /// Hands a parcel over.
    async fn send(&self, parcel: &Parcel) -> Result<Sent, TransportError>;

    /// What is known about parcels for which [`Transport::send`] asked to be watched. Those of which
    /// nothing new is known may be left out.
    async fn statuses(&self, watched: &[Watched]) -> Result<Vec<Sighting>, TransportError>;

    /// Answers that wait for us, oldest first; for channels where answers come by themselves.
    async fn receipts(&self) -> Result<Vec<Receipt>, TransportError> {
        Ok(Vec::new())
    }

    /// Tells the channel that a receipt is recorded; it is not offered again. Settling twice is no error.
    async fn settle(&self, _receipt: &Receipt) -> Result<(), TransportError> {
        Ok(())
    }

    /// One page of what waits for this organization, oldest first.
    async fn arrivals(&self, receiver: OrgNumber, from: Option<Cursor>) -> Result<Arrivals, TransportError>;

    /// Brings an arrival here; `into` is a new blob for its bytes. Nothing is left behind when it fails.
    async fn fetch(&self, arrival: &Arrival, into: &BlobKey) -> Result<Fetched, TransportError>;

    /// Tells the channel that we have the arrival for good; it is not offered again. Confirming
    /// twice is no error.
    async fn confirm(&self, arrival: &Arrival) -> Result<(), TransportError>;

    /// Tells the channel that we shall never take the arrival, for this reason; it is not offered again.
    async fn refuse(&self, arrival: &Arrival, _reason: &str) -> Result<(), TransportError> {
        self.confirm(arrival).await
    }

    /// Whether the other side can be reached now.
    async fn health(&self) -> Health;
}
