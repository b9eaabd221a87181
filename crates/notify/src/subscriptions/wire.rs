//! What the webhooks' endpoints take and answer, for the document.
#![expect(dead_code, reason = "bodies are read and written member by member; these say what they hold")]

use utoipa::ToSchema;

use super::deliveries::DeliveryBody;
use super::manage::SubscriptionBody;

/// What somebody wants to be told, and where. What is absent stays as it is, or means everything.
#[derive(ToSchema)]
#[schema(as = WebhookChange, rename_all = "camelCase")]
pub(super) struct ChangeRequest {
    #[schema(max_length = 2048)]
    name: Option<String>,
    /// An absolute http or https address.
    #[schema(max_length = 2048, format = Uri)]
    url: Option<String>,
    /// Names of events, or the beginning of some with `*` after it; all when absent.
    #[schema(min_items = 1, max_items = 100)]
    events: Option<Vec<String>>,
    /// Only of orders with one of these references.
    #[schema(max_items = 100)]
    senders_references: Option<Vec<String>>,
    /// Only of notifications on this channel: `Sms` or `Email`.
    channel: Option<String>,
}

/// What somebody wants to be told, and where.
#[derive(ToSchema)]
#[schema(as = NewWebhook, rename_all = "camelCase")]
pub(super) struct NewRequest {
    #[schema(max_length = 2048)]
    name: Option<String>,
    /// An absolute http or https address.
    #[schema(min_length = 1, max_length = 2048, format = Uri)]
    url: String,
    /// Names of events, or the beginning of some with `*` after it; all when absent.
    #[schema(min_items = 1, max_items = 100)]
    events: Option<Vec<String>>,
    /// Only of orders with one of these references.
    #[schema(max_items = 100)]
    senders_references: Option<Vec<String>>,
    /// Only of notifications on this channel: `Sms` or `Email`.
    channel: Option<String>,
}

/// The caller's subscriptions.
#[derive(ToSchema)]
pub(super) struct Webhooks {
    webhooks: Vec<SubscriptionBody>,
}

/// A page of deliveries.
#[derive(ToSchema)]
pub(super) struct WebhookDeliveries {
    deliveries: Vec<DeliveryBody>,
}

/// From where on everything is told again: exactly one of these.
#[derive(ToSchema)]
pub(super) struct ReplayFrom {
    /// A moment, with a zone.
    since: Option<jiff::Timestamp>,
    /// The number of a delivery.
    sequence: Option<i64>,
}

/// How many are told again.
#[derive(ToSchema)]
pub(super) struct Replayed {
    replayed: u64,
}

/// How an address answered.
#[derive(ToSchema)]
pub(super) struct PingOutcome {
    answered: bool,
    outcome: String,
}

/// A new secret, shown this once.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct NewSecret {
    secret: String,
    /// Until then the one before signs as well.
    previous_signs_until: jiff::Timestamp,
}
