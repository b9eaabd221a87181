//! GET /api/conversations/{id} and GET /api/conversations/messageId/{messageId}.

use super::wire::ConversationBody;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use store::Tx;

use super::model::Conversation;
use super::sql;
use crate::Exchange;
use crate::access::Client;
use crate::problem::Problem;
use crate::routes;

/// Shows the story of a message.
#[utoipa::path(get, path = "/api/conversations/{id}", operation_id = "showConversation", tag = "Conversations",
    params(("id" = i64, Path, description = "Its number.")), responses((status = 200, body = ConversationBody), (status = 404)))]
pub(super) async fn by_id(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: i64 = id.parse().map_err(|_| Problem::type_mismatch("id", "a number"))?;
    let body = app.store().read(move |tx| {
        let found = sql::find(tx, client.owner, id)?.filter(|story| client.reach.covers(&story.party));
        with_statuses(tx, found)?.ok_or_else(|| {
            let text = format!("No conversation with id = {id}");
            Problem::domain(StatusCode::NOT_FOUND, "ConversationNotFoundException", text)
        })
    });
    Ok(routes::json(&body.await?))
}

/// Shows the story of the message with this id.
#[utoipa::path(get, path = "/api/conversations/messageId/{id}", operation_id = "showConversationOfMessage", tag = "Conversations",
    params(("id" = String, Path, description = "The message id.")), responses((status = 200, body = ConversationBody), (status = 404)))]
pub(super) async fn by_message(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let body = app.store().read(move |tx| {
        let stories = sql::of_message(tx, client.owner, &message_id)?;
        let found = stories.into_iter().find(|story| client.reach.covers(&story.party));
        with_statuses(tx, found)?.ok_or_else(|| Problem::message_not_found(&message_id))
    });
    Ok(routes::json(&body.await?))
}

fn with_statuses(tx: &mut Tx<'_>, found: Option<Conversation>) -> store::Result<Option<serde_json::Value>> {
    let Some(found) = found else { return Ok(None) };
    let statuses = crate::statuses::sql::of_conversation(tx, found.id)?;
    Ok(Some(found.body(&statuses)))
}
