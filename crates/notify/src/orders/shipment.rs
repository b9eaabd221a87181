//! `GET /future/shipment/{id}`: the delivery manifest, an order and every recipient of it.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use types::ids::OrderId;
use utoipa::ToSchema;

use super::model::Order;
use super::sql;
use crate::access::{self, Policy};
use crate::api::{Api, shown};
use crate::openapi::problems::CodedProblem;
use crate::openapi::words::{Channel, DeliveryStatus, OrderStatus, ShipmentType};
use crate::problem::{Code, Problem};
use crate::sending::{self, Notification};

#[derive(Serialize, ToSchema)]
#[schema(as = Manifest)]
#[serde(rename_all = "camelCase")]
struct ManifestBody {
    #[schema(value_type = Uuid)]
    shipment_id: OrderId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<String>,
    #[serde(rename = "type")]
    #[schema(value_type = ShipmentType)]
    kind: &'static str,
    #[schema(value_type = OrderStatus)]
    status: &'static str,
    last_update: Timestamp,
    recipients: Vec<RecipientBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ManifestRecipient)]
#[serde(rename_all = "camelCase")]
struct RecipientBody {
    #[serde(rename = "type")]
    #[schema(value_type = Channel)]
    kind: &'static str,
    destination: String,
    #[schema(value_type = DeliveryStatus)]
    status: String,
    last_update: Timestamp,
}

impl RecipientBody {
    fn of(notification: &Notification) -> Self {
        Self {
            kind: notification.standing.channel().wire(),
            destination: notification.destination.reveal().to_owned(),
            status: notification.standing.wire(),
            last_update: notification.changed,
        }
    }
}

impl ManifestBody {
    fn of(order: &Order, notifications: &[Notification]) -> Self {
        Self {
            shipment_id: order.id,
            senders_reference: order.senders_reference.clone(),
            kind: order.kind.wire(),
            status: order.state.wire(),
            last_update: order.changed,
            recipients: notifications.iter().map(RecipientBody::of).collect(),
        }
    }
}

/// Shows one of the caller's own orders.
#[utoipa::path(get, path = "/future/shipment/{id}", operation_id = "showShipment", tag = "Status",
    params(("id" = Uuid, Path, description = "The order.")),
    responses((status = 200, body = ManifestBody), (status = 404, body = CodedProblem)))]
pub(crate) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    show_as(&api, &id, request.headers(), ManifestBody::of).await
}

/// Shows one of the caller's own orders in this form.
pub(crate) async fn show_as<B: Serialize + Send + 'static>(
    api: &Api,
    id: &str,
    headers: &HeaderMap,
    body: fn(&Order, &[Notification]) -> B,
) -> Result<Response, Problem> {
    let Ok(id) = id.parse::<OrderId>() else {
        return Err(Problem::Bare(StatusCode::NOT_FOUND));
    };
    let creator = access::allow(api.notify.verifier(), headers, Policy::ReadShipments).await?.creator()?;
    let read = move |tx: &mut store::Tx<'_>| {
        let Some(order) = sql::find_own(tx, &creator, id)? else {
            return Ok(None);
        };
        let notifications = sending::sql::of_order(tx, id)?;
        Ok(Some(body(&order, &notifications)))
    };
    let found: Result<_, store::Error> = api.notify.store().read(read).await;
    match found? {
        Some(body) => Ok(shown(&body)),
        None => Err(Code::ShipmentNotFound.into()),
    }
}
