//! How people and the console see what came to the sink.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;

use super::{Content, Email, Recipient, SmtpSink};

/// An e-mail in a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmailBody {
    number: u64,
    at: Timestamp,
    return_path: String,
    recipients: Vec<Recipient>,
    envid: Option<String>,
    bytes: usize,
    content: Content,
}

impl EmailBody {
    pub(super) fn new(number: u64, email: &Email) -> Self {
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

/// One message as it came.
pub(super) async fn raw(State(sink): State<SmtpSink>, Path(number): Path<u64>) -> Response {
    let Some(email) = sink.captured().get(number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let name = format!("attachment; filename=\"message-{number}.eml\"");
    let headers = [(header::CONTENT_TYPE, "message/rfc822".to_owned()), (header::CONTENT_DISPOSITION, name)];
    (headers, email.raw.clone()).into_response()
}
