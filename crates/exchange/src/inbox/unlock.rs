//! DELETE /api/messages/in/{messageId}/lock, or POST …/unlock: gives a message back before its lock
//! runs out. An addition of ours; the message keeps its place.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use super::{held, sql};
use crate::Exchange;
use crate::access::Client;
use crate::conversations::Direction;
use crate::problem::Problem;
use crate::routes;
use crate::trace::note::{self, Note};

/// Gives a locked message back before its lock runs out; it keeps its place.
#[utoipa::path(delete, path = "/api/messages/in/{id}/lock", operation_id = "unlockMessage", tag = "Messages in",
    params(("id" = String, Path, description = "The message id.")), responses((status = 200), (status = 404)))]
pub(super) async fn unlock(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    give_back(&app, &client, message_id).await?;
    Ok(routes::empty())
}

/// Lets a message wait again that the client holds.
pub(crate) async fn give_back(app: &Exchange, client: &Client, message_id: String) -> Result<(), Problem> {
    let (now, client, doing) = (app.now(), client.clone(), app.clone());
    let unlocked = app.store().write(move |tx| {
        let message = held(sql::lock(tx, client.owner, &message_id)?, &client, &message_id, now)?;
        let about = (client.owner, message_id.as_str(), Direction::Incoming);
        note::write(&doing, tx, about, &Note::GivenBack, client.user_agent.as_deref())?;
        sql::unlock(tx, message.id).map_err(Problem::from)
    });
    unlocked.await
}
