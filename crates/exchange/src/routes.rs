//! How paths are mounted: every API path with and without one trailing slash.

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodRouter;
use http::{HeaderValue, StatusCode, header};

use crate::Exchange;

/// Mounts a path and the same path with a trailing slash, which older clients send.
pub(crate) fn both(
    router: Router<Exchange>,
    path: &str,
    methods: MethodRouter<Exchange>,
) -> Router<Exchange> {
    router.route(path, methods.clone()).route(&format!("{path}/"), methods)
}

/// HEAD where GET would change something.
pub(crate) async fn no_head() -> Response {
    let mut response = StatusCode::METHOD_NOT_ALLOWED.into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
    response
}

/// 200 with `Content-Length: 0`.
pub(crate) fn empty() -> Response {
    StatusCode::OK.into_response()
}

/// JSON that is already put together.
pub(crate) fn json(body: &serde_json::Value) -> Response {
    text(body.to_string())
}

/// JSON that has been kept as text.
pub(crate) fn text(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
