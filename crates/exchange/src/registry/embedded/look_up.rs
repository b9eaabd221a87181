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
    registry.caller(headers).await?;
    let question = Question {
        process,
        security_level: security_level(query.unwrap_or_default())?,
        ..Question::about(identifier(id)?)
    };
    let entry = registry.answer(question).await?;
    registry.json(headers, &EntryBody::from(entry))
}

/// Reads an identifier; what is none names nobody.
pub(super) fn identifier(text: &str) -> Result<Identifier, Problem> {
    text.parse().map_err(|why: crate::registry::IdentifierError| Problem::NoIdentifier(why.to_string()))
}

/// The other parameters of the contract change nothing here: correlation, and look-ups of citizens.
fn security_level(query: &str) -> Result<Option<u8>, Problem> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, value)| name == "securityLevel" && !value.is_empty())
        .map(|(_, value)| value.parse().map_err(|_| Problem::NoLevel))
        .transpose()
}
