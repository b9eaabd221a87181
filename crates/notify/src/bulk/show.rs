//! `GET /future/orders/bulk/{id}`: how far a bulk has come, and what has become of its orders.

use std::collections::BTreeMap;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use store::{Error, Tx};
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Counts, Standing};
use super::sql;
use crate::access::{self, Policy};
use crate::api::{Api, shown};
use crate::problem::Problem;

#[derive(Serialize, ToSchema)]
#[schema(as = Bulk)]
#[serde(rename_all = "camelCase")]
struct BulkBody {
    bulk_id: Uuid,
    state: Standing,
    created: Timestamp,
    last_update: Timestamp,
    #[serde(flatten)]
    counts: Counts,
    /// Main orders by their status.
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    orders: BTreeMap<&'static str, u64>,
}

/// Shows one of the caller's own bulks.
#[utoipa::path(get, path = "/future/orders/bulk/{id}", operation_id = "showBulk", tag = "Orders",
    params(("id" = Uuid, Path, description = "The bulk.")),
    responses((status = 200, body = BulkBody), (status = 404)))]
pub(crate) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let granted = access::allow(api.notify.verifier(), request.headers(), Policy::ReadShipments).await?;
    let Ok(id) = id.parse::<Uuid>() else {
        return Err(Problem::plain(StatusCode::NOT_FOUND));
    };
    let (creator, now) = (granted.creator()?, api.notify.clock().now());
    let read = move |tx: &mut Tx<'_>| {
        let Some(bulk) = sql::find_own(tx, &creator, id)? else { return Ok(None) };
        let orders = sql::by_state(tx, id)?.into_iter().map(|(state, count)| (state.wire(), count)).collect();
        Ok::<_, Error>(Some(BulkBody {
            bulk_id: bulk.id,
            state: bulk.standing_at(now),
            created: bulk.created,
            last_update: bulk.changed,
            counts: bulk.counts,
            orders,
        }))
    };
    let found = api.notify.store().read(read).await?;
    found.map_or(Err(Problem::plain(StatusCode::NOT_FOUND)), |body| Ok(shown(&body)))
}
