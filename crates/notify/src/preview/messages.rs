//! `GET /future/shipment/{id}/messages`: the messages of an order with what the manifest leaves out:
//! when they expire, and what each SMS took.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use store::{Error, Tx};
use types::ids::{NotificationId, OrderId};

use super::text::SmsBody;
use crate::access::{self, Policy};
use crate::api::{Api, shown};
use crate::orders::{Order, sql};
use crate::problem::{Code, Problem};
use crate::recipients::Channel;
use crate::sending::{self, Notification};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageBody {
    notification_id: NotificationId,
    #[serde(rename = "type")]
    kind: &'static str,
    destination: String,
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
            kind: match channel {
                Channel::Sms => "SMS",
                Channel::Email => "Email",
            },
            destination: notification.destination.reveal().to_owned(),
            status: notification.standing.wire(),
            last_update: notification.changed,
            expires: notification.expires,
            sms: text.map(|text| SmsBody::measured(text.reveal())),
        }
    }
}

/// Shows the messages of one of the caller's own orders.
pub(crate) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let Ok(id) = id.parse::<OrderId>() else {
        return Err(Problem::Bare(StatusCode::NOT_FOUND));
    };
    let granted = access::allow(api.notify.verifier(), request.headers(), Policy::ReadShipments).await?;
    let creator = granted.creator()?;
    let read = move |tx: &mut Tx<'_>| {
        let Some(order) = sql::find_own(tx, &creator, id)? else { return Ok(None) };
        let messages = sending::sql::of_order(tx, id)?;
        let messages: Vec<_> = messages.iter().map(|message| MessageBody::of(&order, message)).collect();
        Ok::<_, Error>(Some(json!({ "shipmentId": id, "messages": messages })))
    };
    match api.notify.store().read(read).await? {
        Some(body) => Ok(shown(&body)),
        None => Err(Code::ShipmentNotFound.into()),
    }
}
