//! What a receiver can get, and over which channel.

mod relay;
mod show;
mod wire;

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;

use crate::Exchange;
use crate::routes::both;

/// The endpoints, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(show::show, relay::relay))]
pub(crate) struct Documented;

pub(crate) fn router() -> Router<Exchange> {
    let router = both(Router::new(), "/api/capabilities/{receiver}", get(show::show));
    both(router, "/servicerecord/{identifier}", get(relay::relay))
}
