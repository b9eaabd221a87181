//! `digital` and `digital_dpv`: digital post to citizens.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Dpv;
use crate::message::header::{lenient_bool, lenient_integer};

/// `digital`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Digital {
    /// 3 or 4.
    #[serde(default, deserialize_with = "lenient_integer", skip_serializing_if = "Option::is_none")]
    pub sikkerhetsnivaa: Option<i64>,
    /// The primary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// The sender's identifier inside digital post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avsender_id: Option<String>,
    /// For the invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faktura_referanse: Option<String>,
    /// A title that anybody may see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tittel: Option<String>,
    /// The language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spraak: Option<String>,
    /// When it becomes visible, and whether opening it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digital_post_info: Option<DigitalPostInfo>,
    /// Texts of notifications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub varsler: Option<Notifications>,
    /// Document file name to metadata file name.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub metadata_filer: Map<String, Value>,
}

impl Digital {
    /// Each document's file name with that of its metadata.
    pub(crate) fn metadata_files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.metadata_filer
            .iter()
            .filter_map(|(document, metadata)| Some((document.as_str(), metadata.as_str()?)))
    }
}

/// When it becomes visible, and whether opening it is told.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct DigitalPostInfo {
    /// A date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub virkningsdato: Option<String>,
    /// Whether opening it is told.
    #[serde(default, deserialize_with = "lenient_bool", skip_serializing_if = "Option::is_none")]
    pub aapningskvittering: Option<bool>,
}

/// Texts of notifications.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = DigitalPostNotifications)]
#[serde(rename_all = "camelCase")]
pub struct Notifications {
    /// By e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epost_tekst: Option<String>,
    /// By SMS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms_tekst: Option<String>,
}

/// `digital_dpv`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct DigitalDpv {
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tittel: Option<String>,
    /// The summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sammendrag: Option<String>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub innhold: Option<String>,
    /// How it is notified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpv: Option<Dpv>,
    /// The primary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
}
