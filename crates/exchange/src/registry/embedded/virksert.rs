//! `GET /adressetjeneste/virksert/{id}`: the certificate of an organization, as PEM text: the one for
//! messages between gateways (DPO), or the one for eInnsyn's bus (DPE), after the scopes of the token.

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;

use super::EmbeddedRegistry;
use super::look_up::identifier;
use super::problem::Problem;
use super::reply::{DPE_SCOPES, DPO_SCOPES};

/// Callers with the scopes of both channels get an answer only where the certificates are one.
pub(super) async fn handle(
    State(registry): State<EmbeddedRegistry>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = registry.caller(&headers).await?;
    let who = identifier(&id)?;
    let org = who.organization().ok_or(Problem::UnknownEntity(who))?;
    let (own, bus) = registry.certificates_of(org).await?;
    let has = |scopes: &[&'static str]| caller.as_ref().is_some_and(|caller| caller.has_any_scope(scopes));
    let pem = match (has(&DPO_SCOPES), has(&DPE_SCOPES)) {
        (true, true) if own != bus => return Err(Problem::CertificatesDiffer(org)),
        (false, true) => bus,
        _ => own,
    };
    registry.text(&headers, &pem)
}
