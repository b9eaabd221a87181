//! Tells how far operations have come.

use std::time::Duration;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::magic::Outcome;
use super::{Asked, MailCloud, access};

/// A message that is, or was, being worked on.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) taken: Timestamp,
    pub(super) outcome: Outcome,
    /// How often it has been asked about.
    pub(super) questions: u32,
}

/// Answers one question.
pub(super) async fn show(
    State(cloud): State<MailCloud>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let now = cloud.0.clock.now();
    let settings = &cloud.0.settings;
    let answer = if access::is_signed(&settings.access_key, &Method::GET, &uri, &headers, b"", now) {
        cloud.tell(&id, now)
    } else {
        denied()
    };
    cloud.0.asked.push(Asked { at: now, operation: id, status: answer.status() });
    answer
}

impl MailCloud {
    fn tell(&self, id: &str, now: Timestamp) -> Response {
        let settings = &self.0.settings;
        let mut state = self.state();
        if let Some(rest) = state.questions.count(settings.questions_per_minute, now) {
            return throttled(rest);
        }
        let Some(operation) = state.operations.get_mut(id) else {
            return fault(StatusCode::NOT_FOUND, "NotFound", "The operation was not found.");
        };
        operation.questions += 1;
        let under_way = Duration::try_from(now.duration_since(operation.taken)).unwrap_or_default();
        let ended = under_way >= settings.operation_takes;
        match (operation.outcome, operation.questions) {
            (Outcome::QuestionsRefused, 1) => throttled(settings.limited_for),
            (Outcome::QuestionsRefused, 2) => {
                fault(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "")
            }
            (Outcome::NeverEnds, _) => running(id, settings.ask_after),
            _ if !ended => running(id, settings.ask_after),
            (Outcome::OperationFails(code), _) => {
                let error = json!({ "code": code, "message": "The message was not sent." });
                Json(json!({ "id": id, "status": "Failed", "error": error })).into_response()
            }
            (Outcome::OperationCanceled, _) => {
                Json(json!({ "id": id, "status": "Canceled" })).into_response()
            }
            _ => Json(json!({ "id": id, "status": "Succeeded" })).into_response(),
        }
    }
}

/// An operation under way.
pub(super) fn running(id: &str, ask_after: Option<Duration>) -> Response {
    let mut response = Json(json!({ "id": id, "status": "Running" })).into_response();
    if let Some(after) = ask_after {
        response.headers_mut().insert("retry-after", after.as_secs().into());
    }
    response
}

/// An error as the service writes it.
pub(super) fn fault(status: StatusCode, code: &str, message: &str) -> Response {
    let body: Value = json!({ "error": { "code": code, "message": message } });
    (status, [("x-ms-error-code", code.to_owned())], Json(body)).into_response()
}

/// Somebody whom the service does not know.
pub(super) fn denied() -> Response {
    fault(StatusCode::UNAUTHORIZED, "Denied", "Denied by the resource provider.")
}

/// Too many calls.
pub(super) fn throttled(rest: Duration) -> Response {
    let mut response = fault(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Too many requests.");
    let seconds = rest.as_secs() + u64::from(rest.subsec_nanos() > 0);
    response.headers_mut().insert("retry-after", seconds.into());
    response
}
