//! Business messages, one file for each family. Unknown properties are dropped, absent ones stay absent.

mod arkivmelding;
mod arkivmelding_kvittering;
mod avtalt;
mod check;
mod dialogmelding;
mod digital;
mod einnsyn;
mod print;
mod status;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::kind::MessageType;

pub use arkivmelding::{Arkivmelding, Dpf, Dpv};
pub use arkivmelding_kvittering::{ArkivmeldingKvittering, ReceiptMessage};
pub use avtalt::Avtalt;
pub use dialogmelding::{DialogStatus, Dialogmelding, DialogmeldingKvittering};
pub use digital::{Digital, DigitalDpv};
pub use einnsyn::{EinnsynKvittering, Innsynskrav, Publisering};
pub use print::Print;
pub use status::StatusBody;

/// What a message says besides its files.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Business {
    /// Case documents.
    Arkivmelding(Arkivmelding),
    /// A receipt for those.
    ArkivmeldingKvittering(ArkivmeldingKvittering),
    /// Whatever was agreed.
    Avtalt(Avtalt),
    /// Digital post.
    Digital(Digital),
    /// The same over the post for businesses.
    DigitalDpv(DigitalDpv),
    /// A letter.
    Print(Box<Print>),
    /// A request for access.
    Innsynskrav(Innsynskrav),
    /// Publication.
    Publisering(Publisering),
    /// A receipt for those two.
    EinnsynKvittering(EinnsynKvittering),
    /// A dialogue in health.
    Dialogmelding(Dialogmelding),
    /// A receipt for those.
    DialogmeldingKvittering(DialogmeldingKvittering),
    /// How far a message has come.
    Status(StatusBody),
}

/// A value in a business message that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct BodyShape {
    /// Where.
    pub path: String,
    /// What was expected.
    pub message: String,
}

impl Business {
    /// Reads the business message of a type.
    pub fn read(kind: MessageType, body: Value) -> Result<Self, BodyShape> {
        Ok(match kind {
            MessageType::Arkivmelding => Self::Arkivmelding(shape(kind, body)?),
            MessageType::ArkivmeldingKvittering => Self::ArkivmeldingKvittering(shape(kind, body)?),
            MessageType::Avtalt => Self::Avtalt(shape(kind, body)?),
            MessageType::Digital => Self::Digital(shape(kind, body)?),
            MessageType::DigitalDpv => Self::DigitalDpv(shape(kind, body)?),
            MessageType::Print => Self::Print(Box::new(shape(kind, body)?)),
            MessageType::Innsynskrav => Self::Innsynskrav(shape(kind, body)?),
            MessageType::Publisering => Self::Publisering(shape(kind, body)?),
            MessageType::EinnsynKvittering => Self::EinnsynKvittering(shape(kind, body)?),
            MessageType::Dialogmelding => Self::Dialogmelding(shape(kind, body)?),
            MessageType::DialogmeldingKvittering => Self::DialogmeldingKvittering(shape(kind, body)?),
            MessageType::Status => Self::Status(shape(kind, body)?),
        })
    }

    /// Its type's name, under which it stands in a document.
    pub const fn name(&self) -> &'static str {
        let kind = match self {
            Self::Arkivmelding(_) => MessageType::Arkivmelding,
            Self::ArkivmeldingKvittering(_) => MessageType::ArkivmeldingKvittering,
            Self::Avtalt(_) => MessageType::Avtalt,
            Self::Digital(_) => MessageType::Digital,
            Self::DigitalDpv(_) => MessageType::DigitalDpv,
            Self::Print(_) => MessageType::Print,
            Self::Innsynskrav(_) => MessageType::Innsynskrav,
            Self::Publisering(_) => MessageType::Publisering,
            Self::EinnsynKvittering(_) => MessageType::EinnsynKvittering,
            Self::Dialogmelding(_) => MessageType::Dialogmelding,
            Self::DialogmeldingKvittering(_) => MessageType::DialogmeldingKvittering,
            Self::Status(_) => MessageType::Status,
        };
        kind.as_str()
    }

    /// The file named as the primary document.
    pub fn main_document(&self) -> Option<&str> {
        match self {
            Self::Arkivmelding(body) => body.hoveddokument.as_deref(),
            Self::ArkivmeldingKvittering(body) => body.hoveddokument.as_deref(),
            Self::Avtalt(body) => body.hoveddokument.as_deref(),
            Self::Digital(body) => body.hoveddokument.as_deref(),
            Self::DigitalDpv(body) => body.hoveddokument.as_deref(),
            Self::Print(body) => body.hoveddokument.as_deref(),
            Self::Innsynskrav(body) => body.hoveddokument.as_deref(),
            Self::Publisering(body) => body.hoveddokument.as_deref(),
            Self::EinnsynKvittering(body) => body.hoveddokument.as_deref(),
            Self::Dialogmelding(body) => body.hoveddokument.as_deref(),
            Self::DialogmeldingKvittering(_) | Self::Status(_) => None,
        }
    }

    /// The security level that the content needs.
    pub fn security_level(&self) -> Option<u8> {
        let level = match self {
            Self::Arkivmelding(body) => body.sikkerhetsnivaa,
            Self::Digital(body) => body.sikkerhetsnivaa,
            _ => None,
        };
        level.and_then(|level| level.try_into().ok())
    }
}

fn shape<T: DeserializeOwned>(kind: MessageType, body: Value) -> Result<T, BodyShape> {
    if !body.is_object() {
        return Err(BodyShape { path: kind.to_string(), message: "expected an object".to_owned() });
    }
    serde_path_to_error::deserialize(body).map_err(|error| BodyShape {
        path: format!("{kind}.{}", error.path()),
        message: error.inner().to_string(),
    })
}
