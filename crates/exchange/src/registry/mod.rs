//! Who can receive what, how, and with which certificate.
//!
//! [`Registry`] is the question the message gateway asks before it sends and when somebody wants to
//! know what a receiver can take. [`embedded`] answers from our own tables, [`hosted`] asks a registry
//! over HTTP, the national one or an embedded one elsewhere. [`choose`] picks from an answer.

mod choose;
pub mod embedded;
pub mod hosted;
mod identifier;
mod jws;
mod record;
mod wire;

use async_trait::async_trait;
use types::OrgNumber;
use uuid::Uuid;

pub use choose::{NoRoute, choose};
pub use identifier::{Identifier, IdentifierError};
pub use record::{
    CitizenContact, DigitalMailbox, Entry, HealthActor, InfoRecord, Patient, PostalAddress, Service,
    ServiceIdentifier, ServiceRecord,
};
pub(crate) use wire::relayed;

/// What is asked about a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who shall receive.
    pub receiver: Identifier,
    /// Only this process; all of them when `None`.
    pub process: Option<String>,
    /// The security level (3 or 4) that the content needs.
    pub security_level: Option<u8>,
    /// For tracing a look-up through the systems; changes no answer.
    pub conversation_id: Option<Uuid>,
    /// Whether print may be offered to citizens without a mailbox.
    pub print: bool,
    /// Whether an answer from before an outage will not do: what it says is going to be encrypted to.
    pub fresh: bool,
}

impl Question {
    /// Everything about this receiver.
    pub const fn about(receiver: Identifier) -> Self {
        Self {
            receiver,
            process: None,
            security_level: None,
            conversation_id: None,
            print: true,
            fresh: false,
        }
    }

    /// Limited to one process.
    #[must_use]
    pub fn for_process(mut self, process: impl Into<String>) -> Self {
        self.process = Some(process.into());
        self
    }

    /// For content that needs this security level.
    #[must_use]
    pub const fn at_level(mut self, level: Option<u8>) -> Self {
        self.security_level = level;
        self
    }

    /// For something that is going to be encrypted to what the answer says.
    #[must_use]
    pub const fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    /// As part of this conversation.
    #[must_use]
    pub const fn in_conversation(mut self, id: Uuid) -> Self {
        self.conversation_id = Some(id);
        self
    }
}

/// Why a look-up has no answer. Messages carry no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookUpError {
    /// The registry does not know the receiver, or not for this process.
    #[error("not found: {0}")]
    NotFound(String),
    /// The registry refuses the question, such as a security level nobody supports.
    #[error("the registry refused the question with status {status}: {reason}")]
    Refused {
        /// Its HTTP status.
        status: u16,
        /// What it said.
        reason: String,
    },
    /// The registry does not answer now; trying later may help.
    #[error("the registry cannot be reached: {0}")]
    Unavailable(String),
    /// The answer is not signed by whom we trust, or not what a registry answers.
    #[error("the registry's answer cannot be believed: {0}")]
    Untrusted(String),
}

impl LookUpError {
    /// Whether asking again later may help. Only "not found" is an answer; everything else is a
    /// look-up that failed (a registry answers 400 also when a register behind it is down).
    pub const fn is_temporary(&self) -> bool {
        !matches!(self, Self::NotFound(_))
    }
}

/// A registry.
#[async_trait]
pub trait Registry: Send + Sync {
    /// How the receiver is reached. For one process that is at least one record, or
    /// [`LookUpError::NotFound`]; over all processes there may be none.
    async fn look_up(&self, question: &Question) -> Result<Entry, LookUpError>;

    /// Name and address of somebody, without records.
    async fn info(&self, who: &Identifier) -> Result<InfoRecord, LookUpError>;

    /// The certificate (PEM) that an organization's messages are encrypted to.
    async fn certificate(&self, org: OrgNumber) -> Result<String, LookUpError>;
}
