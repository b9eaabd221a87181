//! DELETE /api/statuses/{id}: takes a status off the queue. It stays in the lists.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::sql;
use crate::Exchange;
use crate::access::Client;
use crate::problem::Problem;
use crate::routes;

/// Takes a status off the queue. It stays in the lists.
#[utoipa::path(delete, path = "/api/statuses/{id}", operation_id = "takeStatus", tag = "Statuses",
    params(("id" = i64, Path, description = "Its number.")), responses((status = 200), (status = 404, content(("none")))))]
pub(super) async fn acknowledge(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: i64 = id.parse().map_err(|_| Problem::type_mismatch("id", "a number"))?;
    let was_there = take(&app, &client, id).await?;
    Ok(if was_there { routes::empty() } else { StatusCode::NOT_FOUND.into_response() })
}

/// Takes a status off the queue; answers whether it was there.
pub(crate) async fn take(app: &Exchange, client: &Client, id: i64) -> Result<bool, Problem> {
    let client = client.clone();
    Ok(app.store().write(move |tx| sql::dequeue(tx, &client, id)).await?)
}
