//! Who asks for a page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Redirect};
use url::{Position, Url};

use crate::Console;
use crate::frame::{Frame, Section};
use crate::guard::{self, LANGUAGE};
use crate::language::Language;
use crate::page::{self, Refusal};
use crate::role::Role;
use crate::sign_in::{self, Ticket};

/// Somebody who is signed in. As an extractor it sends everybody else to the sign-in page.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Their name, for people.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they read.
    pub lang: Language,
    login: String,
    ticket: Ticket,
    csrf: String,
    /// Path and query, where the same address can be asked for again.
    here: Option<String>,
    is_trial: bool,
}

impl Visitor {
    /// Whether they may do what needs a role; otherwise a page that says so.
    pub fn needs(&self, role: Role) -> Result<(), Refusal> {
        if self.role >= role { Ok(()) } else { Err(page::forbidden(self, role).into()) }
    }

    /// Who did it, for the audit log.
    pub fn actor(&self) -> String {
        sign_in::actor(&self.login, &self.name)
    }

    /// What their account is known by.
    pub(crate) fn login(&self) -> &str {
        &self.login
    }

    /// Whether their account is kept here, and not at a provider.
    pub(crate) fn is_local(&self) -> bool {
        !self.login.contains(' ')
    }

    /// What is around a page of this section.
    pub fn frame(&self, section: Section) -> Frame {
        Frame::of(self, section)
    }

    /// What their browser holds.
    pub(crate) const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    pub(crate) fn csrf(&self) -> &str {
        &self.csrf
    }

    pub(crate) fn here(&self) -> Option<&str> {
        self.here.as_deref()
    }

    pub(crate) const fn is_trial(&self) -> bool {
        self.is_trial
    }
}

/// The language of a request.
pub(crate) fn language(parts: &Parts) -> Language {
    let asked = guard::asked_language(&parts.uri).map(Language::code);
    Language::choose(asked, guard::cookie(&parts.headers, LANGUAGE), &parts.headers)
}

impl FromRequestParts<Console> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Refusal> {
        if !console.config().enabled {
            let text = "the console is switched off (console.enabled)\n";
            return Err((StatusCode::NOT_FOUND, text).into_response().into());
        }
        let Some(ticket) = Ticket::shown(&parts.headers, console.jar()) else {
            return Err(stranger(parts));
        };
        let is_part = parts.headers.contains_key("hx-request");
        let by_itself = is_part && parts.uri.path().ends_with("/live");
        let Some(session) = sign_in::find(console, &ticket, by_itself).await? else {
            return Err(stranger(parts));
        };
        let is_page = parts.method == Method::GET && !is_part;
        let here = parts.uri.path_and_query().map(|here| here.as_str().to_owned());
        Ok(Self {
            name: session.name,
            login: session.login,
            role: session.role,
            lang: language(parts),
            csrf: ticket.csrf(),
            ticket,
            here: here.filter(|_| is_page),
            is_trial: console.parts().is_trial,
        })
    }
}

/// Nobody is signed in: on to the page for that, and back here afterwards.
fn stranger(parts: &Parts) -> Refusal {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if text("hx-request").is_some() {
        // A part of a page: the browser is sent there as a whole, and comes back to the page.
        let page = text("hx-current-url").and_then(|url| Url::parse(url).ok());
        let page = page.map(|url| url[Position::BeforePath..Position::AfterQuery].to_owned());
        let to = sign_in::address(sign_in::safe_next(page.as_deref()));
        return (StatusCode::UNAUTHORIZED, [("hx-redirect", to)]).into_response().into();
    }
    let here = parts.uri.path_and_query().map_or("/console", |here| here.as_str());
    let next = if parts.method == Method::GET { here } else { "/console" };
    Redirect::to(&sign_in::address(next)).into_response().into()
}
