//! What capabilities look like, for the document.
#![expect(dead_code, reason = "`show` writes them; these say what comes out")]

use utoipa::ToSchema;

use crate::openapi::words::{DocumentTypeName, ServiceOrUnknown};

/// What a receiver can get.
#[derive(ToSchema)]
pub(super) struct Capabilities {
    capabilities: Vec<Capability>,
}

/// One way to a receiver.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct Capability {
    /// To be used as `identifier` of the scope `ConversationId`.
    process: String,
    service_identifier: ServiceOrUnknown,
    document_types: Vec<DocumentType>,
    /// Where letters go; for digital post only.
    post_address: Option<PostAddress>,
    /// Where letters come back to; for digital post only.
    return_address: Option<PostAddress>,
    digital_post_address: Option<DigitalPostAddress>,
}

/// A document that is taken.
#[derive(ToSchema)]
pub(super) struct DocumentType {
    /// The message type, where it is known.
    r#type: Option<DocumentTypeName>,
    /// To be used as `documentIdentification.standard`.
    standard: String,
}

/// A postal address.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct PostAddress {
    name: Option<String>,
    /// Lines with `;` between them.
    street: Option<String>,
    postal_code: Option<String>,
    postal_area: Option<String>,
    country: Option<String>,
}

/// A mailbox; empty where there is none.
#[derive(ToSchema)]
pub(super) struct DigitalPostAddress {
    /// The organization number of who runs it.
    supplier: Option<String>,
    address: Option<String>,
}

/// What the registry knows, as it said it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct RelayedRecord {
    #[schema(value_type = Object)]
    info_record: serde_json::Value,
    /// The first of `serviceRecords`.
    #[schema(value_type = Option<Object>)]
    service_record: Option<serde_json::Value>,
    #[schema(value_type = Vec<Object>)]
    service_records: Vec<serde_json::Value>,
}
