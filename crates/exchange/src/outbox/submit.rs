//! POST /api/messages/out/{messageId}: checks a draft and queues it. Asking again changes nothing.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use jobs::Due;
use store::Tx;

use super::model::{OutMessage, State as MessageState};
use super::send::Send;
use super::{checks, prepare, sql, validate};
use crate::access::Client;
use crate::conversations::{self, Direction};
use crate::problem::Problem;
use crate::statuses::{self, Status};
use crate::trace::note::{self, Note};
use crate::trail::{Trail, tell};
use crate::{Exchange, lanes, routes};

/// Checks a draft and sends it. Asking again changes nothing.
#[utoipa::path(post, path = "/api/messages/out/{id}", operation_id = "sendMessage", tag = "Messages out",
    params(("id" = String, Path, description = "The message id.")), responses((status = 200), (status = 404)))]
pub(super) async fn submit(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let doing = app.clone();
    // The inner result is an answer that must be kept together with what was recorded.
    let queued = app.store().write(move |tx| {
        let message = super::seen(sql::lock(tx, client.owner, &message_id)?, &client, &message_id)?;
        if message.state == MessageState::Queued {
            return Ok(Ok(message));
        }
        prepare::check_certificate(&doing)?;
        let (envelope, files) = (checks::envelope_of(&message)?, sql::files(tx, message.id)?);
        let strictness = validate::strictness(&doing, &envelope);
        match checks::complete(&message, &envelope, &files, strictness, doing.now()) {
            Ok(()) => queue(&doing, tx, &message).map(|()| Ok(message)),
            Err(problem) if checks::is_late(&message, doing.now()) => {
                too_late(&doing, tx, &message).map(|()| Err(problem))
            }
            Err(problem) => Err(problem),
        }
    });
    let message = queued.await;
    app.webhooks().ring();
    let message: OutMessage = message??;
    tell!(Trail::of_outgoing(&message), "accepted a message for sending");
    app.0.wake.ring(lanes::messages(message.service));
    Ok(routes::empty())
}

/// From draft to job, in the caller's commit.
pub(super) fn queue(app: &Exchange, tx: &mut Tx<'_>, message: &OutMessage) -> Result<(), Problem> {
    let now = app.now();
    if !sql::set_queued(tx, message.id, now)? {
        return Ok(());
    }
    let about = (message.owner, message.message_id.as_str(), Direction::Outgoing);
    let note = Note::submitted(&sql::files(tx, message.id)?);
    note::write(app, tx, about, &note, None)?;
    let due = Due::now(lanes::messages(message.service), &message.owner, now).until(message.expires);
    let job = Send { message: message.id };
    jobs::enqueue::<Exchange, Send>(tx, app.random().uuid_v7(now), &job, &due, now)?;
    Ok(())
}

fn too_late(app: &Exchange, tx: &mut Tx<'_>, message: &OutMessage) -> Result<(), Problem> {
    let found = conversations::find_message(tx, message.owner, &message.message_id, Direction::Outgoing)?;
    if let Some(conversation) = found {
        statuses::record(app, tx, &[(&conversation, Status::LevetidUtlopt.into())], app.now())?;
    }
    Ok(())
}
