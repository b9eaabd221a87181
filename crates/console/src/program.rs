//! Commands and scripts: they show the user and password of the API and reach what is made for them.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use web::basic::Basic;

use crate::Console;
use crate::page::Refusal;
use crate::role::Role;
use crate::visitor::Visitor;

/// A program that knows the user and password of the API. It may do everything that is made for programs.
#[derive(Clone, Debug)]
pub struct Program {
    /// That user.
    pub user: String,
}

/// Whoever asks, where people and programs may.
#[derive(Clone, Debug)]
pub enum Asker {
    /// Somebody who is signed in.
    Person(Box<Visitor>),
    /// A program.
    Program(Program),
}

impl Asker {
    /// Whether they may do what needs a role; otherwise a page that says so.
    pub fn needs(&self, role: Role) -> Result<(), Refusal> {
        match self {
            Self::Person(visitor) => visitor.needs(role),
            Self::Program(_) => Ok(()),
        }
    }

    /// Who did it, for the audit log.
    pub fn actor(&self) -> String {
        match self {
            Self::Person(visitor) => visitor.actor(),
            Self::Program(program) => program.actor(),
        }
    }
}

impl Program {
    /// Who did it, for the audit log.
    pub fn actor(&self) -> String {
        format!("operator {}", self.user)
    }
}

impl FromRequestParts<Console> for Program {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Refusal> {
        let (user, password) = console.parts().exchange.user();
        let is_user = |basic: Basic| password.is_some_and(|password| basic.is(&user, &password));
        if Basic::from_headers(&parts.headers).is_ok_and(is_user) {
            return Ok(Self { user: user.clone() });
        }
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"Budstikke\", charset=\"UTF-8\"")];
        Err((StatusCode::UNAUTHORIZED, challenge, "user and password, please\n").into_response().into())
    }
}

impl FromRequestParts<Console> for Asker {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Refusal> {
        if console.config().enabled && is_browser(&parts.headers) {
            let visitor = Visitor::from_request_parts(parts, console).await?;
            return Ok(Self::Person(Box::new(visitor)));
        }
        Program::from_request_parts(parts, console).await.map(Self::Program)
    }
}

/// Whether somebody comes with a browser: they want to see pages, or part of one, and show no password.
fn is_browser(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wants_pages = accepted.contains("text/html")
        || headers.contains_key("hx-request")
        || headers.contains_key(header::COOKIE);
    wants_pages && !headers.contains_key(header::AUTHORIZATION)
}
