//! GET /api/statuses, and GET /api/statuses/{messageId}.

use super::wire::{StatusBody, StatusFilter};
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::Uri;
use jiff::Timestamp;
use types::OrgNumber;
use types::page::Page;

use super::sql::{self, COLUMNS, StatusRow};
use crate::Exchange;
use crate::access::Client;
use crate::listing::{Listing, Query, Sortable, page_body};
use crate::openapi::wire::{Page as PageBody, Paging};
use crate::problem::Problem;
use crate::routes;

const SORTABLE: [Sortable; 7] = [
    ("id", "id"),
    ("lastUpdate", "last_update"),
    ("lastUpdated", "last_update"),
    ("status", "status"),
    ("description", "description"),
    ("conversation.messageId", "message_id"),
    ("conversation.conversationId", "conversation_id"),
];

/// Lists statuses, of both directions.
#[utoipa::path(get, path = "/api/statuses", operation_id = "listStatuses", tag = "Statuses", params(StatusFilter, Paging),
    responses((status = 200, body = PageBody<StatusBody>)))]
pub(super) async fn search(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Query::of(&uri);
    let mut listing = Listing::of("exchange_statuses")
        .where_is("owner", "=", &client.owner)
        .within(&client.reach, "party")
        .one_of(&query, "messageId", "message_id")
        .one_of(&query, "conversationId", "conversation_id")
        .one_of(&query, "status", "status");
    if let Some(id) = query.first("id") {
        let id: i64 = id.parse().map_err(|_| Problem::type_mismatch("id", "a number"))?;
        listing = listing.where_is("id", "=", &id);
    }
    let from = moment(&query, "fromDateTime")?;
    let to = moment(&query, "toDateTime")?;
    if let (Some(from), Some(to)) = (from, to) {
        listing = listing.where_is("last_update", ">=", &from).where_is("last_update", "<=", &to);
    }
    page(&app, &query, listing).await
}

/// Lists the statuses of one message; of a conversation where no message has the id.
#[utoipa::path(get, path = "/api/statuses/{id}", operation_id = "listStatusesOfMessage", tag = "Statuses",
    params(("id" = String, Path, description = "The message id."), Paging), responses((status = 200, body = PageBody<StatusBody>)))]
pub(super) async fn of_message(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let column = column_of(&app, client.owner, id.clone()).await?;
    let listing = Listing::of("exchange_statuses")
        .where_is("owner", "=", &client.owner)
        .within(&client.reach, "party")
        .where_is(column, "=", &id);
    page(&app, &Query::of(&uri), listing).await
}

/// The guide's diagrams ask by conversation id here, so an id that is no message's is taken for one.
async fn column_of(app: &Exchange, owner: OrgNumber, id: String) -> Result<&'static str, Problem> {
    let known = app.store().read(move |tx| sql::knows_message(tx, owner, &id)).await?;
    Ok(if known { "message_id" } else { "conversation_id" })
}

async fn page(app: &Exchange, query: &Query, listing: Listing) -> Result<Response, Problem> {
    let listing = listing.sort(query, &SORTABLE, Some("id ASC"), "id ASC")?;
    let (request, sorted) = (query.page(), listing.is_sorted());
    let page: Page<StatusRow> =
        app.store().read(move |tx| listing.read(tx, COLUMNS, request)).await.map_err(problem)?;
    Ok(routes::json(&page_body(&page.map(|row| row.body()), sorted)))
}

fn problem(error: store::Error) -> Problem {
    error.into()
}

fn moment(query: &Query, name: &str) -> Result<Option<Timestamp>, Problem> {
    let text = query.first(name).filter(|text| !text.is_empty());
    let wrong = |_| Problem::type_mismatch(name, "a date and time with an offset");
    text.map(|text| text.parse().map_err(wrong)).transpose()
}
