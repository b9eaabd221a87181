//! The story of one message: who, what, which way, and every status it has had.
//!
//! A conversation is opened in the commit that creates or receives a message and stays until the
//! client deletes it. There is at most one for each message and direction, so that a message to
//! one's own organization has two.

mod delete;
mod list;
mod model;
mod show;
mod sql;
mod wire;

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;

use crate::Exchange;
use crate::routes::both;

pub(crate) use model::{Conversation, Direction};
pub(crate) use sql::{
    Watching, ask_again, delete, describe, expired, find_last_sent, find_message, lock, lock_unfinished,
    note_client, open, stop_watching, to_ask_about, touch, used, watch,
};

/// The endpoints, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(
    list::search,
    list::queue,
    show::by_id,
    show::by_message,
    delete::by_id,
    delete::by_message
))]
pub(crate) struct Documented;

pub(crate) fn router() -> Router<Exchange> {
    let router = both(Router::new(), "/api/conversations", get(list::search));
    let router = both(router, "/api/conversations/queue", get(list::queue));
    let by_id = get(show::by_id).delete(delete::by_id);
    let router = both(router, "/api/conversations/{id}", by_id);
    let by_message = get(show::by_message).delete(delete::by_message);
    both(router, "/api/conversations/messageId/{id}", by_message)
}
