//! `GET /console/audit`: the audit log, a page of links at a time, one JSON object on each line.
//! `budstikke audit` reads it where a server runs.

use audit::{Head, Link};
use axum::extract::{Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::app::App;

/// Says where the chain ends, as `number:hash`.
pub(crate) const HEAD: HeaderName = HeaderName::from_static("budstikke-audit-head");
/// Links on a page.
const PAGE: u32 = 2_000;

/// Which links are wanted.
#[derive(Deserialize)]
pub(super) struct Wanted {
    /// Those behind this number [default: 0, from the beginning].
    #[serde(default)]
    after: i64,
}

pub(super) async fn show(State(app): State<App>, Query(wanted): Query<Wanted>) -> Response {
    let page: Result<(Head, Vec<Link>), store::Error> =
        app.store().read(move |tx| Ok((audit::head(tx)?, audit::after(tx, wanted.after, PAGE)?))).await;
    match page.map(|(head, links)| (head, lines(&links))) {
        Ok((head, Ok(text))) => {
            let headers =
                [(header::CONTENT_TYPE, "application/x-ndjson".to_owned()), (HEAD, head.to_string())];
            (headers, text).into_response()
        }
        Ok((_, Err(error))) => unreadable(&error),
        Err(error) => unreadable(&error),
    }
}

/// One JSON object on each line.
pub(crate) fn lines(links: &[Link]) -> serde_json::Result<String> {
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
