//! `POST /console/sign-out`: ends the session.

use audit::{Action, Entry};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::ticket::Ticket;
use super::{HOME, sql};
use crate::Console;
use crate::page::Refusal;
use crate::posted::Posted;

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn leave(
    State(console): State<Console>,
    Posted { visitor, form: Nothing {} }: Posted<Nothing>,
) -> Result<Response, Refusal> {
    let (hash, now) = (visitor.ticket().hash(), console.now());
    let id = console.random().uuid_v7(now);
    let entry = Entry::new(id, now, visitor.actor(), Action::SignedOut, &visitor.name, "");
    let ended = console.store().write(move |tx| {
        sql::end(tx, &hash)?;
        audit::record(tx, std::slice::from_ref(&entry))
    });
    ended.await?;
    let mut response = Redirect::to(HOME).into_response();
    let headers = response.headers_mut();
    if let Some(cookie) = Ticket::forget(console.jar()) {
        headers.append(header::SET_COOKIE, cookie);
    }
    // What the browser keeps of the pages goes, too; `storage` and cookies of the language stay.
    headers.insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}
