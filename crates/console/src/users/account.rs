//! `GET /console/account` and `POST /console/account`: one's own account, and one's own password.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use types::Secret;

use super::words::UserWords;
use crate::Console;
use crate::frame::{Frame, Section};
use crate::page::{self, Refusal};
use crate::posted::Posted;
use crate::sign_in::{self, AccountError};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    frame: Frame,
    own: &'static UserWords,
    name: String,
    role: &'static str,
    has_password: bool,
    failure: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Passwords {
    current: Secret,
    password: Secret,
    again: Secret,
}

pub(super) async fn show(visitor: Visitor) -> Response {
    page::html(&shown(&visitor, None))
}

fn shown(visitor: &Visitor, failure: Option<String>) -> Page {
    Page {
        frame: visitor.frame(Section::Account),
        own: UserWords::of(visitor.lang),
        name: visitor.name.clone(),
        role: visitor.role.word(visitor.lang),
        has_password: visitor.is_local(),
        failure,
    }
}

/// Whoever finds a screen unlocked cannot take the account over: the present password is asked for, and tries
/// are counted as at the door.
pub(super) async fn change(
    State(console): State<Console>,
    Posted { visitor, form }: Posted<Passwords>,
) -> Result<Response, Refusal> {
    let words = UserWords::of(visitor.lang);
    if form.password != form.again {
        return Ok(refused(&visitor, words.not_alike.to_owned()));
    }
    if !sign_in::is_theirs(&console, visitor.login(), &form.current).await? {
        return Ok(refused(&visitor, words.not_current.to_owned()));
    }
    let done = console.accounts().set_password(&visitor.actor(), visitor.login(), &form.password).await;
    match done {
        // every session has ended, this one too
        Ok(()) => Ok(Redirect::to(sign_in::HOME).into_response()),
        Err(AccountError::Store(error)) => Err(error.into()),
        Err(why) => Ok(refused(&visitor, words.why(&why))),
    }
}

fn refused(visitor: &Visitor, failure: String) -> Response {
    page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown(visitor, Some(failure)))
}
