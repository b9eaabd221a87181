//! `GET /console/sign-in/oidc/back`: somebody comes back from the provider.

use audit::{Action, Entry};
use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use types::Secret;

use super::super::enter::{again, begin, inside};
use super::super::sql::{self, Account};
use super::super::words::SignInWords;
use super::begin::state_hash;
use super::{COOKIE, person};
use crate::Console;
use crate::language::Language;
use crate::page::Refusal;
use crate::visitor::language;

#[derive(Deserialize)]
pub(super) struct Brought {
    state: Option<Secret>,
    code: Option<Secret>,
    error: Option<String>,
    iss: Option<String>,
}

/// Why somebody is not let in.
enum Stopped {
    /// This browser did not begin it, or too long ago, or it was used before.
    NotOurs,
    /// The provider says no, or cannot be believed.
    Provider,
    /// They are known, and have no role here.
    NoRole(String),
}

pub(super) async fn back(
    State(console): State<Console>,
    Query(brought): Query<Brought>,
    parts: Parts,
) -> Result<Response, Refusal> {
    let lang = language(&parts);
    if console.provider().is_none() {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let mut response = match look(&console, &parts, brought).await? {
        Ok((account, next)) => match begin(&console, &parts, &account, None).await? {
            Some(ticket) => inside(&console, &ticket, &next),
            // disabled here
            None => stopped(&console, lang, Stopped::NoRole(account.login)).await?,
        },
        Err(why) => stopped(&console, lang, why).await?,
    };
    if let Some(cookie) = console.jar().set(COOKIE, "", Some(0)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Whom the provider has signed in, and where they want to go.
async fn look(
    console: &Console,
    parts: &Parts,
    brought: Brought,
) -> store::Result<Result<(Account, String), Stopped>> {
    let (Some(provider), Some(oidc)) = (console.provider(), console.config().oidc.as_ref()) else {
        return Ok(Err(Stopped::NotOurs));
    };
    let state = brought.state.unwrap_or(Secret::new(String::new()));
    let began_here = console.jar().shown(&parts.headers, COOKIE);
    if !began_here.is_some_and(|began| web::basic::is_same(began, &state)) {
        return Ok(Err(Stopped::NotOurs));
    }
    let (hash, now) = (state_hash(state.reveal()), console.now());
    let kept = console.store().write(move |tx| sql::come_back(tx, &hash, now)).await?;
    let Some((verifier, nonce, next)) = kept else { return Ok(Err(Stopped::NotOurs)) };
    // Somebody else's provider may have been mixed in (RFC 9207).
    let other = brought.iss.as_deref().is_some_and(|issuer| issuer != provider.issuer());
    let code = brought.code.filter(|_| brought.error.is_none() && !other);
    let Some(code) = code else {
        let known =
            brought.error.filter(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
        tracing::warn!(error = known.unwrap_or_default(), "the provider of OpenID Connect signed nobody in");
        return Ok(Err(Stopped::Provider));
    };
    let wanted = [oidc.role_claim.as_str(), oidc.name_claim.as_str()];
    let redeemed = provider.redeem(&code, &Secret::new(verifier), &Secret::new(nonce), &wanted).await;
    let identity = match redeemed {
        Ok(identity) => identity,
        Err(error) => {
            tracing::warn!(%error, "a sign-in by OpenID Connect was refused");
            return Ok(Err(Stopped::Provider));
        }
    };
    let login = person::login(provider.issuer(), &identity.subject);
    let Some(role) = person::role(oidc, &identity.claims) else { return Ok(Err(Stopped::NoRole(login))) };
    let account = Account {
        id: console.random().uuid_v7(now),
        name: person::name(oidc, &identity),
        login,
        password: None,
        role,
        disabled: false,
        created: now,
        signed_in: None,
    };
    let account = console.store().write(move |tx| sql::from_provider(tx, &account)).await?;
    Ok(Ok((account, next)))
}

/// The sign-in page, with the reason; written down where somebody is known.
async fn stopped(console: &Console, lang: Language, why: Stopped) -> Result<Response, Refusal> {
    let words = SignInWords::of(lang);
    let (status, text, subject) = match why {
        Stopped::NotOurs => (StatusCode::FORBIDDEN, words.began_elsewhere, None),
        Stopped::Provider => {
            (StatusCode::FORBIDDEN, words.provider_says_no, Some("OpenID Connect".to_owned()))
        }
        Stopped::NoRole(login) => (StatusCode::FORBIDDEN, words.no_role, Some(login)),
    };
    if let Some(subject) = subject {
        let now = console.now();
        let id = console.random().uuid_v7(now);
        let entry = Entry::new(id, now, "somebody", Action::SignInRefused, &subject, "");
        console.store().write(move |tx| audit::record(tx, std::slice::from_ref(&entry))).await?;
    }
    Ok(again(console, lang, "/console", status, text))
}
