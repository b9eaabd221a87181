//! `GET /console/retention`: what is kept for how long and what would go, now and by a given moment, as a page for
//! people and as JSON for `budstikke retention`. `POST` removes what is due now: a form of ours at `…/apply`,
//! JSON of programs.

mod page;
mod words;

use audit::{Action, Entry};
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use types::retention::Kept;

use crate::Console;
use crate::page::Refusal;
use crate::program::{Asker, Program};
use crate::role::Role;

/// For which moment.
#[derive(Deserialize)]
struct Wanted {
    /// By then [default: now]; for programs.
    by: Option<Timestamp>,
    /// In so many days; for people, who may leave it empty.
    #[serde(default)]
    days: String,
    /// Whether what was due has just been removed.
    removed: Option<String>,
}

pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route("/console/retention", get(show).post(apply))
        .route("/console/retention/apply", post(page::apply))
}

async fn show(
    State(console): State<Console>,
    asker: Asker,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refusal> {
    asker.needs(Role::Read)?;
    if let Asker::Person(visitor) = &asker {
        return page::show(&console, visitor, &wanted).await;
    }
    let at = wanted.by.unwrap_or_else(|| console.store().clock().now());
    Ok(answer(kept(&console, at).await))
}
/// Only JSON is taken, which a browser does not send from another site without asking first.
async fn apply(State(console): State<Console>, program: Program, request: Request) -> Response {
    if !web::json::is_json(request.headers()) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json\n").into_response();
    }
    answer(remove(&console, &program.actor()).await)
}

fn answer(kept: Result<Vec<Kept>, store::Error>) -> Response {
    match kept {
        Ok(kept) => Json(kept).into_response(),
        Err(error) => {
            tracing::warn!(%error, "what is kept for how long cannot be told");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
    }
}

/// Every kind of data.
async fn kept(console: &Console, at: Timestamp) -> Result<Vec<Kept>, store::Error> {
    let mut all = console.notify().kept(at).await?;
    all.extend(console.exchange().kept(at).await?);
    all.push(Kept::by_itself("audit", "who did what, in a chain that would break: for ever"));
    Ok(all)
}

/// Removes what is due, notes who wanted it and how much it was, and answers what is due then.
async fn remove(console: &Console, actor: &str) -> Result<Vec<Kept>, store::Error> {
    let now = console.store().clock().now();
    let due: Vec<String> = kept(console, now)
        .await?
        .into_iter()
        .filter_map(|kept| Some(format!("{} {}", kept.kind, kept.due.filter(|due| *due > 0)?)))
        .collect();
    let entry = Entry::new(
        console.random().uuid_v7(now),
        now,
        actor,
        Action::Operated,
        &"retention",
        format!("removed what was due: {}", due.join(", ")),
    );
    console.store().write(move |tx| audit::record(tx, std::slice::from_ref(&entry))).await?;
    let never = CancellationToken::new();
    console.notify().remove_old(&never).await?;
    console.exchange().remove_old(&never).await;
    kept(console, now).await
}
