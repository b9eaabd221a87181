//! `POST /console/users` adds somebody; `POST /console/users/change` changes or closes an account.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use types::Secret;

use super::list::refused;
use super::words::UserWords;
use crate::Console;
use crate::page::{self, Refusal};
use crate::posted::Posted;
use crate::role::Role;
use crate::sign_in::AccountError;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct New {
    login: String,
    password: Secret,
    role: String,
}

/// `wish` is `role`, `password`, `disable` or `enable`; the first two say to what.
#[derive(Deserialize)]
pub(super) struct Wanted {
    login: String,
    wish: String,
    role: Option<String>,
    password: Option<Secret>,
}

pub(super) async fn add(
    State(console): State<Console>,
    Posted { visitor, form }: Posted<New>,
) -> Result<Response, Refusal> {
    visitor.needs(Role::Administer)?;
    let Ok(role) = form.role.parse::<Role>() else { return Ok(unknown(&visitor)) };
    let done = console.accounts().add(&visitor.actor(), &form.login, &form.password, role).await;
    answer(&console, &visitor, done).await
}

pub(super) async fn change(
    State(console): State<Console>,
    Posted { visitor, form }: Posted<Wanted>,
) -> Result<Response, Refusal> {
    visitor.needs(Role::Administer)?;
    let (accounts, actor) = (console.accounts(), visitor.actor());
    let role = form.role.as_deref().and_then(|role| role.parse::<Role>().ok());
    let done = match (form.wish.as_str(), role, &form.password) {
        ("role", Some(role), _) => accounts.set_role(&actor, &form.login, role).await,
        ("password", _, Some(password)) => accounts.set_password(&actor, &form.login, password).await,
        ("disable", ..) => accounts.set_disabled(&actor, &form.login, true).await,
        ("enable", ..) => accounts.set_disabled(&actor, &form.login, false).await,
        _ => return Ok(unknown(&visitor)),
    };
    answer(&console, &visitor, done).await
}

fn unknown(visitor: &Visitor) -> Response {
    page::refused(visitor, UserWords::of(visitor.lang).unknown_wish)
}

async fn answer(
    console: &Console,
    visitor: &Visitor,
    done: Result<(), AccountError>,
) -> Result<Response, Refusal> {
    match done {
        Ok(()) => Ok(Redirect::to("/console/users?done=yes").into_response()),
        Err(AccountError::Store(error)) => Err(error.into()),
        Err(AccountError::Unknown) => Ok(page::not_found(visitor)),
        Err(why) => refused(console, visitor, UserWords::of(visitor.lang).why(&why)).await,
    }
}
