//! `GET /adressetjeneste/info/{id}`: name and address, without service records.

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use serde::Serialize;

use super::EmbeddedRegistry;
use super::look_up::identifier;
use super::problem::Problem;
use crate::registry::wire::InfoBody;

/// The info record stands where it stands in a whole answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    info_record: InfoBody,
}

pub(super) async fn handle(
    State(registry): State<EmbeddedRegistry>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let who = identifier(&id)?;
    registry.caller_about(&headers, &who).await?;
    let info = registry.info_about(who).await?;
    registry.json(&headers, &Body { info_record: info.into() })
}
