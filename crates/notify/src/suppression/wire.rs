//! What the endpoints of the list take, for the document.
#![expect(dead_code, reason = "requests are read by `body`; these say what it reads")]

use utoipa::ToSchema;

use crate::openapi::words::SuppressionReason;

/// Addresses.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct Addresses {
    #[schema(min_items = 1, max_items = 1000)]
    email_addresses: Vec<String>,
}

/// Addresses that are not to be sent to.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct NewSuppressions {
    #[schema(min_items = 1, max_items = 1000)]
    email_addresses: Vec<String>,
    /// `Manual` when absent.
    reason: Option<SuppressionReason>,
    /// Until when, with a zone; what is said of the reason when absent.
    expires: Option<jiff::Timestamp>,
}
