//! `GET /future/suppressions`: the entries that the caller's mail or wishes have brought about.

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{self, EntryBody};
use super::model::EntryId;
use super::sql;
use crate::api::{Api, query, shown};
use crate::problem::Problem;

/// Entries on one page at most, and when nobody asks.
const LARGEST_PAGE: u32 = 500;

#[derive(Serialize, ToSchema)]
#[schema(as = SuppressionPage)]
#[serde(rename_all = "camelCase")]
struct Page {
    suppressions: Vec<EntryBody>,
    /// Where the next page begins, if there may be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Gives a page.
#[utoipa::path(get, path = "/future/suppressions", operation_id = "listSuppressions", tag = "Suppressions",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before."),
        ("pageSize" = Option<i32>, Query, description = "1 to 500, which is also what is given unasked."),
    ),
    responses((status = 200, body = Page), (status = 400)))]
pub(super) async fn list(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    let creator = body::creator(&api, request.headers()).await?;
    let (after, most) = parse(&query(request.uri()))?;
    let read = move |tx: &mut store::Tx<'_>| sql::page(tx, &creator, after, most);
    let entries = api.notify.store().read(read).await?;
    let is_full = entries.len() == most as usize;
    let next = entries.last().filter(|_| is_full).map(|last| last.id().to_string());
    Ok(shown(&Page { suppressions: entries.iter().map(EntryBody::from).collect(), next }))
}

fn parse(query: &[(String, String)]) -> Result<(Option<EntryId>, u32), Problem> {
    let given = |name: &str| query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let after = match given("after") {
        None => None,
        Some((_, text)) => match EntryId::parse(text) {
            Some(id) => Some(id),
            None => return Err(Problem::wrong("After", "must be the id of an entry")),
        },
    };
    let most = match given("pageSize").map(|(_, text)| text.trim().parse::<u32>()) {
        None => LARGEST_PAGE,
        Some(Ok(most)) => most.clamp(1, LARGEST_PAGE),
        Some(Err(_)) => return Err(Problem::wrong("PageSize", "must be a whole number")),
    };
    Ok((after, most))
}
