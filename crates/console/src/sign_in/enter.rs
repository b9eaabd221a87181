//! `POST /console/sign-in`: a name and a password become a session.

use audit::{Action, Entry};
use axum::body::Body;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Form, http::request::Parts};
use jiff::Timestamp;
use serde::Deserialize;
use types::Secret;

use super::attempts::{Counted, origin};
use super::form::shown;
use super::sql::{self, Account};
use super::ticket::Ticket;
use super::words::SignInWords;
use super::{actor, safe_next, sessions};
use crate::Console;
use crate::guard::is_from_here;
use crate::language::Language;
use crate::page::Refusal;
use crate::visitor::language;

/// Bytes of the form.
const LARGEST_FORM: usize = 8 << 10;
/// Characters of a name.
const LONGEST_NAME: usize = 200;

#[derive(Deserialize)]
struct Sent {
    name: String,
    password: String,
    next: Option<String>,
}

pub(super) async fn enter(State(console): State<Console>, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let lang = language(&parts);
    if !console.config().enabled {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let words = SignInWords::of(lang);
    // Nobody else's page signs somebody in, not even as somebody else.
    if !is_from_here(&parts.headers, &parts.uri, console.config().address.as_ref()) {
        return Ok(again(&console, lang, "/console", StatusCode::FORBIDDEN, words.foreign));
    }
    let Ok(body) = web::body::read(body, LARGEST_FORM).await else {
        return Ok(again(&console, lang, "/console", StatusCode::BAD_REQUEST, words.wrong));
    };
    let form =
        Form::<Sent>::from_request(Request::from_parts(parts.clone(), Body::from(body)), &console).await;
    let Ok(Form(sent)) = form else {
        return Ok(again(&console, lang, "/console", StatusCode::BAD_REQUEST, words.wrong));
    };
    look(&console, &parts, lang, sent).await
}

/// Counts the try, looks at the password, and lets in or not.
async fn look(console: &Console, parts: &Parts, lang: Language, sent: Sent) -> Result<Response, Refusal> {
    let (words, next) = (SignInWords::of(lang), safe_next(sent.next.as_deref()));
    let login = as_login(&sent.name);
    let (now, counted) = (console.now(), Counted::of(&login, origin(console, parts)));
    let (counting, wanted) = (counted.clone(), login.clone());
    let found = console.store().write(move |tx| {
        let wait = counting.count(tx, now)?;
        Ok::<_, store::Error>((wait, sql::by_login(tx, &wanted)?))
    });
    let (wait, account) = found.await?;
    if let Some(until) = wait {
        tracing::warn!("somebody tried to sign in too often");
        return Ok(too_often(console, lang, next, until));
    }
    let password = Secret::new(sent.password);
    let hash = account.as_ref().filter(|account| !account.disabled).and_then(|known| known.password.clone());
    let right = console.accounts().passwords().is(&password, hash).await;
    let let_in = match account.as_ref().filter(|_| right) {
        Some(account) => begin(console, parts, account, Some(counted)).await?,
        None => None,
    };
    let Some(ticket) = let_in else {
        refuse(console, account.as_ref()).await?;
        return Ok(again(console, lang, next, StatusCode::UNAUTHORIZED, words.wrong));
    };
    Ok(inside(console, &ticket, next))
}

/// Whether a password is somebody's, counted as a try to sign in with it.
pub(crate) async fn is_theirs(console: &Console, login: &str, password: &Secret) -> store::Result<bool> {
    let (now, counted, wanted) = (console.now(), Counted::of(login, None), login.to_owned());
    let found = console.store().write(move |tx| {
        let wait = counted.count_account(tx, now)?;
        Ok::<_, store::Error>((wait, sql::by_login(tx, &wanted)?))
    });
    let (wait, account) = found.await?;
    let hash = account.filter(|_| wait.is_none()).and_then(|account| account.password);
    Ok(console.accounts().passwords().is(password, hash).await)
}

/// Names are the same in any case.
pub(crate) fn as_login(name: &str) -> String {
    name.trim().chars().take(LONGEST_NAME).filter(|sign| *sign != '\0').collect::<String>().to_lowercase()
}

/// Begins a session for somebody, and ends the one that the browser had.
pub(super) async fn begin(
    console: &Console,
    parts: &Parts,
    account: &Account,
    counted: Option<Counted>,
) -> store::Result<Option<Ticket>> {
    let (ticket, now) = (Ticket::draw(), console.now());
    let former = Ticket::shown(&parts.headers, console.jar()).map(|former| former.hash());
    let ends = sessions::ends(console.config(), now, now);
    let actor = actor(&account.login, &account.name);
    let id = console.random().uuid_v7(now);
    let entry = Entry::new(id, now, actor, Action::SignedIn, &account.login, account.role.as_str());
    let (hash, user) = (ticket.hash(), account.id);
    let begun = console.store().write(move |tx| {
        if !sql::begin(tx, &hash, user, now, ends)? {
            return Ok::<_, store::Error>(false);
        }
        if let Some(former) = &former {
            sql::end(tx, former)?;
        }
        if let Some(counted) = &counted {
            counted.forgive(tx)?;
        }
        audit::record(tx, std::slice::from_ref(&entry))?;
        Ok(true)
    });
    Ok(begun.await?.then_some(ticket))
}

/// Writes a refusal down: as much, and taking as long, whether there is such an account or not.
async fn refuse(console: &Console, account: Option<&Account>) -> store::Result<()> {
    let subject = account.map_or("unknown account", |account| account.login.as_str());
    tracing::warn!("a sign-in to the console was refused");
    let now = console.now();
    let id = console.random().uuid_v7(now);
    let entry = Entry::new(id, now, "somebody", Action::SignInRefused, &subject, "");
    console.store().write(move |tx| audit::record(tx, std::slice::from_ref(&entry))).await
}

/// On to where one wanted to go, with the ticket.
pub(super) fn inside(console: &Console, ticket: &Ticket, next: &str) -> Response {
    let mut response = Redirect::to(next).into_response();
    if let Some(cookie) = ticket.cookie(console.jar()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

pub(super) fn again(
    console: &Console,
    lang: Language,
    next: &str,
    status: StatusCode,
    failure: &str,
) -> Response {
    (status, shown(console, lang, next, Some(failure.to_owned()))).into_response()
}

pub(super) fn too_often(console: &Console, lang: Language, next: &str, until: Timestamp) -> Response {
    let seconds = until.duration_since(console.now()).as_secs().max(1);
    let failure = SignInWords::of(lang).too_often(seconds / 60 + 1);
    let mut response = again(console, lang, next, StatusCode::TOO_MANY_REQUESTS, &failure);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
