//! `GET /console/users`: everybody who may sign in.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::words::UserWords;
use crate::Console;
use crate::frame::{Frame, Section};
use crate::language::Language;
use crate::moment::when;
use crate::page::{self, Refusal};
use crate::role::Role;
use crate::sign_in::Account;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "users.html")]
struct Page {
    frame: Frame,
    own: &'static UserWords,
    rows: Vec<Row>,
    roles: Vec<(&'static str, &'static str)>,
    /// What was done just now.
    done: Option<&'static str>,
    /// Why nothing was.
    failure: Option<String>,
}

struct Row {
    login: String,
    name: String,
    role: &'static str,
    /// Signs in here, or at the provider.
    has_password: bool,
    disabled: bool,
    signed_in: String,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    done: Option<String>,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    visitor.needs(Role::Administer)?;
    let done = asked.done.is_some().then_some(UserWords::of(visitor.lang).done);
    let page = gather(&console, &visitor, done, None).await?;
    Ok(page::html(&page))
}

/// The list once more, and why nothing was done.
pub(super) async fn refused(
    console: &Console,
    visitor: &Visitor,
    failure: String,
) -> Result<Response, Refusal> {
    let page = gather(console, visitor, None, Some(failure)).await?;
    Ok(page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

async fn gather(
    console: &Console,
    visitor: &Visitor,
    done: Option<&'static str>,
    failure: Option<String>,
) -> store::Result<Page> {
    let all = console.accounts().all().await?;
    let lang = visitor.lang;
    Ok(Page {
        frame: visitor.frame(Section::Users),
        own: UserWords::of(lang),
        rows: all.into_iter().map(|account| row(account, lang)).collect(),
        roles: Role::ALL.into_iter().map(|role| (role.as_str(), role.word(lang))).collect(),
        done,
        failure,
    })
}

fn row(account: Account, lang: Language) -> Row {
    Row {
        has_password: account.has_password(),
        role: account.role.as_str(),
        disabled: account.disabled,
        signed_in: account.signed_in.map_or_else(|| lang.of("never", "aldri").to_owned(), when),
        login: account.login,
        name: account.name,
    }
}
