//! GET /servicerecord/{identifier}: what the registry knows of somebody, for older integrations. Whatever
//! goes wrong is 404, without a body.

use super::wire::RelayedRecord;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use crate::Exchange;
use crate::access::Client;
use crate::registry::{Question, relayed};
use crate::routes;

/// Passes on what the registry knows of somebody, for older integrations.
#[utoipa::path(get, path = "/servicerecord/{identifier}", operation_id = "relayRecord", tag = "Capabilities",
    params(("identifier" = String, Path, description = "An organization or person by number.")),
    responses((status = 200, body = RelayedRecord), (status = 404, content(("none")))))]
pub(super) async fn relay(
    State(app): State<Exchange>,
    Extension(_): Extension<Client>,
    Path(identifier): Path<String>,
) -> Response {
    let nothing = || StatusCode::NOT_FOUND.into_response();
    let Ok(identifier) = identifier.parse() else { return nothing() };
    match app.registry().look_up(&Question::about(identifier)).await.map(relayed) {
        Ok(Ok(body)) => routes::json(&without_null(body)),
        Ok(Err(error)) => {
            tracing::warn!(%error, "could not relay what the registry answered");
            nothing()
        }
        Err(error) => {
            tracing::info!(%error, "a relayed look-up has no answer");
            nothing()
        }
    }
}

/// The API leaves out what is null, everywhere.
fn without_null(mut value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match &mut value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            for member in members.values_mut() {
                *member = without_null(member.take());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_null(item.take())),
        _ => {}
    }
    value
}
