//! DELETE /api/messages/out/{messageId}: discards a draft, or cancels a send. Always 200.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use super::sql;
use crate::Exchange;
use crate::access::Client;
use crate::problem::Problem;
use crate::routes;

/// Discards a draft, or cancels what is on its way. The story of it stays.
#[utoipa::path(delete, path = "/api/messages/out/{id}", operation_id = "discardMessage", tag = "Messages out",
    params(("id" = String, Path, description = "The message id.")), responses((status = 200)))]
pub(super) async fn delete(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let gone = app.store().write(move |tx| {
        let found = sql::lock(tx, client.owner, &message_id)?;
        let Some(message) = found.filter(|message| client.reach.covers(&message.sender)) else {
            return Ok(Vec::new());
        };
        // A job that comes for it finds nothing, and ends.
        sql::remove(tx, message.id).map_err(Problem::from)
    });
    app.drop_blobs(gone.await?).await;
    Ok(routes::empty())
}
