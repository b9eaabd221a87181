//! `GET /health/ready` and `GET /health/details`: whether this node can do its work, and what waits.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use store::{Engine, Tx, params};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::{Notify, overview};

/// Jobs that were given up, shown at most.
const BURIED: u32 = 100;

#[derive(Serialize, ToSchema)]
#[schema(as = HealthDetails)]
#[serde(rename_all = "camelCase")]
pub(super) struct DetailsBody {
    version: &'static str,
    at: Timestamp,
    store: &'static str,
    /// Jobs by lane, due or not.
    lanes: Vec<LaneBody>,
    /// The latest jobs that were given up, a hundred at most.
    given_up: Vec<GivenUpBody>,
    /// The latest ten thousand orders by state.
    orders: Vec<CountBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LaneDetails)]
struct LaneBody {
    lane: String,
    jobs: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OrdersInState)]
struct CountBody {
    state: String,
    orders: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = GivenUpJob)]
#[serde(rename_all = "camelCase")]
struct GivenUpBody {
    id: uuid::Uuid,
    at: Timestamp,
    lane: String,
    kind: String,
    creator: String,
    tries: u32,
    /// Whether it may have had its effect all the same.
    unknown: bool,
    reason: String,
}

/// Answers 200 when the store answers.
#[utoipa::path(get, path = "/health/ready", operation_id = "isReady", tag = "Operators", security(()),
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = 503, description = "The store does not answer.", body = String, content_type = "text/plain")))]
pub(super) async fn ready(State(notify): State<Notify>) -> (StatusCode, &'static str) {
    let asked: Result<i64, store::Error> = notify.store().read(|tx| tx.one("SELECT 1", params![])).await;
    match asked {
        Ok(_) => (StatusCode::OK, "Ready"),
        Err(error) => {
            tracing::warn!(%error, "not ready: the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "The store does not answer")
        }
    }
}

/// Says what waits and what was given up.
#[utoipa::path(get, path = "/health/details", operation_id = "showHealth", tag = "Operators",
    responses((status = 200, body = DetailsBody)))]
pub(super) async fn details(State(notify): State<Notify>) -> Result<Json<DetailsBody>, Problem> {
    let at = notify.clock().now();
    let body: Result<DetailsBody, store::Error> = notify.store().read(move |tx| read(tx, at)).await;
    Ok(Json(body?))
}

fn read(tx: &mut Tx<'_>, at: Timestamp) -> Result<DetailsBody, store::Error> {
    let lanes = overview::backlog(tx)?.into_iter().map(|(lane, jobs)| LaneBody { lane, jobs }).collect();
    let given_up = jobs::buried(tx, BURIED)?.into_iter().map(|job| GivenUpBody {
        id: job.id,
        at: job.buried,
        lane: job.lane,
        kind: job.kind,
        creator: job.owner,
        tries: job.tries,
        unknown: job.unknown,
        reason: job.reason,
    });
    let orders = overview::orders_by_state(tx)?.into_iter();
    Ok(DetailsBody {
        version: env!("CARGO_PKG_VERSION"),
        at,
        store: match tx.engine() {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        },
        lanes,
        given_up: given_up.filter(|job| job.lane.starts_with("notify.")).collect(),
        orders: orders.map(|(state, orders)| CountBody { state, orders }).collect(),
    })
}
