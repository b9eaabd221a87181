//! The log as it is: links in their order, one JSON object on each line.

use audit::{Head, Link};
use axum::extract::Query;
use axum::http::{HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::Console;
use crate::page::Refusal;

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
    #[serde(default)]
    format: String,
}

/// Whether an address asks for lines.
pub(super) fn are_wanted(uri: &Uri) -> bool {
    Query::<Wanted>::try_from_uri(uri).is_ok_and(|Query(wanted)| wanted.format == "ndjson")
}

pub(super) async fn show(console: &Console, uri: &Uri) -> Result<Response, Refusal> {
    let Ok(Query(wanted)) = Query::<Wanted>::try_from_uri(uri) else {
        return Ok((StatusCode::BAD_REQUEST, "after is the number of a link\n").into_response());
    };
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
