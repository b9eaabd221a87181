//! The stylesheet and the scripts, compiled in.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::Console;

const STYLE: &str = include_str!("../assets/console.css");
/// htmx 2.0.11 as its npm package has it, under the licence beside it (Zero-Clause BSD).
const HTMX: &str = include_str!("../assets/htmx-2.0.11.min.js");

const ICON: &str = include_str!("../assets/icon.svg");

/// What htmx does not do.
const SCRIPT: &str = include_str!("../assets/console.js");

/// Where the stylesheet of this build is; another build's is elsewhere, so that none is kept too long.
pub(crate) static STYLE_AT: LazyLock<String> = LazyLock::new(|| marked("/console/console.css", STYLE));
/// Where our script is.
pub(crate) static SCRIPT_AT: LazyLock<String> = LazyLock::new(|| marked("/console/console.js", SCRIPT));
/// Where htmx is.
pub(crate) const HTMX_AT: &str = "/console/htmx-2.0.11.min.js";

pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route("/console/console.css", get(async || text("text/css; charset=utf-8", STYLE)))
        .route("/console/icon.svg", get(async || text("image/svg+xml", ICON)))
        .route("/console/console.js", get(async || text("text/javascript; charset=utf-8", SCRIPT)))
        .route(HTMX_AT, get(async || text("text/javascript; charset=utf-8", HTMX)))
}

fn marked(path: &str, content: &str) -> String {
    let digest = digest(&SHA256, content.as_bytes());
    let mark = digest.as_ref().iter().take(4);
    mark.fold(format!("{path}?"), |address, byte| format!("{address}{byte:02x}"))
}

fn text(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=86400")], content).into_response()
}
