//! GET /api/conversations and GET /api/conversations/queue.

use super::wire::{ConversationBody, ConversationFilter};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::Uri;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use types::page::Page;

use super::model::{Conversation, Direction};
use crate::Exchange;
use crate::access::Client;
use crate::listing::{Listing, Query, Sortable, page_body};
use crate::message::moment::norway;
use crate::openapi::wire::{Page as PageBody, Paging};
use crate::problem::Problem;
use crate::{routes, statuses};

const SORTABLE: [Sortable; 19] = [
    ("id", "id"),
    ("conversationId", "conversation_id"),
    ("messageId", "message_id"),
    ("sender", "sender"),
    ("senderIdentifier", "sender_identifier"),
    ("receiver", "receiver"),
    ("receiverIdentifier", "receiver_identifier"),
    ("processIdentifier", "process_identifier"),
    ("documentIdentifier", "document_identifier"),
    ("messageReference", "message_reference"),
    ("messageTitle", "message_title"),
    ("lastUpdate", "last_update"),
    ("lastUpdated", "last_update"),
    ("finished", "finished"),
    ("expiry", "expiry"),
    ("direction", "direction"),
    ("serviceIdentifier", "service"),
    ("externalSystemReference", "external_system_reference"),
    ("pollable", "pollable"),
];

const EXACT: [(&str, &str); 9] = [
    ("conversationId", "conversation_id"),
    ("messageId", "message_id"),
    ("receiver", "receiver"),
    ("receiverIdentifier", "receiver_identifier"),
    ("sender", "sender"),
    ("senderIdentifier", "sender_identifier"),
    ("serviceIdentifier", "service"),
    ("messageReference", "message_reference"),
    ("messageTitle", "message_title"),
];

/// Lists the stories of messages, both ways.
#[utoipa::path(get, path = "/api/conversations", operation_id = "listConversations", tag = "Conversations",
    params(ConversationFilter, Paging), responses((status = 200, body = PageBody<ConversationBody>)))]
pub(super) async fn search(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Query::of(&uri);
    let mut listing = Listing::of("exchange_conversations")
        .where_is("owner", "=", &client.owner)
        .within(&client.reach, "party");
    crate::inbox::check_services(&query)?;
    for (name, column) in EXACT {
        listing = listing.one_of(&query, name, column);
    }
    for (name, column) in [("pollable", "pollable"), ("finished", "finished")] {
        if let Some(text) = query.first(name).filter(|text| !text.is_empty()) {
            let truth: bool = text.parse().map_err(|_| Problem::type_mismatch(name, "true or false"))?;
            listing = listing.where_is(column, "=", &truth);
        }
    }
    if let Some(text) = query.first("direction").filter(|text| !text.is_empty()) {
        let wrong = || Problem::type_mismatch("direction", "OUTGOING or INCOMING");
        let direction = Direction::parse(text).ok_or_else(wrong)?;
        listing = listing.where_is("direction", "=", &direction.as_str());
    }
    if let Some(from) = day(&query, "lastUpdateFrom")? {
        listing = listing.where_is("last_update", ">=", &midnight(from)?);
    }
    if let Some(to) = day(&query, "lastUpdateTo")? {
        let after = to.tomorrow().map_err(|_| wrong_day("lastUpdateTo"))?;
        listing = listing.where_is("last_update", "<", &midnight(after)?);
    }
    page(&app, &query, listing).await
}

/// Lists those whose channel is still asked.
#[utoipa::path(get, path = "/api/conversations/queue", operation_id = "listPolledConversations", tag = "Conversations", params(Paging),
    responses((status = 200, body = PageBody<ConversationBody>)))]
pub(super) async fn queue(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    uri: Uri,
) -> Result<Response, Problem> {
    let listing = Listing::of("exchange_conversations")
        .where_is("owner", "=", &client.owner)
        .within(&client.reach, "party")
        .where_is("pollable", "=", &true);
    page(&app, &Query::of(&uri), listing).await
}

async fn page(app: &Exchange, query: &Query, listing: Listing) -> Result<Response, Problem> {
    let listing = listing.sort(query, &SORTABLE, Some("last_update DESC"), "id DESC")?;
    let (request, sorted) = (query.page(), listing.is_sorted());
    let page: Page<Value> = app
        .store()
        .read(move |tx| {
            let Page { request, items, total } = listing.read::<Conversation>(tx, "*", request)?;
            let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
            let mut statuses = statuses::sql::of_conversations(tx, &ids)?;
            let body = |item: &Conversation| item.body(&statuses.remove(&item.id).unwrap_or_default());
            let items = items.iter().map(body).collect();
            Ok::<_, Problem>(Page { request, items, total })
        })
        .await?;
    Ok(routes::json(&page_body(&page, sorted)))
}

fn wrong_day(name: &str) -> Problem {
    Problem::type_mismatch(name, "a date such as 2026-09-01")
}

fn day(query: &Query, name: &str) -> Result<Option<Date>, Problem> {
    let text = query.first(name).filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| wrong_day(name))).transpose()
}

/// When a day begins in Norway.
fn midnight(day: Date) -> Result<Timestamp, Problem> {
    let zoned = day.to_zoned(norway()).map_err(|_| wrong_day("lastUpdate"))?;
    Ok(zoned.timestamp())
}
