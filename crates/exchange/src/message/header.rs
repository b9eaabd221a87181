//! The SBD's header, exactly as it is written. Unknown properties are dropped, absent ones stay absent.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::moment::Moment;
use crate::openapi::words::{Authority, ScopeType};

/// `standardBusinessDocumentHeader`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// `1.0` in practice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false)]
    pub header_version: Option<String>,
    /// At most one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1)]
    pub sender: Option<Vec<Partner>>,
    /// At most one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1)]
    pub receiver: Option<Vec<Partner>>,
    /// Which document this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false)]
    pub document_identification: Option<DocumentIdentification>,
    /// Carried unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Manifest>,
    /// What it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false)]
    pub business_scope: Option<BusinessScope>,
}

/// A sender or receiver.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Partner {
    /// Who it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false)]
    pub identifier: Option<PartnerIdentifier>,
    /// Carried unchanged; an empty list is left out.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub contact_information: Vec<ContactInformation>,
}

/// Who a partner is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct PartnerIdentifier {
    /// The identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false)]
    pub value: Option<String>,
    /// Whose numbering it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false, value_type = Authority)]
    pub authority: Option<String>,
}

/// How a partner is reached.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContactInformation {
    /// A name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false)]
    pub contact: Option<String>,
    /// An e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// A fax number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fax_number: Option<String>,
    /// A telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telephone_number: Option<String>,
    /// What sort of contact it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_type_identifier: Option<String>,
}

/// Which document this is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentIdentification {
    /// The document type.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false)]
    pub standard: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false)]
    pub type_version: Option<String>,
    /// The message id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub instance_identifier: Option<String>,
    /// The message type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false)]
    pub kind: Option<String>,
    /// Carried unchanged.
    #[serde(default, deserialize_with = "lenient_bool", skip_serializing_if = "Option::is_none")]
    pub multiple_type: Option<bool>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub creation_date_and_time: Option<Moment>,
}

/// A list of what belongs to the document.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// How many items there are.
    #[serde(default, deserialize_with = "lenient_integer", skip_serializing_if = "Option::is_none")]
    pub number_of_items: Option<i64>,
    /// The items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_item: Option<Vec<ManifestItem>>,
}

/// One of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManifestItem {
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false)]
    pub mime_type_qualifier_code: Option<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false)]
    pub uniform_resource_identifier: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language_code: Option<String>,
}

/// What a document belongs to.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct BusinessScope {
    /// The scopes, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false, min_items = 1)]
    pub scope: Option<Vec<Scope>>,
}

/// One thing it belongs to.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// Which sort of thing.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(required = true, nullable = false, value_type = ScopeType)]
    pub kind: Option<String>,
    /// Its own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_identifier: Option<String>,
    /// A process or a channel's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Deadlines; an empty list is left out.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub scope_information: Vec<ScopeInformation>,
}

/// A deadline and what was asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScopeInformation {
    /// The message is worthless after this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expected_response_date_time: Option<Moment>,
    /// Carried unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub requesting_document_creation_date_time: Option<Moment>,
    /// Carried unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requesting_document_instance_identifier: Option<String>,
}

impl Header {
    /// The one sender.
    pub fn the_sender(&self) -> Option<&PartnerIdentifier> {
        self.sender.as_ref()?.first()?.identifier.as_ref()
    }

    /// The one receiver.
    pub fn the_receiver(&self) -> Option<&PartnerIdentifier> {
        self.receiver.as_ref()?.first()?.identifier.as_ref()
    }

    /// The scope of this type.
    pub fn scope(&self, kind: &str) -> Option<&Scope> {
        self.scopes().iter().find(|scope| scope.kind.as_deref() == Some(kind))
    }

    /// Every scope.
    pub fn scopes(&self) -> &[Scope] {
        self.business_scope.as_ref().and_then(|scopes| scopes.scope.as_deref()).unwrap_or_default()
    }

    pub(super) fn scopes_mut(&mut self) -> &mut Vec<Scope> {
        self.business_scope.get_or_insert_default().scope.get_or_insert_default()
    }
}

impl Scope {
    /// The first deadline in it.
    pub fn deadline(&self) -> Option<&Moment> {
        self.scope_information.first()?.expected_response_date_time.as_ref()
    }
}

impl Partner {
    /// A partner without contact information, numbered by `iso6523-actorid-upis`.
    pub fn new(value: String) -> Self {
        let authority = Some(super::facts::UPIS.to_owned());
        let identifier = Some(PartnerIdentifier { value: Some(value), authority });
        Self { identifier, contact_information: Vec::new() }
    }
}

fn null_is_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Whole numbers may come as texts.
pub(super) fn lenient_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let wrong = || serde::de::Error::custom("expected a whole number");
    match Option::<Value>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Value::Number(number)) => number.as_i64().map(Some).ok_or_else(wrong),
        Some(Value::String(text)) => text.trim().parse().map(Some).map_err(|_| wrong()),
        Some(_) => Err(wrong()),
    }
}

/// Truth values may come as texts.
pub(super) fn lenient_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let wrong = || serde::de::Error::custom("expected true or false");
    match Option::<Value>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(truth)),
        Some(Value::String(text)) => text.trim().parse().map(Some).map_err(|_| wrong()),
        Some(_) => Err(wrong()),
    }
}
