//! How far messages have come: OPPRETTET, SENDT, MOTTATT, LEVERT, LEST, and what can go wrong.
//!
//! **Promises.** A status is recorded in the commit that caused it, once for each message; a repeat
//! changes nothing, and nothing is ever taken back. Facts may arrive late and out of order (LEVERT
//! before MOTTATT, LEVERT after LEVETID_UTLOPT): all are kept, and those that come
//! after the end are marked as late in their description. A message that is finished stays
//! finished. Whoever subscribed is told of every status, and the status queue gets those of the
//! channels it is configured for.

mod acknowledge;
mod late;
mod list;
mod model;
mod peek;
mod record;
pub(crate) mod sql;
mod wire;

use axum::Router;
use axum::routing::{delete, get};
use utoipa::OpenApi;

use crate::Exchange;
use crate::routes::both;

pub(crate) use acknowledge::take;
pub use model::Status;
pub(crate) use peek::next;
pub(crate) use record::{NewStatus, record};

/// The endpoints, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(list::search, list::of_message, peek::peek, acknowledge::acknowledge))]
pub(crate) struct Documented;

pub(crate) fn router() -> Router<Exchange> {
    let router = Router::new();
    let router = both(router, "/api/statuses", get(list::search));
    let router = both(router, "/api/statuses/peek", get(peek::peek).head(crate::routes::no_head));
    both(router, "/api/statuses/{id}", delete(acknowledge::acknowledge).get(list::of_message))
}
