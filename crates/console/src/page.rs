//! Templates become answers.

use std::fmt::Display;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::frame::{Frame, Section};
use crate::language::Language;
use crate::role::Role;
use crate::visitor::Visitor;

/// A page, or a part of one.
pub fn html(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => failed(&error),
    }
}

/// The same with another status than 200.
pub fn html_with(status: StatusCode, template: &impl Template) -> Response {
    (status, html(template)).into_response()
}

/// Something went wrong with us. The page says so in both languages; the log says what.
pub fn failed(error: &dyn Display) -> Response {
    tracing::error!(%error, "a page of the console could not be shown");
    let page = Notice {
        frame: Frame::bare(Language::English, false),
        title: "This cannot be shown just now",
        text: "Something went wrong on the server; its log says what. Please try again. \
               – Noe gikk galt på tjeneren; loggen sier hva. Prøv igjen.",
    };
    let html = page.render().unwrap_or_else(|_| page.title.to_owned());
    (StatusCode::INTERNAL_SERVER_ERROR, Html(html)).into_response()
}

/// There is no such thing.
pub fn not_found(visitor: &Visitor) -> Response {
    let title = visitor.lang.of("Not found", "Ikke funnet");
    let text = visitor
        .lang
        .of("There is no such thing here, or not any more.", "Dette finnes ikke her, eller ikke lenger.");
    let frame = visitor.frame(Section::Overview);
    html_with(StatusCode::NOT_FOUND, &Notice { frame, title, text })
}

/// What was sent cannot be meant. `text` says why, in the visitor's language.
pub fn refused(visitor: &Visitor, text: &str) -> Response {
    let title = visitor.lang.of("This cannot be done", "Dette går ikke");
    let frame = visitor.frame(Section::Overview);
    html_with(StatusCode::BAD_REQUEST, &Notice { frame, title, text })
}

/// Somebody's role is not enough.
pub(crate) fn forbidden(visitor: &Visitor, needed: Role) -> Response {
    let title = visitor.lang.of("Not for your role", "Ikke for din rolle");
    let text = match visitor.lang {
        Language::English => format!("This needs the role “{}”.", needed.word(visitor.lang)),
        Language::Bokmal => format!("Dette krever rollen «{}».", needed.word(visitor.lang)),
    };
    let frame = visitor.frame(Section::Overview);
    html_with(StatusCode::FORBIDDEN, &Notice { frame, title, text: &text })
}

/// A form that no page of this session has sent.
pub(crate) fn foreign(visitor: &Visitor) -> Response {
    let title = visitor.lang.of("Please send it again", "Send det en gang til");
    let text = visitor.lang.of(
        "This was not sent by a page of your session. Open the page anew and try again.",
        "Dette ble ikke sendt fra en side i økten din. Åpne siden på nytt og prøv igjen.",
    );
    let frame = visitor.frame(Section::Overview);
    html_with(StatusCode::FORBIDDEN, &Notice { frame, title, text })
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "notice.html")]
pub(crate) struct Notice<'a> {
    pub frame: Frame,
    pub title: &'a str,
    pub text: &'a str,
}

/// Why a handler answers something else than its page. `?` makes one of an error of the store.
#[derive(Debug)]
pub struct Refusal(Box<Response>);

impl From<Response> for Refusal {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        failed(&error).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}
