//! Figures: a page for people with what each creator sent in a month, and the rows of yesterday as files
//! for those who invoice.
//!
//! Orders are counted by the time that was asked for, in UTC. A day's figures are counted when it is over
//! and again while its last results come in, and kept (`count`); the page reads those and counts only days
//! that have none, hour by hour, so that no query is long.

pub(crate) mod count;
mod day;
mod export;
mod page;
mod rows;
mod sql;
mod table;

use axum::Router;
use axum::routing::{get, post};
use serde::Deserialize;
use types::Secret;
use utoipa::OpenApi;

use crate::Notify;

/// The section `[notify.metrics]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What is shown in `X-API-Key` for the files of yesterday's rows. Default: there are none.
    pub api_key: Option<Secret>,
    /// Which environment this is, in file names and `X-Environment`. Default `development`.
    pub environment: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { api_key: None, environment: "development".to_owned() }
    }
}

/// The endpoints, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(page::ask, page::show, export::sms, export::email))]
pub(crate) struct Documented;

/// The page, below the API's path.
pub(crate) fn page_routes() -> Router<Notify> {
    Router::new().route("/metrics", get(page::ask).post(page::show))
}

/// The files, which have a key of their own.
pub(crate) fn export_routes() -> Router<Notify> {
    Router::new().route("/metrics/sms", post(export::sms)).route("/metrics/email", post(export::email))
}
