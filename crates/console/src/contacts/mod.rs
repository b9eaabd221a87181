//! The embedded contact register: filling it, copying it, and looking up who is asked for by a whole
//! number. Nobody can leaf through it, and addresses are shown masked.

mod export;
mod import;
mod import_form;
mod registered;
mod search;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::Console;

/// The register's pages.
pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route("/console/contacts", get(search::show).post(import::import))
        .route("/console/contacts/search", post(search::search))
        .route("/console/contacts/import", post(import_form::import))
        .route("/console/contacts/organizations", get(registered::show))
        .route("/console/contacts/export", get(export::export))
}
