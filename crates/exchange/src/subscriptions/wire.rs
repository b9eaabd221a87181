//! What the endpoints of subscriptions take and answer, for the document.
#![expect(dead_code, reason = "bodies are read and written member by member; these say what they hold")]

use jiff::Timestamp;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::openapi::words::{DeliveryState, Event, Resource, SubscriptionState};

/// Somebody who is told.
#[derive(ToSchema)]
#[schema(as = Subscription, rename_all = "camelCase")]
pub(super) struct SubscriptionShown {
    id: i64,
    name: String,
    #[schema(format = Uri)]
    push_endpoint: String,
    resource: Resource,
    event: Event,
    /// Only of what fits, such as `status=LEVERT,FEIL&direction=OUTGOING`; of everything when absent.
    filter: Option<String>,
}

/// Somebody who is to be told.
#[derive(ToSchema)]
#[schema(as = NewSubscription, rename_all = "camelCase")]
pub(super) struct NewSubscriptionBody {
    name: String,
    /// An absolute http or https address.
    #[schema(format = Uri)]
    push_endpoint: String,
    resource: Resource,
    event: Event,
    /// Only of what fits, such as `status=LEVERT,FEIL&direction=OUTGOING`; of everything when absent.
    filter: Option<String>,
}

/// What is to be different; what is absent stays as it is.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct SubscriptionChange {
    name: Option<String>,
    /// An absolute http or https address.
    #[schema(format = Uri)]
    push_endpoint: Option<String>,
    resource: Option<Resource>,
    event: Option<Event>,
    /// Only of what fits; it cannot be taken away again.
    filter: Option<String>,
}

/// A subscription, and how it stands.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct SubscriptionStanding {
    #[serde(flatten)]
    subscription: SubscriptionShown,
    state: SubscriptionState,
    /// In a row.
    failures: i64,
    /// Deliveries that wait.
    waiting: i64,
    /// Whether it has a secret that events are signed with.
    signed: bool,
    paused_since: Option<Timestamp>,
    last_ping: Option<PingBody>,
}

/// How the last ping went.
#[derive(ToSchema)]
#[schema(as = SubscriptionPing)]
pub(super) struct PingBody {
    at: Timestamp,
    outcome: String,
}

/// A page of deliveries.
#[derive(ToSchema)]
pub(super) struct Deliveries {
    subscription: SubscriptionStanding,
    deliveries: Vec<Delivery>,
}

/// One telling.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct Delivery {
    sequence: i64,
    id: Uuid,
    event_id: Option<String>,
    state: DeliveryState,
    tries: i64,
    outcome: Option<String>,
    created: Timestamp,
    ended: Option<Timestamp>,
}

/// From where on everything is told again: exactly one of these.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct ReplayFrom {
    /// A moment, with an offset.
    since: Option<Timestamp>,
    /// The number of a delivery.
    sequence: Option<i64>,
    /// The id of an event.
    event_id: Option<String>,
}

/// How many are told again.
#[derive(ToSchema)]
pub(super) struct Replayed {
    replayed: i64,
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
    previous_signs_until: Timestamp,
}
