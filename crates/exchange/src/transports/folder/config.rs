//! The `[[exchange.folders]]` sections.

use std::path::PathBuf;

use serde::Deserialize;
use types::OrgNumber;

use crate::message::Actor;
use crate::registry::ServiceIdentifier;
use crate::statuses::Status;

/// A pair of folders through which messages of a channel go to another system, and come from it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderConfig {
    /// What it is called in logs and references: letters, digits, `-` and `_`.
    pub name: String,
    /// The channel whose messages it carries: DPV, DPI, DPF, DPE or DPH. Several folders may share one, and
    /// the first that fits a receiver has it.
    pub service: String,
    /// Whom it is for: organization numbers, and `persons`. Default: everybody whom the registry leads to
    /// the channel. An organization that is named here is led to the channel whatever the registry says.
    #[serde(default)]
    pub receivers: Vec<ReceiverRule>,
    /// Where our messages appear, each as a folder of its own. Default none: then nothing is sent.
    #[serde(default)]
    pub outgoing: Option<PathBuf>,
    /// Where the other system puts messages for us. Default none: then nothing is received.
    #[serde(default)]
    pub incoming: Option<PathBuf>,
    /// What a message's folder holds: `files` as they are, one signed container (`asice`), or the encrypted
    /// package that DPO carries (`package`). Default `files`. What comes in may have any of these forms.
    #[serde(default)]
    pub form: Form,
    /// What it means that a message's folder has been taken away: `LEVERT`, `MOTTATT` or `nothing`. Default
    /// `LEVERT`.
    #[serde(default)]
    pub when_taken: WhenTaken,
    /// Whether the other system is told what becomes of its messages, in messages of the type `status`.
    /// Default false.
    #[serde(default)]
    pub statuses: bool,
    /// Processes and document types that the receivers named here take. Default: those of the channel.
    #[serde(default)]
    pub processes: Vec<FolderProcess>,
}

/// Somebody a folder is for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum ReceiverRule {
    /// This organization.
    Organization(OrgNumber),
    /// Every person.
    Persons,
}

impl TryFrom<String> for ReceiverRule {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "persons" => Ok(Self::Persons),
            number => number
                .parse()
                .map(Self::Organization)
                .map_err(|_| "a receiver is an organization number or the word persons"),
        }
    }
}

/// What a message's folder holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// `sbd.json` and the files as they are.
    #[default]
    Files,
    /// `sbd.json` and one signed container, not encrypted.
    Asice,
    /// The encrypted package that DPO carries.
    Package,
}

/// What it means that a message has been taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum WhenTaken {
    /// The receiver's system has it.
    #[default]
    #[serde(rename = "LEVERT")]
    Levert,
    /// The receiver's gateway has it; more is to come.
    #[serde(rename = "MOTTATT")]
    Mottatt,
    /// Nothing; only receipts count.
    #[serde(rename = "nothing")]
    Nothing,
}

impl WhenTaken {
    /// The status that follows.
    pub(super) const fn status(self) -> Option<Status> {
        match self {
            Self::Levert => Some(Status::Levert),
            Self::Mottatt => Some(Status::Mottatt),
            Self::Nothing => None,
        }
    }
}

/// A process that the named receivers take part in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderProcess {
    /// The process.
    pub process: String,
    /// Its document types.
    pub document_types: Vec<String>,
}

/// What is wrong with a section.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FolderConfigError {
    /// A channel that no folder carries.
    #[error("exchange.folders {name}: the service is DPV, DPI, DPF, DPE or DPH, not {service}")]
    Service {
        /// Which section.
        name: String,
        /// What it says.
        service: String,
    },
    /// A name that is none, or used twice.
    #[error("exchange.folders: the name {0:?} is not letters, digits, - and _, or is used twice")]
    Name(String),
    /// Neither way.
    #[error("exchange.folders {0}: neither outgoing nor incoming is set")]
    Nowhere(String),
    /// Two uses of one directory.
    #[error("exchange.folders {0}: outgoing and incoming are the same folder")]
    SameFolder(String),
}

impl FolderConfig {
    /// The channel.
    pub(super) fn service(&self) -> ServiceIdentifier {
        self.service.parse().unwrap_or(ServiceIdentifier::Unknown)
    }

    /// Refuses sections that cannot work.
    pub(super) fn check(&self, others: &[Self]) -> Result<(), FolderConfigError> {
        let name = self.name.clone();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let used = others.iter().any(|other| other.name == self.name);
        if self.name.is_empty() || !self.name.bytes().all(plain) || used {
            return Err(FolderConfigError::Name(name));
        }
        if matches!(self.service(), ServiceIdentifier::Dpo | ServiceIdentifier::Unknown) {
            return Err(FolderConfigError::Service { name, service: self.service.clone() });
        }
        match (&self.outgoing, &self.incoming) {
            (None, None) => Err(FolderConfigError::Nowhere(name)),
            (outgoing, incoming) if outgoing == incoming => Err(FolderConfigError::SameFolder(name)),
            _ => Ok(()),
        }
    }

    /// Whether messages to this receiver go here.
    pub(super) fn is_for(&self, receiver: Option<&Actor>) -> bool {
        self.outgoing.is_some()
            && (self.receivers.is_empty() || receiver.is_some_and(|receiver| self.names(receiver)))
    }

    fn names(&self, receiver: &Actor) -> bool {
        self.receivers.iter().any(|rule| match rule {
            ReceiverRule::Organization(number) => receiver.organization() == Some(*number),
            ReceiverRule::Persons => receiver.is_person(),
        })
    }
}
