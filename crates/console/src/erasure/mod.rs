//! Erasing what there is about one recipient: a person asks to be forgotten, and somebody who administers sees
//! what that takes, and does it.
//!
//! `GET /console/erasure` asks for whom, `POST /console/erasure` shows what there is, `POST …/confirm` erases it;
//! `POST …/data` does both for `budstikke forget`. The recipient travels in the body and stands in no address and
//! no log; both the look and the erasure are in the audit log, masked.

mod data;
mod page;
mod simulated;
mod words;

use audit::{Action, Entry};
use axum::Router;
use axum::routing::{get, post};
use types::erasure::{Report, Whom};

use crate::Console;

/// Where it begins.
pub(crate) const HOME: &str = "/console/erasure";

pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route(HOME, get(page::show).post(page::preview))
        .route("/console/erasure/confirm", post(page::confirm))
        .route("/console/erasure/data", post(data::answer))
}

/// What there is about somebody. That it was looked at is written down before it is told.
async fn look(console: &Console, whom: &Whom, actor: &str) -> Result<Report, store::Error> {
    let now = console.now();
    let detail = format!("looked at what there is about {whom}");
    let entry = Entry::new(console.random().uuid_v7(now), now, actor, Action::Operated, &"erasure", detail);
    console.store().write(move |tx| audit::record(tx, std::slice::from_ref(&entry))).await?;
    let about = console.notify().held_about(whom).await?;
    let mut shares = about.shares;
    shares.extend(console.exchange().held_about(whom).await?);
    shares.extend(simulated::count(console.simulated(), whom));
    let waiting = about.waiting.iter().map(ToString::to_string).collect();
    Ok(Report { recipient: whom.to_string(), erased: false, shares, waiting })
}

/// Erases it. Goes on to its end when whoever asked has gone; who is interrupted by more than that asks again.
async fn erase(console: &Console, whom: Whom, actor: String) -> Result<Report, store::Error> {
    let console = console.clone();
    let erasing = tokio::spawn(async move {
        let about = console.notify().erase(&whom, &actor).await?;
        let mut shares = about.shares;
        shares.extend(console.exchange().erase(&whom, &actor).await?);
        shares.extend(simulated::forget(console.simulated(), &whom));
        let waiting = about.waiting.iter().map(ToString::to_string).collect();
        tracing::info!(recipient = %whom, "erased what there was about a recipient");
        Ok(Report { recipient: whom.to_string(), erased: true, shares, waiting })
    });
    // A panic in there has been told by then; what was committed is committed.
    erasing.await.unwrap_or_else(|error| Err(store::Error::Unavailable(error.to_string())))
}
