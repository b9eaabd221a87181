//! `POST /future/orders/bulk`: orders line by line, answered while they come.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::answers::Answers;
use super::intake::Intake;
use super::lines::Lines;
use super::model::Counts;
use super::sql;
use crate::access::{self, Policy};
use crate::api::{Api, query};
use crate::openapi::words::BulkAnswers;
use crate::problem::Problem;

/// What lines of JSON are called.
const TYPES: [&str; 4] =
    ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"];

/// Reads the lines; the answer begins at once and ends with the last of them.
#[utoipa::path(post, path = "/future/orders/bulk", operation_id = "placeBulk", tag = "Orders",
    params(("answers" = Option<BulkAnswers>, Query,
        description = "`all` answers every line; then read while you send. `refused` when absent.")),
    request_body(content = String, content_type = "application/x-ndjson", description = "Orders, one on each line."),
    responses((status = 200, body = String, content_type = "application/x-ndjson",
        description = "What became of the lines, line by line while they are read.")))]
pub(crate) async fn take(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let granted = access::allow(api.notify.verifier(), request.headers(), Policy::CreateOrPlatform).await?;
    if !is_lines(request.headers()) {
        return Err(Problem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let every_line = asks_for_every_line(&request)?;
    let creator = granted.creator()?;
    let notify = api.notify.clone();
    let Some(place) = notify.bulk_places().take(&creator) else {
        let detail = Some("too many bulks are being taken at once; wait until one has ended");
        return Err(Problem::Plain { status: StatusCode::TOO_MANY_REQUESTS, detail });
    };
    let now = notify.clock().now();
    let (id, owner) = (notify.random().uuid_v7(now), creator.clone());
    let begun: Result<(), store::Error> =
        notify.store().write(move |tx| sql::insert(tx, id, &owner, now)).await;
    begun?;

    let (answers, told) = Answers::new(every_line);
    let lines = Lines::new(request.into_body(), notify.config().body_bytes);
    let (stopping, counts) = (notify.stopping(), Counts::default());
    let tasks = notify.tasks().clone();
    let intake = Intake { notify, id, creator, lines, answers, stopping, template: None, counts };
    let work = async move {
        intake.run().await;
        drop(place);
    };
    tasks.spawn(work.in_current_span());
    Ok(answer(told))
}

fn answer(told: mpsc::Receiver<Bytes>) -> Response {
    let pieces = stream::unfold(told, |mut told| async move {
        let piece = told.recv().await?;
        Some((Ok::<_, Infallible>(piece), told))
    });
    let kind = HeaderValue::from_static("application/x-ndjson");
    ([(header::CONTENT_TYPE, kind)], Body::from_stream(pieces)).into_response()
}

fn is_lines(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

/// `answers=all` answers every line; the caller then has to read while it sends.
fn asks_for_every_line(request: &Request<Body>) -> Result<bool, Problem> {
    let given = query(request.uri());
    let answers = given.iter().find(|(name, _)| name.eq_ignore_ascii_case("answers"));
    match answers.map(|(_, value)| value.to_ascii_lowercase()).as_deref() {
        None | Some("refused") => Ok(false),
        Some("all") => Ok(true),
        Some(_) => Err(Problem::wrong("Answers", "must be refused or all")),
    }
}
