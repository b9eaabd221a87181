//! GET /api/statuses/peek: the oldest status that nobody has taken off the queue.

use super::wire::StatusBody;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::sql::{self, StatusRow};
use crate::Exchange;
use crate::access::Client;
use crate::problem::Problem;
use crate::routes;

/// Shows the oldest status in the queue, and leaves it there.
#[utoipa::path(get, path = "/api/statuses/peek", operation_id = "peekStatus", tag = "Statuses",
    responses((status = 200, body = StatusBody), (status = 204)))]
pub(super) async fn peek(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
) -> Result<Response, Problem> {
    let head = next(&app, &client).await?;
    Ok(head.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |row| routes::json(&row.body())))
}

/// The oldest status in the queue, if there is one.
pub(crate) async fn next(app: &Exchange, client: &Client) -> Result<Option<StatusRow>, Problem> {
    let client = client.clone();
    Ok(app.store().read(move |tx| sql::head(tx, &client)).await?)
}
