//! What previews take and answer, for the document.
#![expect(dead_code, reason = "bodies are read and written member by member; these say what they hold")]

use utoipa::ToSchema;

use super::dry_run::OrderBody;
use super::messages::MessageBody;

/// A text.
#[derive(ToSchema)]
pub(super) struct SmsText {
    /// Not blank.
    #[schema(min_length = 1)]
    body: String,
}

/// What an order would do.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct DryRun {
    /// Whether its id has been used, so that nothing new would come of it.
    already_registered: bool,
    orders: Vec<OrderBody>,
}

/// The messages of an order.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct ShipmentMessages {
    #[schema(value_type = uuid::Uuid)]
    shipment_id: types::ids::OrderId,
    messages: Vec<MessageBody>,
}
