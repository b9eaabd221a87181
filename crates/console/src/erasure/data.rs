//! `POST /console/erasure/data`: the same for programs, as JSON.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use types::erasure::Whom;

use super::{erase, look};
use crate::Console;
use crate::program::Program;

#[derive(Deserialize)]
struct Wish {
    /// A mobile number, an e-mail address, a national identity number or an organization number.
    recipient: String,
    /// Whether it is to be done; otherwise it is only told.
    #[serde(default)]
    erase: bool,
}

/// Only JSON is taken, which a browser does not send from another site without asking first.
pub(super) async fn answer(
    State(console): State<Console>,
    program: Program,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !web::json::is_json(&headers) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json\n").into_response();
    }
    let Ok(wish) = serde_json::from_slice::<Wish>(&body) else {
        return (StatusCode::BAD_REQUEST, "send {\"recipient\": \"…\", \"erase\": false}\n").into_response();
    };
    let whom = match Whom::read(&wish.recipient) {
        Ok(whom) => whom,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    let actor = program.actor();
    let report =
        if wish.erase { erase(&console, whom, actor).await } else { look(&console, &whom, &actor).await };
    match report {
        Ok(report) => Json(report).into_response(),
        Err(error) => {
            tracing::warn!(%error, "what there is about a recipient cannot be told or erased");
            let text = "the store does not answer; what was erased is erased, so ask again\n";
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}
