//! `innsynskrav`, `publisering` and `einnsyn_kvittering`: access to public records.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `innsynskrav`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Innsynskrav {
    /// Whose records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orgnr: Option<String>,
    /// Whom to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epost: Option<String>,
    /// The primary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
}

/// `publisering`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Publisering {
    /// Whose records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orgnr: Option<String>,
    /// The primary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
}

/// `einnsyn_kvittering`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EinnsynKvittering {
    /// What is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dokument_id: Option<String>,
    /// How it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `innsynskrav` or `publisering`; the reference writes the latter in upper case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referanse_type: Option<ReferenceType>,
    /// The primary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
}

/// What a receipt answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ReferenceType {
    /// A request.
    #[serde(rename = "innsynskrav")]
    Innsynskrav,
    /// A publication.
    #[serde(rename = "publisering", alias = "PUBLISERING")]
    Publisering,
}
