//! Those who may sign in: listed, added, changed and closed by administrators; and everybody's own password.

mod account;
mod change;
mod list;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::Console;

/// Where everybody finds their own account.
pub(crate) const OWN: &str = "/console/account";

pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route("/console/users", get(list::show).post(change::add))
        .route("/console/users/change", post(change::change))
        .route(OWN, get(account::show).post(account::change))
}
