//! `GET /notifications/api/v1/tests/sendcondition?conditionMet=true`: an endpoint to try send
//! conditions on. Not for production.

use axum::extract::Query;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    #[serde(default)]
    condition_met: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConditionBody {
    send_notification: bool,
}

/// The endpoint, with its full path. Whoever asks without saying gets "no".
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/notifications/api/v1/tests/sendcondition", get(answer))
}

async fn answer(Query(wanted): Query<Wanted>) -> Json<ConditionBody> {
    Json(ConditionBody { send_notification: wanted.condition_met })
}
