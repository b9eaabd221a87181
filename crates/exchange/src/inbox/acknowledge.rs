//! DELETE /api/messages/in/{messageId}: the client has it. The sender is told LEVERT.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use super::sql;
use crate::access::Client;
use crate::conversations::{self, Direction};
use crate::feedback;
use crate::message::Envelope;
use crate::problem::Problem;
use crate::statuses::{self, Status};
use crate::{Exchange, lanes, routes};

pub(super) async fn acknowledge(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let (doing, owner) = (app.clone(), client.owner);
    let gone = app.store().write(move |tx| {
        let now = doing.now();
        let found = sql::lock(tx, owner, &message_id)?;
        let message = found.ok_or_else(|| Problem::message_not_found(&message_id))?;
        if !message.is_locked(now) {
            return Err(Problem::not_locked(&message_id));
        }
        let blobs = sql::remove(tx, owner, &message_id)?;
        sql::set_acknowledged(tx, owner, &message_id)?;
        let envelope = Envelope::read(message.sbd.as_bytes()).map_err(|error| Problem::internal(&error))?;
        feedback::report(&doing, tx, message.service, &envelope, Status::Levert, now)?;
        let conversation = conversations::find_message(tx, owner, &message_id, Direction::Incoming)?;
        if let Some(conversation) = &conversation {
            statuses::record(&doing, tx, &[(conversation, Status::InnkommendeLevert.into())], now)?;
        }
        Ok((message, blobs))
    });
    let (message, blobs) = gone.await?;
    app.drop_blobs(blobs).await;
    app.webhooks().ring();
    app.0.wake.ring(lanes::statuses(message.service));
    Ok(routes::text(message.sbd))
}
