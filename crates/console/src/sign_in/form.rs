//! `GET /console/sign-in`: the page where one signs in.

use askama::Template;
use axum::extract::{FromRequestParts as _, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::words::SignInWords;
use super::{address, oidc, safe_next};
use crate::Console;
use crate::frame::{Frame, switched};
use crate::language::Language;
use crate::page;
use crate::visitor::{Visitor, language};

#[derive(Deserialize)]
pub(super) struct Asked {
    next: Option<String>,
}

/// The page.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    frame: Frame,
    own: &'static SignInWords,
    next: String,
    /// The provider of OpenID Connect: what it is called, and where one goes off.
    provider: Option<(String, String)>,
    /// Why one is here again.
    failure: Option<String>,
}

pub(super) async fn show(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
    mut parts: Parts,
) -> Response {
    let next = safe_next(asked.next.as_deref());
    if !console.config().enabled {
        return StatusCode::NOT_FOUND.into_response();
    }
    if Visitor::from_request_parts(&mut parts, &console).await.is_ok() {
        return Redirect::to(next).into_response();
    }
    shown(&console, language(&parts), next, None)
}

/// The page, again.
pub(super) fn shown(console: &Console, lang: Language, next: &str, failure: Option<String>) -> Response {
    let mut frame = Frame::bare(lang, console.parts().is_trial);
    frame.switch = switched(&address(next), lang.other());
    let off = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    let oidc = console.config().oidc.as_ref();
    let provider = oidc.map(|oidc| (oidc.name.clone(), format!("{}?{off}", oidc::BEGIN)));
    page::html(&Page { frame, own: SignInWords::of(lang), next: next.to_owned(), provider, failure })
}
