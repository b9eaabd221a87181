//! GET /api/messages/out/{messageId}

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use super::sql;
use crate::Exchange;
use crate::access::Client;
use crate::openapi::Sbd;
use crate::problem::Problem;
use crate::routes;

/// Shows a draft, or what is on its way. What has been handed over is not here any more.
#[utoipa::path(get, path = "/api/messages/out/{id}", operation_id = "showOutgoing", tag = "Messages out",
    params(("id" = String, Path, description = "The message id.")), responses((status = 200, body = Sbd), (status = 404)))]
pub(super) async fn show(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let message = app
        .store()
        .read(move |tx| super::seen(sql::find(tx, client.owner, &message_id)?, &client, &message_id));
    Ok(routes::text(message.await?.sbd))
}
