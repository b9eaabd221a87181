//! POST /api/messages/out: stores a draft.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Request;
use store::Tx;
use web::JsonError;

use super::prepare::{Prepared, Style, prepare};
use super::sql;
use crate::Exchange;
use crate::access::Client;
use crate::conversations::{self, Conversation, Direction};
use crate::openapi::Sbd;
use crate::problem::Problem;
use crate::routes;
use crate::statuses::{self, Status};
use crate::trail::{self, Trail, tell};

/// Makes a draft.
///
/// Files are added to it and it is sent in further calls. What is left out of the header is filled in; the answer
/// is the document as it is kept.
#[utoipa::path(post, path = "/api/messages/out", operation_id = "createMessage", tag = "Messages out",
    request_body = Sbd, responses((status = 200, body = Sbd)))]
pub(super) async fn create(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let limit = app.config().envelope_limit_bytes;
    let bytes = web::json::read_bytes(request, limit).await.map_err(body_problem)?;
    let prepared = prepare(&app, client.owner, &bytes, Style::Body).await?;
    check_sender(&client, &prepared)?;
    let answer = prepared.message.envelope.to_json();

    let trail = Trail::of(&prepared.message.facts, prepared.service);
    let (doing, agent) = (app.clone(), trail::agent(client.user_agent.as_deref()));
    let created = app.store().write(move |tx| {
        let conversation = store_draft(&doing, tx, &client, &prepared)?;
        record_created(&doing, tx, &conversation)
    });
    created.await?;
    app.webhooks().ring();
    tell!(trail, userAgent = %agent, "created a message");
    Ok(routes::json(&answer))
}

/// Whoever acts for some of our organizations sends in their names only.
pub(super) fn check_sender(client: &Client, prepared: &Prepared) -> Result<(), Problem> {
    let sender = prepared.message.facts.sender.identifier();
    if client.reach.covers(&sender) {
        return Ok(());
    }
    Err(Problem::forbidden(format!("The token does not let its holder act for {sender}")))
}

fn body_problem(error: JsonError) -> Problem {
    match error {
        JsonError::UnsupportedMediaType => Problem::unsupported_media_type("application/json"),
        JsonError::TooLarge { limit } => Problem::too_large(limit),
        JsonError::Aborted(_) | JsonError::Stalled => Problem::cut_off(),
        other => Problem::not_readable(other.to_string()),
    }
}

/// Stores the draft and its conversation, which [`record_created`] gives its first status.
pub(super) fn store_draft(
    app: &Exchange,
    tx: &mut Tx<'_>,
    client: &Client,
    prepared: &Prepared,
) -> Result<Conversation, Problem> {
    let (owner, now) = (client.owner, app.now());
    let Prepared { message, service } = prepared;
    let message_id = &message.facts.message_id;
    if conversations::used(tx, owner, message_id)? {
        return Err(exists(message_id));
    }
    let id = app.random().uuid_v7(now);
    let agent = client.user_agent.as_deref();
    if !sql::insert(tx, id, owner, message, *service, agent, now)? {
        return Err(exists(message_id));
    }
    let direction = Direction::Outgoing;
    let opened = conversations::open(tx, owner, direction, &message.facts, *service, agent, now)?;
    opened.ok_or_else(|| exists(message_id))
}

/// Says that a message is there: the last step of the commit that stores it.
pub(super) fn record_created(
    app: &Exchange,
    tx: &mut Tx<'_>,
    conversation: &Conversation,
) -> Result<(), Problem> {
    statuses::record(app, tx, &[(conversation, Status::Opprettet.into())], app.now())?;
    Ok(())
}

fn exists(message_id: &str) -> Problem {
    let text = format!("A message with messageId = {message_id} exists already");
    Problem::bad("MessageAlreadyExistsException", text)
}
