//! `GET /adressetjeneste/sastoken`: the shared access key of the message bus for eInnsyn.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use super::EmbeddedRegistry;
use super::problem::Problem;

const SCOPE: &str = "eformidling:dpe";
/// The older name of the same.
const LEGACY_SCOPE: &str = "move/dpe.read";

/// A secret leaves only against its scope, also where everybody may ask other questions.
pub(super) async fn handle(
    State(registry): State<EmbeddedRegistry>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = registry.caller(&headers).await?;
    if !caller.is_some_and(|caller| caller.has_any_scope(&[SCOPE, LEGACY_SCOPE])) {
        return Err(Problem::MissingScope(SCOPE));
    }
    let key = registry.0.config.sas_token.as_ref().ok_or(Problem::NoSasToken)?;
    registry.text(&headers, key.reveal())
}
