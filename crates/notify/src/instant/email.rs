//! `POST /future/orders/instant/email`: one e-mail, now.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use jiff::SignedDuration;

use super::wire::EmailRequest;
use super::{Wish, receive};
use crate::api::Api;
use crate::binding::Reader;
use crate::orders::body::{self, plain_content};
use crate::orders::receipt::ReceiptBody;
use crate::orders::{Content, EmailText, Texts};
use crate::problem::Problem;
use crate::recipients::{ChannelSchema, Recipient};
use gateways::BodyFormat;

/// How long an e-mail is worth sending.
const LIFETIME: SignedDuration = SignedDuration::from_hours(48);

/// Sends one e-mail.
#[utoipa::path(post, path = "/future/orders/instant/email", operation_id = "sendInstantEmail", tag = "Instant",
    request_body = EmailRequest,
    responses((status = 201, body = ReceiptBody), (status = 200, body = ReceiptBody), (status = 503)))]
pub(crate) async fn send(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    receive(&api, request, read).await
}

fn read(body: &Reader<'_>) -> Option<Wish> {
    let idempotency_id = body::idempotency_id(body);
    let senders_reference = body::senders_reference(body);
    let details = body.needed_object_as("recipientEmail", "InstantEmailDetails");
    let content = details.and_then(|details| read_details(&details));
    Some(Wish { idempotency_id: idempotency_id?, senders_reference, content: content?, lifetime: LIFETIME })
}

fn read_details(details: &Reader<'_>) -> Option<Content> {
    let address = body::email_address(details);
    let settings = details.needed_object("emailSettings");
    let text = settings.and_then(|settings| read_text(&settings));
    let recipient = Recipient::Direct { email: Some(address?), mobile: None };
    let texts = Texts { email: Some(text?), sms: None };
    Some(plain_content(ChannelSchema::Email, recipient, texts))
}

/// Line breaks in the subject stay here, unlike in orders; the mail itself folds them.
fn read_text(settings: &Reader<'_>) -> Option<EmailText> {
    let sender = body::sender_address(settings);
    let subject = settings.needed_text("subject");
    let body = settings.needed_text("body");
    let format = settings.choice("contentType").unwrap_or(BodyFormat::Plain);
    Some(EmailText { sender, subject: subject?.into(), body: body?.into(), format })
}
