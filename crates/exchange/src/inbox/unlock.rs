//! DELETE /api/messages/in/{messageId}/lock, or POST …/unlock: gives a message back before its lock
//! runs out. An addition of ours; the message keeps its place.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use super::sql;
use crate::Exchange;
use crate::access::Client;
use crate::problem::Problem;
use crate::routes;

pub(super) async fn unlock(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let (owner, now) = (client.owner, app.now());
    let unlocked = app.store().write(move |tx| {
        let found = sql::lock(tx, owner, &message_id)?;
        let message = found.ok_or_else(|| Problem::message_not_found(&message_id))?;
        if !message.is_locked(now) {
            return Err(Problem::not_locked(&message_id));
        }
        sql::unlock(tx, message.id).map_err(Problem::from)
    });
    unlocked.await?;
    Ok(routes::empty())
}
