//! Who may come in, and who is in: accounts, sessions, and the page where one becomes the other.
//!
//! A session is a ticket of 256 random bits in a cookie; the store keeps only its hash. It ends when it was
//! not used for a while, when it has lasted long enough, when somebody signs out, and when the account gets
//! another password or is disabled. Attempts are counted for each account and each address before any
//! password is looked at.

mod accounts;
mod attempts;
mod enter;
mod form;
mod leave;
mod oidc;
mod password;
mod sessions;
mod sql;
mod ticket;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::Console;

pub use accounts::{Account, AccountError, Accounts, FIRST};
pub(crate) use enter::is_theirs;
pub use oidc::ProviderError;
pub(crate) use oidc::provider;
pub(crate) use sessions::{find, tidy};
pub(crate) use ticket::Ticket;

/// The page.
pub(crate) const HOME: &str = "/console/sign-in";

pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route(HOME, get(form::show).post(enter::enter))
        .route("/console/sign-out", post(leave::leave))
        .merge(oidc::router())
}

/// The page, from which one comes to `next`.
pub(crate) fn address(next: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("next", next);
    format!("{HOME}?{}", query.finish())
}

/// Who does something, for the audit log. Whom a provider signs in cannot be taken for somebody of ours.
pub(crate) fn actor(login: &str, name: &str) -> String {
    match login.split_once(' ') {
        Some((issuer, _)) => format!("operator {name} ({issuer})"),
        None => format!("operator {login}"),
    }
}

/// Where somebody wants to go, if that is a page of the console, and else the overview.
pub(crate) fn safe_next(next: Option<&str>) -> &str {
    let is_ours = |next: &&str| {
        let behind = next.strip_prefix("/console");
        let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        plain && behind.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    next.filter(is_ours).filter(|next| !next.starts_with(HOME)).unwrap_or("/console")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comes_to_pages_of_the_console_only() {
        for ours in ["/console", "/console?lang=nb", "/console/webhooks?of=7&lang=nb"] {
            assert_eq!(safe_next(Some(ours)), ours);
        }
        for other in [
            "https://evil.example/console",
            "//evil.example/console",
            "/consolevil",
            "/console@evil.example",
            "/\\evil.example",
            "/console\\..\\evil",
            "/console/\r\nset-cookie: a=b",
            "console",
            "/api/messages",
            "/console/sign-in?next=/console",
            "",
        ] {
            assert_eq!(safe_next(Some(other)), "/console", "{other}");
        }
        assert_eq!(safe_next(None), "/console");
    }
}
