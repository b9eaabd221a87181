//! `GET /adressetjeneste/identifier/{id}` and `…/process/{process}`: how a receiver is reached.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use url::form_urlencoded;

use super::EmbeddedRegistry;
use super::problem::Problem;
use crate::registry::wire::EntryBody;
use crate::registry::{Identifier, Question};

pub(super) async fn all(
    State(registry): State<EmbeddedRegistry>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&registry, &headers, &id, None, query.as_deref()).await
}

pub(super) async fn one_process(
    State(registry): State<EmbeddedRegistry>,
    Path((id, process)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&registry, &headers, &id, Some(process), query.as_deref()).await
}

async fn answer(
    registry: &EmbeddedRegistry,
    headers: &HeaderMap,
    id: &str,
    process: Option<String>,
    query: Option<&str>,
) -> Result<Response, Problem> {
    let who = identifier(id)?;
    registry.caller_about(headers, &who).await?;
    let query = query.unwrap_or_default();
    let security_level = security_level(query)?;
    let question = Question { process, security_level, print: print(query), ..Question::about(who) };
    let entry = registry.answer(question).await?;
    registry.json(headers, &EntryBody::from(entry))
}

/// Reads an identifier; what is none names nobody.
pub(super) fn identifier(text: &str) -> Result<Identifier, Problem> {
    text.parse().map_err(|why: crate::registry::IdentifierError| Problem::NoIdentifier(why.to_string()))
}

/// The other parameter of the contract, `conversationId`, is for correlation and changes nothing here.
fn security_level(query: &str) -> Result<Option<u8>, Problem> {
    value(query, "securityLevel").map(|text| text.parse().map_err(|_| Problem::NoLevel)).transpose()
}

/// Letters are offered unless the caller says that they are not wanted.
fn print(query: &str) -> bool {
    !value(query, "print").is_some_and(|text| text.eq_ignore_ascii_case("false"))
}

fn value(query: &str, wanted: &str) -> Option<String> {
    let mut values = form_urlencoded::parse(query.as_bytes());
    values.find(|(name, value)| name == wanted && !value.is_empty()).map(|(_, value)| value.into_owned())
}
