//! What a receiver can get, and over which channel.

mod relay;
mod show;

use axum::Router;
use axum::routing::get;

use crate::Exchange;
use crate::routes::both;

pub(crate) fn router() -> Router<Exchange> {
    let router = both(Router::new(), "/api/capabilities/{receiver}", get(show::show));
    both(router, "/servicerecord/{identifier}", get(relay::relay))
}
