//! `POST /future/orders/instant/sms`: one SMS, now.

use super::wire::SmsRequest;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use jiff::SignedDuration;

use super::{Wish, receive};
use crate::api::Api;
use crate::binding::Reader;
use crate::orders::body::{self, plain_content};
use crate::orders::receipt::ReceiptBody;
use crate::orders::{SendingTime, SmsText, Texts};
use crate::problem::Problem;
use crate::recipients::{ChannelSchema, Recipient};

/// Seconds that an SMS may live: a minute to two days.
const LIFETIME: std::ops::RangeInclusive<i64> = 60..=172_800;

/// Sends one SMS.
#[utoipa::path(post, path = "/future/orders/instant/sms", operation_id = "sendInstantSms", tag = "Instant",
    request_body = SmsRequest,
    responses((status = 201, body = ReceiptBody), (status = 200, body = ReceiptBody), (status = 503)))]
pub(crate) async fn send(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    receive(&api, request, read).await
}

fn read(body: &Reader<'_>) -> Option<Wish> {
    let idempotency_id = body::idempotency_id(body);
    let senders_reference = body::senders_reference(body);
    let details = body.needed_object("recipientSms").and_then(|details| read_details(&details));
    let (content, lifetime) = details?;
    Some(Wish { idempotency_id: idempotency_id?, senders_reference, content, lifetime })
}

/// `recipientSms`, the same in both endpoints.
pub(super) fn read_details(details: &Reader<'_>) -> Option<(crate::orders::Content, SignedDuration)> {
    let number = body::phone_number(details);
    let seconds = details.needed_integer("timeToLiveInSeconds");
    let in_bounds = seconds.filter(|seconds| LIFETIME.contains(seconds));
    if seconds.is_some() && in_bounds.is_none() {
        let (least, most) = (LIFETIME.start(), LIFETIME.end());
        details.rule("TimeToLiveInSeconds", format!("must be in {least}..{most}"));
    }
    let settings = details.needed_object_as("smsSettings", "ShortMessageContent");
    let text = settings.and_then(|settings| read_text(&settings));
    let recipient = Recipient::Direct { email: None, mobile: Some(number?) };
    let texts = Texts { email: None, sms: Some(text?) };
    let content = plain_content(ChannelSchema::Sms, recipient, texts);
    Some((content, SignedDuration::from_secs(in_bounds?)))
}

fn read_text(settings: &Reader<'_>) -> Option<SmsText> {
    let sender = settings.text("sender").filter(|sender| !sender.trim().is_empty()).map(str::to_owned);
    let body = settings.needed_text("body")?;
    Some(SmsText { sender, body: body.into(), sending_time: SendingTime::Anytime })
}
