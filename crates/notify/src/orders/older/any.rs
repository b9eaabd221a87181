//! `POST /orders`: on any channel, to many recipients.

use super::wire::AnyRequest;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;

use super::{PlacedBody, Reading, Wish, body, place};
use crate::api::Api;
use crate::binding::Reader;
use crate::orders::Texts;
use crate::problem::Problem;
use crate::recipients::ChannelSchema;

/// Places an order.
#[utoipa::path(post, path = "/orders", operation_id = "placeOlderOrder", tag = "Older orders",
    request_body = AnyRequest, responses((status = 202, body = PlacedBody), (status = 503)))]
pub(super) async fn order(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    place(&api, request, read).await
}

fn read(order: &Reader<'_>, reading: Reading) -> Option<Wish> {
    let schema: Option<ChannelSchema> = order.choice("notificationChannel");
    if !order.has("notificationChannel") {
        order.rule("NotificationChannel", "is needed");
    }
    let email = order.object("emailTemplate");
    let sms = order.object("smsTemplate");
    if email.is_none() && schema.is_some_and(ChannelSchema::may_email) {
        order.rule("EmailTemplate", "is needed for this channel");
    }
    if sms.is_none() && schema.is_some_and(ChannelSchema::may_sms) {
        order.rule("SmsTemplate", "is needed for this channel");
    }
    // A template that the channel does not use is held to nothing.
    let used = |wanted: fn(ChannelSchema) -> bool| schema.is_none_or(wanted);
    let texts = Texts {
        email: email.and_then(|template| body::email_template(&template, used(ChannelSchema::may_email))),
        sms: sms.and_then(|template| body::sms_template(&template, used(ChannelSchema::may_sms))),
    };
    body::order(order, schema, Some(texts), reading)
}
