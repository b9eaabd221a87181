//! Addresses that are no longer sent to: dead ones, those whose owners have complained, and those that a
//! creator has put here.
//!
//! The list holds keyed hashes, no addresses. Whoever sends asks it just before the mail server would be
//! called; an e-mail to a listed address ends as `Failed_SupressedRecipient` without a connection. An entry
//! holds for everybody (dead addresses) or for one creator (complaints and what creators list themselves).

mod body;
mod import;
mod learn;
mod lift;
mod list;
mod look_up;
mod model;
mod prune;
mod sql;
mod wire;

use axum::Router;
use axum::routing::{delete, get, post};
use utoipa::OpenApi;

use crate::api::Api;

pub(crate) use learn::{check, entries_about, learn, learn_from_refusal};
pub(crate) use model::{Keyed, Reason};
pub(crate) use prune::sweep;

/// The endpoints, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(list::list, import::import, look_up::look_up, lift::lift, lift::lift_one))]
pub(crate) struct Documented;

/// The endpoints below `/future/suppressions`; ours, not the contract's.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/suppressions", get(list::list).post(import::import))
        .route("/suppressions/lookup", post(look_up::look_up))
        .route("/suppressions/lift", post(lift::lift))
        .route("/suppressions/{id}", delete(lift::lift_one))
}
