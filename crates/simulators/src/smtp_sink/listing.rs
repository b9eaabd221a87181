//! What people and the console see of the sink.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Content, Email, MAGIC_RECIPIENTS, MagicRecipient, Recipient, SmtpSink};

/// Where to begin, and how many.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    since: u64,
    #[serde(default = "hundred")]
    limit: usize,
}

const fn hundred() -> usize {
    100
}

/// Messages, and the number to ask with for newer ones.
#[derive(Serialize)]
pub(super) struct MessagesBody {
    messages: Vec<EmailBody>,
    next: u64,
    total: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EmailBody {
    number: u64,
    at: Timestamp,
    return_path: String,
    recipients: Vec<Recipient>,
    envid: Option<String>,
    bytes: usize,
    content: Content,
}

impl EmailBody {
    fn new(number: u64, email: &Email) -> Self {
        Self {
            number,
            at: email.at,
            return_path: email.from.clone(),
            recipients: email.recipients.clone(),
            envid: email.envid.clone(),
            bytes: email.raw.len(),
            content: email.content.clone(),
        }
    }
}

/// Lists what came, oldest first.
pub(super) async fn messages(
    State(sink): State<SmtpSink>,
    Query(wanted): Query<Wanted>,
) -> Json<MessagesBody> {
    let kept = sink.captured().since(wanted.since);
    let page = kept.iter().take(wanted.limit.min(1000));
    let messages: Vec<_> = page.map(|(number, email)| EmailBody::new(*number, email)).collect();
    let next = messages.last().map_or(wanted.since, |last| last.number + 1);
    let total = sink.captured().total();
    Json(MessagesBody { messages, next, total })
}

/// One message as it came.
pub(super) async fn raw(State(sink): State<SmtpSink>, Path(number): Path<u64>) -> Response {
    let Some(email) = sink.captured().get(number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let name = format!("attachment; filename=\"message-{number}.eml\"");
    let headers = [(header::CONTENT_TYPE, "message/rfc822".to_owned()), (header::CONTENT_DISPOSITION, name)];
    (headers, email.raw.clone()).into_response()
}

/// Lists the magic recipients.
pub(super) async fn magic_recipients() -> Json<&'static [MagicRecipient]> {
    Json(MAGIC_RECIPIENTS)
}
