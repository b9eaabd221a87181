//! `POST /console/contacts`: fills the embedded contact register; `budstikke import` calls it.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// Bytes of a file that are taken at once.
const LARGEST_FILE: usize = 64 << 20;

/// Only JSON is taken, which a browser does not send from another site without asking first.
pub(super) async fn import(State(app): State<App>, request: Request) -> Response {
    if !web::json::is_json(request.headers()) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json\n").into_response();
    }
    let json = match web::body::read(request.into_body(), LARGEST_FILE).await {
        Ok(json) => json,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    match app.register().import(&json).await {
        Ok(imported) => format!("{imported}\n").into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}
