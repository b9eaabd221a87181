//! GET /api/messages/in: what waits, locked or not. Reading locks nothing.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::Uri;
use serde_json::Value;

use crate::Exchange;
use crate::access::Client;
use crate::listing::{Listing, Query, Sortable, page_body};
use crate::openapi::Sbd;
use crate::openapi::wire::{Page, Paging, WaitingFilter};
use crate::problem::Problem;
use crate::routes;

const SORTABLE: [Sortable; 9] = [
    ("id", "number"),
    ("conversationId", "conversation_id"),
    ("messageId", "message_id"),
    ("processIdentifier", "process"),
    ("receiverIdentifier", "receiver_identifier"),
    ("senderIdentifier", "sender_identifier"),
    ("serviceIdentifier", "service"),
    ("lastUpdated", "last_updated"),
    ("lockTimeout", "locked_until"),
];

const EXACT: [(&str, &str); 7] = [
    ("conversationId", "conversation_id"),
    ("messageId", "message_id"),
    ("messageID", "message_id"),
    ("receiverIdentifier", "receiver_identifier"),
    ("senderIdentifier", "sender_identifier"),
    ("serviceIdentifier", "service"),
    ("process", "process"),
];

/// Lists what waits, locked or not. Locks nothing.
#[utoipa::path(get, path = "/api/messages/in", operation_id = "listWaiting", tag = "Messages in", params(WaitingFilter, Paging),
    responses((status = 200, body = Page<Sbd>)))]
pub(super) async fn list(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Query::of(&uri);
    super::check_services(&query)?;
    let mut listing = Listing::of("exchange_inbox")
        .where_is("owner", "=", &client.owner)
        .within(&client.reach, "receiver_identifier");
    for (name, column) in EXACT {
        listing = listing.one_of(&query, name, column);
    }
    let listing = listing.sort(&query, &SORTABLE, None, "number ASC")?;
    let (request, sorted) = (query.page(), listing.is_sorted());
    let page = app.store().read(move |tx| listing.read::<Value>(tx, "sbd", request)).await?;
    Ok(routes::json(&page_body(&page, sorted)))
}
