//! `GET /orders/{id}/status` and the summaries of each channel.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use types::ids::{NotificationId, OrderId};
use utoipa::ToSchema;

use super::model::Order;
use super::show::{HeadBody, creator, own_order, parse_id};
use crate::api::{Api, shown};
use crate::openapi::words::{OlderDeliveryStatus, OlderOrderStatus};
use crate::problem::Problem;
use crate::recipients::Channel;
use crate::sending::{self, Notification};

#[derive(Serialize, ToSchema)]
#[schema(as = OlderOrderStanding)]
#[serde(rename_all = "camelCase")]
pub(super) struct StatusBody {
    #[serde(flatten)]
    head: HeadBody,
    processing_status: ProcessingBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    notifications_status_summary: Option<CountsBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ProcessingStatus)]
#[serde(rename_all = "camelCase")]
struct ProcessingBody {
    #[schema(value_type = OlderOrderStatus)]
    status: &'static str,
    description: &'static str,
    last_update: Timestamp,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NotificationCounts)]
struct CountsBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<CountBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms: Option<CountBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NotificationCount)]
struct CountBody {
    links: OwnLinkBody,
    generated: usize,
    succeeded: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OwnLink)]
struct OwnLinkBody {
    #[serde(rename = "self")]
    #[schema(format = Uri)]
    own: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NotificationSummary)]
#[serde(rename_all = "camelCase")]
struct SummaryBody {
    #[schema(value_type = Uuid)]
    order_id: OrderId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<String>,
    generated: usize,
    succeeded: usize,
    notifications: Vec<NotificationBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NotificationShown)]
#[serde(rename_all = "camelCase")]
struct NotificationBody {
    #[schema(value_type = Uuid)]
    id: NotificationId,
    succeeded: bool,
    recipient: RecipientBody,
    send_status: SendStatusBody,
}

#[derive(Default, Serialize, ToSchema)]
#[schema(as = NotificationRecipient)]
#[serde(rename_all = "camelCase")]
struct RecipientBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    national_identity_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_number: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SendStatus)]
#[serde(rename_all = "camelCase")]
struct SendStatusBody {
    #[schema(value_type = OlderDeliveryStatus)]
    status: &'static str,
    description: &'static str,
    last_update: Timestamp,
}

fn of_channel(notifications: &[Notification], channel: Channel) -> Vec<&Notification> {
    notifications.iter().filter(|notification| notification.standing.channel() == channel).collect()
}

fn successes(notifications: &[&Notification]) -> usize {
    notifications.iter().filter(|notification| notification.standing.is_success()).count()
}

const fn path_of(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    }
}

fn count(api: &Api, order: OrderId, notifications: &[Notification], channel: Channel) -> Option<CountBody> {
    let notifications = of_channel(notifications, channel);
    let own = api.link(&format!("/orders/{order}/notifications/{}", path_of(channel)));
    let succeeded = successes(&notifications);
    let links = OwnLinkBody { own };
    (!notifications.is_empty()).then_some(CountBody { links, generated: notifications.len(), succeeded })
}

/// An order with its counts, as the status endpoint and a cancellation answer.
pub(super) fn status_body(api: &Api, order: &Order, notifications: &[Notification]) -> impl Serialize {
    let counts = (!notifications.is_empty()).then(|| CountsBody {
        email: count(api, order.id, notifications, Channel::Email),
        sms: count(api, order.id, notifications, Channel::Sms),
    });
    StatusBody {
        head: HeadBody::of(order),
        processing_status: ProcessingBody {
            status: order.state.legacy(),
            description: order.state.description(),
            last_update: order.changed,
        },
        notifications_status_summary: counts,
    }
}

async fn notifications_of(api: &Api, order: OrderId) -> Result<Vec<Notification>, Problem> {
    let found: Result<_, store::Error> =
        api.notify.store().read(move |tx| sending::sql::of_order(tx, order)).await;
    Ok(found?)
}

/// Shows one of the caller's own orders with its counts.
#[utoipa::path(get, path = "/orders/{id}/status", operation_id = "showOlderOrderStatus", tag = "Older orders",
    params(("id" = Uuid, Path, description = "The order.")),
    responses((status = 200, body = StatusBody), (status = 400), (status = 404)))]
pub(crate) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let order = own_order(&api, creator, parse_id(&id)?).await?;
    let notifications = notifications_of(&api, order.id).await?;
    Ok(shown(&status_body(&api, &order, &notifications)))
}

/// Shows the e-mails of one of the caller's own orders.
#[utoipa::path(get, path = "/orders/{id}/notifications/email", operation_id = "showOlderEmails", tag = "Older orders",
    params(("id" = Uuid, Path, description = "The order.")),
    responses((status = 200, body = SummaryBody), (status = 400), (status = 404)))]
pub(crate) async fn emails(api: State<Api>, id: Path<String>, request: Request) -> Result<Response, Problem> {
    summary(api, id, request, Channel::Email).await
}

/// Shows the SMS of one of the caller's own orders.
#[utoipa::path(get, path = "/orders/{id}/notifications/sms", operation_id = "showOlderSms", tag = "Older orders",
    params(("id" = Uuid, Path, description = "The order.")),
    responses((status = 200, body = SummaryBody), (status = 400), (status = 404)))]
pub(crate) async fn sms(api: State<Api>, id: Path<String>, request: Request) -> Result<Response, Problem> {
    summary(api, id, request, Channel::Sms).await
}

async fn summary(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request,
    channel: Channel,
) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let order = own_order(&api, creator, parse_id(&id)?).await?;
    let notifications = notifications_of(&api, order.id).await?;
    let notifications = of_channel(&notifications, channel);
    let body = SummaryBody {
        order_id: order.id,
        senders_reference: order.senders_reference,
        generated: notifications.len(),
        succeeded: successes(&notifications),
        notifications: notifications.into_iter().map(notification_body).collect(),
    };
    Ok(shown(&body))
}

fn notification_body(notification: &Notification) -> NotificationBody {
    let standing = notification.standing;
    let destination = Some(notification.destination.reveal().to_owned());
    let identity = notification.identity.as_ref().map(|identity| identity.reveal().to_owned());
    let (organization_number, national_identity_number) = match identity {
        Some(number) if number.len() == 9 => (Some(number), None),
        other => (None, other),
    };
    let (email_address, mobile_number) = match standing.channel() {
        Channel::Email => (destination, None),
        Channel::Sms => (None, destination),
    };
    NotificationBody {
        id: notification.id,
        succeeded: standing.is_success(),
        recipient: RecipientBody {
            organization_number,
            national_identity_number,
            email_address,
            mobile_number,
        },
        send_status: SendStatusBody {
            status: standing.legacy(),
            description: describe(notification),
            last_update: notification.changed,
        },
    }
}

const fn describe(notification: &Notification) -> &'static str {
    let standing = notification.standing;
    if standing.is_success() {
        "The message has been handed over."
    } else if standing.is_final() {
        "The message was not delivered."
    } else {
        "The message is on its way."
    }
}
