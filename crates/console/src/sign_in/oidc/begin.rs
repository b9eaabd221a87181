//! `GET /console/sign-in/oidc`: off to the provider.

use std::time::Duration;

use auth::openid::Attempt;
use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use store::Tx;

use super::super::attempts::{Counted, origin};
use super::super::enter::{again, too_often};
use super::super::words::SignInWords;
use super::super::{safe_next, sessions, sql};
use super::{COOKIE, PATIENCE};
use crate::Console;
use crate::page::Refusal;
use crate::visitor::language;

#[derive(Deserialize)]
pub(super) struct Asked {
    next: Option<String>,
}

pub(super) async fn begin(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    parts: Parts,
) -> Result<Response, Refusal> {
    let (lang, next) = (language(&parts), safe_next(asked.next.as_deref()));
    let Some(provider) = console.provider() else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let attempt = Attempt::draw();
    let to = match provider.begin(&attempt).await {
        Ok(to) => to,
        Err(error) => {
            tracing::error!(%error, "nobody can be sent to the provider of OpenID Connect");
            let words = SignInWords::of(lang);
            return Ok(again(&console, lang, next, StatusCode::BAD_GATEWAY, words.provider_down));
        }
    };
    let now = console.now();
    let ends = sessions::later(now, Duration::from_secs(u64::from(PATIENCE)));
    let counted = Counted::of("", origin(&console, &parts));
    let (kept, wanted) = (attempt.clone(), next.to_owned());
    let work = move |tx: &mut Tx<'_>| {
        let wait = counted.count_address(tx, now)?;
        if wait.is_none() {
            let state = state_hash(kept.state.reveal());
            sql::leave_for_provider(tx, &state, kept.verifier.reveal(), kept.nonce.reveal(), &wanted, ends)?;
        }
        Ok::<_, store::Error>(wait)
    };
    if let Some(until) = console.store().write(work).await? {
        return Ok(too_often(&console, lang, next, until));
    }
    let mut response = Redirect::to(to.as_str()).into_response();
    if let Some(cookie) = console.jar().set(COOKIE, attempt.state.reveal(), Some(PATIENCE)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// What the store keeps of a state.
pub(super) fn state_hash(state: &str) -> Vec<u8> {
    digest(&SHA256, state.as_bytes()).as_ref().to_vec()
}
