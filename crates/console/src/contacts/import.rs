//! `POST /console/contacts`: fills the embedded contact register; `budstikke import` calls it.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::Console;
use crate::program::Program;

/// Bytes of a file that are taken at once.
const LARGEST_FILE: usize = 64 << 20;

/// Only JSON and CSV are taken, which a browser does not send from another site without asking first.
pub(super) async fn import(State(console): State<Console>, _: Program, request: Request) -> Response {
    let is_csv = is_csv(request.headers());
    if !is_csv && !web::json::is_json(request.headers()) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json or text/csv\n").into_response();
    }
    let file = match web::body::read(request.into_body(), LARGEST_FILE).await {
        Ok(file) => file,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    let imported = if is_csv {
        console.register().import_csv(&file).await
    } else {
        console.register().import(&file).await
    };
    match imported {
        Ok(imported) => format!("{imported}\n").into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}

fn is_csv(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    declared
        .and_then(|text| text.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/csv"))
}
