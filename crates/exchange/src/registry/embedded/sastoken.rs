//! `GET /adressetjeneste/sastoken`: the shared access key of the message bus for eInnsyn.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use super::EmbeddedRegistry;
use super::problem::Problem;
use super::reply::DPE_SCOPES;

/// A secret leaves only against its scope, also where everybody may ask other questions.
pub(super) async fn handle(
    State(registry): State<EmbeddedRegistry>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = registry.caller(&headers).await?;
    if !caller.is_some_and(|caller| caller.has_any_scope(&DPE_SCOPES)) {
        return Err(Problem::MissingScope(DPE_SCOPES[0]));
    }
    let key = registry.0.config.sas_token.as_ref().ok_or(Problem::NoSasToken)?;
    registry.text(&headers, key.reveal())
}
