//! What goes out, and what becomes of it before it does.

use std::io;
use std::sync::Arc;

use asic::KeyTransport;
use bytes::Bytes;
use jiff::Timestamp;
use store::blobs::{BlobKey, Blobs};
use types::OrgNumber;
use uuid::Uuid;

use super::{MessageChannel, Source};
use crate::message::document::Document;
use crate::message::{Actor, Envelope};
use crate::registry::ServiceRecord;
use crate::statuses::Status;

/// One message on its way out.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Names this parcel alone, the same at every try. A message id for messages; statuses, which
    /// carry the id of the message they answer, need one of their own.
    pub id: Uuid,
    /// Who sends: the one acted for, not the one that operates the system.
    pub sender: Actor,
    /// The organization that answers for the sender: itself, or the one an actor in health belongs to.
    pub organization: OrgNumber,
    /// Who shall have it; letters to a postal address have nobody.
    pub receiver: Option<Actor>,
    /// The message id in the envelope.
    pub message_id: Uuid,
    /// The conversation that the message belongs to.
    pub conversation_id: Uuid,
    /// The envelope (SBD) as JSON, for channels that carry it beside the package.
    pub envelope: Bytes,
    /// What was packed, where the plan says that something is; for DPO the transport zip, envelope inside.
    pub package: Option<Package>,
    /// The files, the main document first, for channels that carry them one by one.
    pub files: Vec<Document>,
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

/// A blob as a [`Source`].
pub struct BlobSource {
    /// Where it is kept.
    pub blobs: Arc<dyn Blobs>,
    /// Which it is.
    pub key: BlobKey,
}

impl Source for BlobSource {
    fn open(&self) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(self.blobs.read_blocking(&self.key).map_err(io::Error::other)?))
    }
}

/// A message as far as it is known when its channel is asked for a plan.
#[derive(Clone, Copy, Debug)]
pub struct Outline<'a> {
    /// The envelope, header and business message.
    pub envelope: &'a Envelope,
    /// Who shall have it.
    pub receiver: Option<&'a Actor>,
    /// How the receiver is reached; none for letters and statuses, which are not looked up.
    pub route: Option<&'a ServiceRecord>,
    /// Its files; `None` while they are being added.
    pub files: Option<&'a [Document]>,
}

/// What is to be done with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Pack it so and hand it over.
    Send(Packing),
    /// Nothing is handed over, because the channel has nothing of the kind (receipts, statuses): these
    /// statuses follow at once, and that is all.
    Settled(Vec<Status>),
}

/// How a message is packed. The files themselves are in the parcel whatever is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Envelope and encrypted container in one zip; without files the envelope alone.
    TransportZip,
    /// An ASiC-E container; nothing without files.
    Container {
        /// Whether `manifest.xml` is in it, which names sender, receiver and main document.
        manifest: bool,
        /// How it is encrypted for the certificate in the service record; `None`: it is not.
        sealed: Option<KeyTransport>,
    },
    /// Nothing is packed.
    Files,
}

/// Why a channel will never take a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The channel does not lead to this receiver, or is not set up for it.
    #[error("{0}")]
    NotHere(String),
    /// The message breaks a rule of the channel.
    #[error("{0}")]
    Message(String),
}
