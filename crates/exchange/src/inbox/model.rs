//! A message that waits, and what clients filter by.

use jiff::Timestamp;
use store::blobs::BlobKey;
use uuid::Uuid;

use crate::listing::Query;
use crate::message::MessageType;
use crate::registry::ServiceIdentifier;

/// A message that waits for a client.
#[derive(Clone, Debug)]
pub(crate) struct InMessage {
    pub(crate) id: Uuid,
    pub(crate) message_id: String,
    pub(crate) conversation_id: String,
    pub(crate) process: String,
    pub(crate) sender: String,
    /// Which of our organizations it is for, without scheme; empty when nobody is named.
    pub(crate) receiver: String,
    pub(crate) service: ServiceIdentifier,
    pub(crate) kind: MessageType,
    pub(crate) sbd: String,
    pub(crate) container: Option<Container>,
    /// Locked until this moment, when it is locked.
    pub(crate) locked_until: Option<Timestamp>,
}

/// Its files, decrypted, as one ASiC-E container.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub(crate) blob: BlobKey,
    pub(crate) bytes: u64,
}

impl InMessage {
    /// Whether a client holds it now.
    pub(crate) fn is_locked(&self, now: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| until > now)
    }
}

/// What a client asks for; every part that is there must fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) message_id: Option<String>,
    pub(crate) conversation_id: Option<String>,
    pub(crate) process: Option<String>,
    pub(crate) sender: Option<String>,
    pub(crate) receiver: Option<String>,
    pub(crate) service: Option<String>,
}

impl Filter {
    pub(crate) fn of(query: &Query) -> Self {
        let first = |name| query.first(name).map(str::to_owned);
        Self {
            // Old documentation writes messageID; ignoring it would peek the wrong message.
            message_id: first("messageId").or_else(|| first("messageID")),
            conversation_id: first("conversationId"),
            process: first("process"),
            sender: first("senderIdentifier"),
            receiver: first("receiverIdentifier"),
            service: first("serviceIdentifier"),
        }
    }
}
