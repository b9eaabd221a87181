//! GET /api/messages/out: drafts, and what is queued or being tried again.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::Uri;
use jiff::Timestamp;
use serde_json::Value;

use crate::Exchange;
use crate::access::Client;
use crate::listing::{Listing, Query, Sortable, page_body};
use crate::openapi::Sbd;
use crate::openapi::wire::{OutgoingFilter, Page, Paging};
use crate::problem::Problem;
use crate::routes;

const SORTABLE: [Sortable; 8] = [
    ("id", "number"),
    ("conversationId", "conversation_id"),
    ("messageId", "message_id"),
    ("processIdentifier", "process"),
    ("receiverIdentifier", "receiver_identifier"),
    ("senderIdentifier", "sender_identifier"),
    ("serviceIdentifier", "service"),
    ("lastUpdated", "last_updated"),
];

/// Files of a message in the list.
const FILES: &str = "exchange_outbox_files f WHERE f.message = exchange_outbox.id";

/// What files are looked for by; two of them need not be said of the same file.
const OF_FILES: [(&str, &str); 3] =
    [("files.filename", "f.name"), ("files.mimetype", "f.media_type"), ("files.title", "f.title")];

/// Lists drafts, and what is queued or being tried again.
#[utoipa::path(get, path = "/api/messages/out", operation_id = "listOutgoing", tag = "Messages out", params(OutgoingFilter, Paging),
    responses((status = 200, body = Page<Sbd>)))]
pub(super) async fn list(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Query::of(&uri);
    crate::inbox::check_services(&query)?;
    let mut listing = Listing::of("exchange_outbox")
        .where_is("owner", "=", &client.owner)
        .within(&client.reach, "sender_identifier");
    for (name, column) in &SORTABLE[1..7] {
        listing = listing.one_of(&query, name, column);
    }
    for (name, column) in OF_FILES {
        listing = listing.any_of(&query, name, FILES, column);
    }
    if let Some(text) = query.first("lastUpdated").filter(|text| !text.is_empty()) {
        let wrong = |_| Problem::type_mismatch("lastUpdated", "a date and time with an offset");
        let updated: Timestamp = text.parse().map_err(wrong)?;
        listing = listing.where_is("last_updated", "=", &updated);
    }
    let listing = listing.sort(&query, &SORTABLE, None, "number ASC")?;
    let (request, sorted) = (query.page(), listing.is_sorted());
    let page = app.store().read(move |tx| listing.read::<Value>(tx, "sbd", request)).await?;
    Ok(routes::json(&page_body(&page, sorted)))
}
