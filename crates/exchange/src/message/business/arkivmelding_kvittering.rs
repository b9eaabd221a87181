//! `arkivmelding_kvittering`: what became of case documents at the receiver.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The business message.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArkivmeldingKvittering {
    /// `OK`, `WARNING`, `ERROR` or `NOTSUPPORTED`; anything else counts as `OK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_type: Option<String>,
    /// The message id of what is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_to_message_id: Option<String>,
    /// Details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<ReceiptMessage>>,
    /// The primary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
}

/// One detail.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ReceiptMessage {
    /// Its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl ArkivmeldingKvittering {
    /// Whether it says that the receiver could not take the message.
    pub fn is_refusal(&self) -> bool {
        matches!(self.receipt_type.as_deref(), Some("ERROR" | "NOTSUPPORTED"))
    }
}
