//! `arkivmelding`: case documents for an archive.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::message::header::lenient_integer;

/// The business message.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Arkivmelding {
    /// 3 or 4.
    #[serde(default, deserialize_with = "lenient_integer", skip_serializing_if = "Option::is_none")]
    pub sikkerhetsnivaa: Option<i64>,
    /// The primary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// For receivers that are reached over the post for businesses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpv: Option<Dpv>,
    /// For receivers that are reached over SvarUt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpf: Option<Dpf>,
}

/// How a business is notified.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dpv {
    /// With or without a reminder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub varsel_type: Option<NotificationType>,
    /// On which way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub varsel_transport_type: Option<NotificationTransport>,
    /// With which text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub varsel_tekst: Option<String>,
    /// With which text, when the matter is confidential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taushetsbelagt_varsel_tekst: Option<String>,
    /// Days to the due date.
    #[serde(default, deserialize_with = "lenient_integer", skip_serializing_if = "Option::is_none")]
    pub dager_til_svarfrist: Option<i64>,
}

/// Whether a notification is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum NotificationType {
    /// Once.
    #[serde(rename = "VarselDPVUtenRevarsel")]
    Once,
    /// With a reminder.
    #[serde(rename = "VarselDPVMedRevarsel")]
    WithReminder,
}

/// On which way a notification goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum NotificationTransport {
    /// E-mail.
    Epost,
    /// SMS.
    #[serde(rename = "SMS")]
    Sms,
    /// Both.
    #[serde(rename = "EpostOgSMS")]
    Both,
}

/// How a shipment over SvarUt is classified.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dpf {
    /// One of the types SvarUt offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forsendelse_type: Option<String>,
}
