//! `dialogmelding` and `dialogmelding_kvittering`: dialogue in health.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::ReceiptMessage;

/// `dialogmelding`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dialogmelding {
    /// The primary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// Whom it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pasient: Option<Patient>,
    /// File name to issue date and description.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub metadata_filer: Map<String, Value>,
}

/// Whom a dialogue is about. Prints nothing of it.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Patient {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fnr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fornavn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mellomnavn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) etternavn: Option<String>,
}

impl fmt::Debug for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patient(…)")
    }
}

/// `dialogmelding_kvittering`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DialogmeldingKvittering {
    /// The message id of what is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_to_message_id: Option<String>,
    /// How it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<DialogStatus>,
    /// Details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<ReceiptMessage>>,
    /// As it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_receipt: Option<String>,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DialogStatus {
    /// Well.
    Ok,
    /// Not at all.
    Rejected,
    /// In part.
    OkErrorInMessagePart,
}

impl fmt::Display for DialogStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "OK",
            Self::Rejected => "REJECTED",
            Self::OkErrorInMessagePart => "OK_ERROR_IN_MESSAGE_PART",
        })
    }
}
