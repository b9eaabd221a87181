//! `POST /orders/sms`: SMS to many recipients, in the daytime window.

use super::wire::SmsRequest;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;

use super::{PlacedBody, Reading, Wish, body, place};
use crate::api::Api;
use crate::binding::Reader;
use crate::orders::{SendingTime, SmsText, Texts};
use crate::problem::Problem;
use crate::recipients::ChannelSchema;

/// Places an order.
#[utoipa::path(post, path = "/orders/sms", operation_id = "placeOlderSms", tag = "Older orders",
    request_body = SmsRequest, responses((status = 202, body = PlacedBody), (status = 503)))]
pub(super) async fn order(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    place(&api, request, read).await
}

fn read(order: &Reader<'_>, reading: Reading) -> Option<Wish> {
    let sender = body::sender_number(order);
    let text = body::required_text(order, "body", "Body");
    let sms = text.map(|text| SmsText { sender, body: text.into(), sending_time: SendingTime::Daytime });
    let texts = sms.map(|sms| Texts { email: None, sms: Some(sms) });
    body::order(order, Some(ChannelSchema::Sms), texts, reading)
}
