//! The types of message that the contract knows.

use std::fmt;
use std::str::FromStr;

/// A message type; its name is the key of the business message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageType {
    /// Case documents for an archive.
    Arkivmelding,
    /// A receipt for those.
    ArkivmeldingKvittering,
    /// Whatever two parties agreed on.
    Avtalt,
    /// Digital post to a citizen.
    Digital,
    /// The same over the post for businesses.
    DigitalDpv,
    /// A letter on paper.
    Print,
    /// A request for access to public records.
    Innsynskrav,
    /// Publication of records.
    Publisering,
    /// A receipt for those two.
    EinnsynKvittering,
    /// A dialogue in health.
    Dialogmelding,
    /// A receipt for those.
    DialogmeldingKvittering,
    /// How far a message has come; between gateways only.
    Status,
}

/// A text that names no message type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("type is not a known message type")]
pub struct UnknownType;

impl MessageType {
    /// Every type.
    pub const ALL: [Self; 12] = [
        Self::Arkivmelding,
        Self::ArkivmeldingKvittering,
        Self::Avtalt,
        Self::Digital,
        Self::DigitalDpv,
        Self::Print,
        Self::Innsynskrav,
        Self::Publisering,
        Self::EinnsynKvittering,
        Self::Dialogmelding,
        Self::DialogmeldingKvittering,
        Self::Status,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arkivmelding => "arkivmelding",
            Self::ArkivmeldingKvittering => "arkivmelding_kvittering",
            Self::Avtalt => "avtalt",
            Self::Digital => "digital",
            Self::DigitalDpv => "digital_dpv",
            Self::Print => "print",
            Self::Innsynskrav => "innsynskrav",
            Self::Publisering => "publisering",
            Self::EinnsynKvittering => "einnsyn_kvittering",
            Self::Dialogmelding => "dialogmelding",
            Self::DialogmeldingKvittering => "dialogmelding_kvittering",
            Self::Status => "status",
        }
    }

    /// Whether it answers another message and so never has files.
    pub const fn is_receipt(self) -> bool {
        matches!(self, Self::ArkivmeldingKvittering | Self::EinnsynKvittering | Self::DialogmeldingKvittering)
    }

    /// Whether it cannot be sent without a file.
    pub const fn needs_files(self) -> bool {
        !(self.is_receipt() || matches!(self, Self::Avtalt | Self::Status))
    }
}

impl FromStr for MessageType {
    type Err = UnknownType;

    /// Reads a type's name, in any letter case as the reference does.
    fn from_str(text: &str) -> Result<Self, UnknownType> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text)).ok_or(UnknownType)
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
