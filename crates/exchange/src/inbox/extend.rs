//! PUT /api/messages/in/{messageId}/lock: a client that is not ready yet keeps its lock. It then lasts as
//! long as one taken now. An addition of ours.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use super::peek::lock_end;
use super::{held, sql};
use crate::Exchange;
use crate::access::Client;
use crate::problem::Problem;
use crate::routes;

/// Keeps a lock: it then lasts as long as one taken now.
#[utoipa::path(put, path = "/api/messages/in/{id}/lock", operation_id = "extendLock", tag = "Messages in",
    params(("id" = String, Path, description = "The message id.")), responses((status = 200), (status = 404)))]
pub(super) async fn extend(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let (now, until) = (app.now(), lock_end(&app));
    let extended = app.store().write(move |tx| {
        let message = held(sql::lock(tx, client.owner, &message_id)?, &client, &message_id, now)?;
        sql::hold(tx, message.id, until).map_err(Problem::from)
    });
    extended.await?;
    Ok(routes::empty())
}
