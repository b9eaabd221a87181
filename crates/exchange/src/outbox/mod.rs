//! Messages on their way out.
//!
//! **States.** A *draft* takes files. *Queued*, it is a job's: looked up, sealed, handed to its
//! channel, and tried again by the ladder. When the channel has it, when it is given up and when its
//! deadline passes, the message and its files go; its conversation stays.
//!
//! **Promises.** A one-step request leaves everything or nothing. Files may be added side by side.
//! Sending twice sends once. Every step of a send may be repeated after a crash: what was sealed is
//! not sealed again, and what may have been handed over is asked for before it is handed over again.

mod attach;
mod by_service;
mod checks;
mod create;
mod create_multipart;
mod delete;
pub(crate) mod expire;
mod files;
pub(crate) mod follow;
mod list;
mod model;
mod post;
mod prepare;
mod sealing;
pub(crate) mod send;
mod show;
pub(crate) mod sql;
mod submit;
pub(crate) mod upload;
mod validate;
mod wire;

use axum::Router;
use axum::routing::{get, post};
use store::{Result as Stored, Tx};
use types::OrgNumber;
use utoipa::OpenApi;
use uuid::Uuid;

use crate::Exchange;
use crate::access::Client;
use crate::problem::Problem;
use crate::routes::both;
use crate::trace::FileNote;

pub(crate) use model::OutMessage;
pub(crate) use model::State;

pub(crate) use post::{Accepted, Enclosed, send_as_one};

/// The endpoints, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(
    create::create,
    list::list,
    create_multipart::create,
    show::show,
    attach::attach,
    submit::submit,
    delete::delete,
    files::files
))]
pub(crate) struct Documented;

pub(crate) fn router() -> Router<Exchange> {
    let router = both(Router::new(), "/api/messages/out", get(list::list).post(create::create));
    let router = both(router, "/api/messages/out/multipart", post(create_multipart::create));
    let one = get(show::show).put(attach::attach).post(submit::submit).delete(delete::delete);
    let router = both(router, "/api/messages/out/{id}", one);
    let router = both(router, "/api/messages/out/{id}/files", get(files::files));
    both(router, "/api/messages", post(create::create))
}

/// A message that no channel has taken yet, as operators see it.
pub(crate) struct Awaited {
    pub(crate) id: Uuid,
    /// Whether its client has said that it be sent.
    pub(crate) queued: bool,
    pub(crate) files: Vec<FileNote>,
}

/// The message with this id, if no channel has taken it yet.
pub(crate) fn awaited(tx: &mut Tx<'_>, owner: OrgNumber, message_id: &str) -> Stored<Option<Awaited>> {
    let Some(message) = sql::find(tx, owner, message_id)? else { return Ok(None) };
    let files = sql::files(tx, message.id)?.iter().map(FileNote::from).collect();
    Ok(Some(Awaited { id: message.id, queued: message.state == State::Queued, files }))
}

/// The message that was found, if the client may see it.
fn seen(found: Option<OutMessage>, client: &Client, message_id: &str) -> Result<OutMessage, Problem> {
    let message = found.filter(|message| client.reach.covers(&message.sender));
    message.ok_or_else(|| Problem::message_not_found(message_id))
}
