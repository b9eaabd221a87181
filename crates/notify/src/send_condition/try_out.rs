//! `GET /notifications/api/v1/tests/sendcondition?conditionMet=true`: an endpoint to try send
//! conditions on. Not for production.

use axum::extract::Query;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    #[serde(default)]
    condition_met: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ConditionAnswer)]
#[serde(rename_all = "camelCase")]
struct ConditionBody {
    send_notification: bool,
}

/// The endpoint, as the document describes it.
#[derive(OpenApi)]
#[openapi(paths(answer))]
pub(crate) struct Documented;

/// The endpoint, with its full path. Whoever asks without saying gets "no".
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/notifications/api/v1/tests/sendcondition", get(answer))
}

/// Answers a send condition as it is told to. Only where it is switched on.
#[utoipa::path(get, path = "/tests/sendcondition", operation_id = "tryCondition", tag = "Operators",
    params(("conditionMet" = Option<bool>, Query, description = "What is answered; no when absent.")),
    responses((status = 200, body = ConditionBody), (status = 400, body = String, content_type = "text/plain")))]
async fn answer(Query(wanted): Query<Wanted>) -> Json<ConditionBody> {
    Json(ConditionBody { send_notification: wanted.condition_met })
}
