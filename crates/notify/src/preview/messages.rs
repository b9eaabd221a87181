//! `GET /future/shipment/{id}/messages`: the messages of an order with what the manifest leaves out:
//! when they expire, and what each SMS took.

use super::wire::ShipmentMessages;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use types::ids::NotificationId;
use utoipa::ToSchema;

use super::text::SmsBody;
use crate::api::Api;
use crate::openapi::problems::CodedProblem;
use crate::openapi::words::{Channel as ChannelWord, DeliveryStatus};
use crate::orders::Order;
use crate::orders::shipment::show_as;
use crate::problem::Problem;
use crate::recipients::Channel;
use crate::sending::Notification;

#[derive(Serialize, ToSchema)]
#[schema(as = ShipmentMessage)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageBody {
    #[schema(value_type = Uuid)]
    notification_id: NotificationId,
    #[serde(rename = "type")]
    #[schema(value_type = ChannelWord)]
    kind: &'static str,
    destination: String,
    #[schema(value_type = DeliveryStatus)]
    status: String,
    last_update: Timestamp,
    expires: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms: Option<SmsBody>,
}

impl MessageBody {
    fn of(order: &Order, notification: &Notification) -> Self {
        let channel = notification.standing.channel();
        let shared = order.content.texts.sms.as_ref().map(|sms| &sms.body);
        let text = notification.body.as_ref().or(shared).filter(|_| channel == Channel::Sms);
        Self {
            notification_id: notification.id,
            kind: channel.wire(),
            destination: notification.destination.reveal().to_owned(),
            status: notification.standing.wire(),
            last_update: notification.changed,
            expires: notification.expires,
            sms: text.map(|text| SmsBody::measured(text.reveal())),
        }
    }
}

fn body(order: &Order, notifications: &[Notification]) -> Value {
    let messages: Vec<_> = notifications.iter().map(|message| MessageBody::of(order, message)).collect();
    json!({ "shipmentId": order.id, "messages": messages })
}

/// Shows the messages of one of the caller's own orders.
#[utoipa::path(get, path = "/future/shipment/{id}/messages", operation_id = "showMessages", tag = "Status",
    params(("id" = Uuid, Path, description = "The order.")),
    responses((status = 200, body = ShipmentMessages), (status = 404, body = CodedProblem)))]
pub(crate) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    show_as(&api, &id, request.headers(), body).await
}
