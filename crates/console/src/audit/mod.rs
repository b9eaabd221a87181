//! The audit log: a table for people, and the whole of it, a page of links at a time, one JSON object on each
//! line, for `budstikke audit` and whoever keeps a copy.

mod lines;
mod table;
mod words;

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use axum::routing::get;

use crate::Console;
use crate::page::Refusal;
use crate::program::Asker;
use crate::role::Role;

pub use lines::{HEAD, lines};

pub(crate) fn router() -> Router<Console> {
    Router::new().route("/console/audit", get(show))
}

/// Programs get lines, and so do people who ask for `format=ndjson`.
async fn show(State(console): State<Console>, asker: Asker, uri: Uri) -> Result<Response, Refusal> {
    asker.needs(Role::Administer)?;
    match &asker {
        Asker::Person(visitor) if !lines::are_wanted(&uri) => table::show(&console, visitor, &uri).await,
        _ => lines::show(&console, &uri).await,
    }
}
