//! `GET /console/audit`: the audit log, a page of links at a time, one JSON object on each line.
//! `budstikke audit` reads it where a server runs.

use audit::{Head, Link};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::Console;
use crate::page::Refusal;
use crate::program::Asker;
use crate::role::Role;

/// Says where the chain ends, as `number:hash`.
pub const HEAD: HeaderName = HeaderName::from_static("budstikke-audit-head");
/// Links on a page.
const PAGE: u32 = 2_000;

/// Which links are wanted.
#[derive(Deserialize)]
struct Wanted {
    /// Those behind this number [default: 0, from the beginning].
    #[serde(default)]
    after: i64,
}

pub(crate) fn router() -> Router<Console> {
    Router::new().route("/console/audit", get(show))
}

async fn show(
    State(console): State<Console>,
    asker: Asker,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refusal> {
    asker.needs(Role::Administer)?;
    let page: Result<(Head, Vec<Link>), store::Error> =
        console.store().read(move |tx| Ok((audit::head(tx)?, audit::after(tx, wanted.after, PAGE)?))).await;
    Ok(match page.map(|(head, links)| (head, lines(&links))) {
        Ok((head, Ok(text))) => {
            let headers =
                [(header::CONTENT_TYPE, "application/x-ndjson".to_owned()), (HEAD, head.to_string())];
            (headers, text).into_response()
        }
        Ok((_, Err(error))) => unreadable(&error),
        Err(error) => unreadable(&error),
    })
}

/// One JSON object on each line.
pub fn lines(links: &[Link]) -> serde_json::Result<String> {
    let mut text = String::new();
    for link in links {
        text += &serde_json::to_string(link)?;
        text.push('\n');
    }
    Ok(text)
}

fn unreadable(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "the audit log cannot be read");
    (StatusCode::INTERNAL_SERVER_ERROR, "the audit log cannot be read; the server's log says why\n")
        .into_response()
}
