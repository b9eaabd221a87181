//! DELETE /api/conversations/{id} and DELETE /api/conversations/messageId/{messageId}: always 200.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use super::sql;
use crate::Exchange;
use crate::access::Client;
use crate::problem::Problem;
use crate::routes;

/// Forgets the story of a message. Messages and files stay.
#[utoipa::path(delete, path = "/api/conversations/{id}", operation_id = "deleteConversation", tag = "Conversations",
    params(("id" = i64, Path, description = "Its number.")), responses((status = 200)))]
pub(super) async fn by_id(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: i64 = id.parse().map_err(|_| Problem::type_mismatch("id", "a number"))?;
    let gone = app.store().write(move |tx| {
        let found = sql::find(tx, client.owner, id)?.filter(|story| client.reach.covers(&story.party));
        found.map_or(Ok(()), |story| sql::delete(tx, story.id)).map_err(Problem::from)
    });
    gone.await?;
    Ok(routes::empty())
}

/// Forgets the story of the message with this id. Messages and files stay.
#[utoipa::path(delete, path = "/api/conversations/messageId/{id}", operation_id = "deleteConversationOfMessage",
    tag = "Conversations", params(("id" = String, Path, description = "The message id.")), responses((status = 200)))]
pub(super) async fn by_message(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let gone = app.store().write(move |tx| {
        let mut stories = sql::of_message(tx, client.owner, &message_id)?;
        stories.retain(|story| client.reach.covers(&story.party));
        // In the order in which statuses lock them.
        stories.sort_by_key(|story| story.id);
        for story in stories {
            sql::delete(tx, story.id)?;
        }
        Ok::<_, Problem>(())
    });
    gone.await?;
    Ok(routes::empty())
}
