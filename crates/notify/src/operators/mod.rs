//! What is for operators, on a listener of its own: triggers, figures, health, and the endpoint on which
//! send conditions can be tried.
//!
//! None of it is reachable where senders call. The listener stands on this machine's own address by
//! default; a token may be asked for besides. Those who watch whether we live need none, and the exports
//! have a key of their own.

mod health;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use types::Secret;
use utoipa::OpenApi;

use crate::api::any_spelling;
use crate::{Notify, metrics, send_condition, trigger};

/// Below this stands what the contract knows.
const API: &str = "/notifications/api/v1";

/// The section `[notify.operators]` of the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What operators show as a bearer token. Default: nothing is asked for.
    pub token: Option<Secret>,
}

/// Liveness and readiness, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(health::ready, health::details))]
pub(crate) struct Documented;

pub(crate) fn router(notify: &Notify) -> Router {
    let mut guarded = Router::new()
        .route("/health/details", get(health::details))
        .nest(API, metrics::page_routes())
        .nest("/notifications/api/v1/trigger", trigger::routes());
    if notify.config().condition_test_endpoint {
        guarded = guarded.merge(send_condition::try_out::router());
    }
    let guarded = guarded.route_layer(from_fn_with_state(notify.clone(), token));
    let open = Router::new()
        .nest(API, metrics::export_routes())
        .route("/health", get(async || "Healthy"))
        .route("/health/ready", get(health::ready));
    any_spelling(guarded.merge(open).with_state(notify.clone()), notify)
}

/// Lets pass who shows the token, or everybody where none is configured.
async fn token(State(notify): State<Notify>, request: Request, next: Next) -> Response {
    if shows_token(request.headers(), notify.config().operators.token.as_ref()) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

fn shows_token(headers: &HeaderMap, wanted: Option<&Secret>) -> bool {
    wanted.is_none_or(|wanted| {
        web::bearer::from_headers(headers).is_ok_and(|shown| is_same(shown.reveal(), wanted))
    })
}

/// Compares without telling by its duration how much was right. Nothing equals an empty secret.
pub(crate) fn is_same(shown: &str, wanted: &Secret) -> bool {
    let wanted = wanted.reveal().as_bytes();
    !wanted.is_empty() && bool::from(shown.as_bytes().ct_eq(wanted))
}
