//! `POST /orders/email`: e-mail to many recipients, always from the configured sender.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;

use super::wire::EmailRequest;
use super::{PlacedBody, Reading, Wish, body, place};
use crate::api::Api;
use crate::binding::Reader;
use crate::orders::body::one_line;
use crate::orders::{EmailText, Texts};
use crate::problem::Problem;
use crate::recipients::ChannelSchema;
use gateways::BodyFormat;

/// Places an order.
#[utoipa::path(post, path = "/orders/email", operation_id = "placeOlderEmails", tag = "Older orders",
    request_body = EmailRequest, responses((status = 202, body = PlacedBody), (status = 503)))]
pub(super) async fn order(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    place(&api, request, read).await
}

fn read(order: &Reader<'_>, reading: Reading) -> Option<Wish> {
    let format = order.choice("contentType").unwrap_or(BodyFormat::Plain);
    let subject = body::required_text(order, "subject", "Subject");
    let text = body::required_text(order, "body", "Body");
    let email = subject.zip(text).map(|(subject, text)| EmailText {
        sender: None,
        subject: one_line(subject).into(),
        body: text.into(),
        format,
    });
    let texts = email.map(|email| Texts { email: Some(email), sms: None });
    body::order(order, Some(ChannelSchema::Email), texts, reading)
}
