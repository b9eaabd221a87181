//! `GET /adressetjeneste/virksert/{id}`: the certificate of an organization, as PEM text.

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;

use super::EmbeddedRegistry;
use super::look_up::identifier;
use super::problem::Problem;

pub(super) async fn handle(
    State(registry): State<EmbeddedRegistry>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    registry.caller(&headers).await?;
    let who = identifier(&id)?;
    let org = who.organization().ok_or(Problem::UnknownEntity(who))?;
    let pem = registry.certificate_of(org).await?;
    registry.text(&headers, &pem)
}
