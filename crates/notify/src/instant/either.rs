//! `POST /future/orders/instant`: the older shape of an instant SMS, sharing its keys.

use super::wire::EitherRequest;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;

use super::sms::read_details;
use super::{Wish, receive};
use crate::api::Api;
use crate::binding::Reader;
use crate::orders::body;
use crate::orders::receipt::ReceiptBody;
use crate::problem::Problem;

/// Sends one SMS.
#[utoipa::path(post, path = "/future/orders/instant", operation_id = "sendInstant", tag = "Instant",
    request_body = EitherRequest,
    responses((status = 201, body = ReceiptBody), (status = 200, body = ReceiptBody), (status = 503)))]
pub(crate) async fn send(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    receive(&api, request, read).await
}

fn read(body: &Reader<'_>) -> Option<Wish> {
    let idempotency_id = body::idempotency_id(body);
    let senders_reference = body::senders_reference(body);
    let recipient = body.needed_object_as("recipient", "InstantNotificationRecipient");
    let details = recipient
        .and_then(|recipient| recipient.needed_object_as("recipientSms", "ShortMessageDeliveryDetails"))
        .and_then(|details| read_details(&details));
    let (content, lifetime) = details?;
    Some(Wish { idempotency_id: idempotency_id?, senders_reference, content, lifetime })
}
