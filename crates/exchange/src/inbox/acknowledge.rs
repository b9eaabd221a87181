//! DELETE /api/messages/in/{messageId}: the client has it. The sender is told LEVERT.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use super::{InMessage, held, sql};
use crate::access::Client;
use crate::conversations::{self, Direction};
use crate::feedback;
use crate::message::Envelope;
use crate::openapi::Sbd;
use crate::problem::Problem;
use crate::statuses::{self, Status};
use crate::trail::{self, Trail, tell};
use crate::{Exchange, lanes, routes};

/// Takes a locked message: it is removed, and its sender is told that it was delivered.
#[utoipa::path(delete, path = "/api/messages/in/{id}", operation_id = "acknowledgeMessage", tag = "Messages in",
    params(("id" = String, Path, description = "The message id.")), responses((status = 200, body = Sbd), (status = 404)))]
pub(super) async fn acknowledge(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    Ok(routes::text(take(&app, &client, message_id).await?.sbd))
}

/// Takes a message that the client holds out of the inbox, and tells its sender.
pub(crate) async fn take(app: &Exchange, client: &Client, message_id: String) -> Result<InMessage, Problem> {
    let client = client.clone();
    let (doing, agent) = (app.clone(), trail::agent(client.user_agent.as_deref()));
    let gone = app.store().write(move |tx| {
        let (owner, now) = (client.owner, doing.now());
        let message = held(sql::lock(tx, owner, &message_id)?, &client, &message_id, now)?;
        let blobs = sql::remove(tx, owner, &message_id)?;
        sql::set_acknowledged(tx, owner, &message_id)?;
        let envelope =
            Envelope::read_arrived(message.sbd.as_bytes()).map_err(|error| Problem::internal(&error))?;
        feedback::report(&doing, tx, message.service, &envelope, Status::Levert, now)?;
        let conversation = conversations::find_message(tx, owner, &message_id, Direction::Incoming)?;
        if let Some(conversation) = &conversation {
            conversations::note_client(tx, conversation.id, client.user_agent.as_deref())?;
            statuses::record(&doing, tx, &[(conversation, Status::InnkommendeLevert.into())], now)?;
        }
        Ok::<_, Problem>((message, blobs))
    });
    let (message, blobs) = gone.await?;
    tell!(Trail::of_waiting(&message), userAgent = %agent, "a client has taken a message");
    app.drop_blobs(blobs).await;
    app.webhooks().ring();
    app.0.wake.ring(lanes::statuses(message.service));
    Ok(message)
}
