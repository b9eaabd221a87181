//! What was sent to a person or an organization, for those who help people: by whichever creator.
//!
//! Only the scope for support opens these endpoints. The number asked about travels in a header, so that it
//! stands in no URL and no access log, and it is never printed. Found is what was sent to somebody *as
//! that person or organization*; what went to an address that a sender wrote out is not.

mod look_up;
mod period;
mod sql;

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;

use crate::api::Api;

/// The endpoints, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(look_up::person, look_up::organization))]
pub(crate) struct Documented;

/// The endpoints, below `/future`.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/dashboard/recipients/notifications/nin", get(look_up::person))
        .route("/dashboard/recipients/notifications/orgnumber", get(look_up::organization))
}
