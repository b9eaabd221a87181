//! Trying it out: orders and messages are placed through our own APIs, over HTTP as anybody else would, and the
//! requests and answers are shown, to copy as commands.

mod call;
mod place;
mod requests;
mod words;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::Console;

/// A decision, as a case system would archive it, and its description (Noark 5). Fictitious.
const PDF: &[u8] = include_bytes!("../../../budstikke/demo/vedtak.pdf");
const ARKIVMELDING: &str = include_str!("../../../budstikke/demo/arkivmelding.xml");

pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route("/console/try-it", get(place::show).post(place::place))
        .route("/console/try-it/vedtak.pdf", get(async || file("application/pdf", PDF)))
        .route("/console/try-it/arkivmelding.xml", get(async || file("text/xml", ARKIVMELDING.as_bytes())))
}

/// The files that the commands name, to lie beside them.
fn file(kind: &'static str, bytes: &'static [u8]) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, "attachment")], bytes).into_response()
}
