//! `GET /console/simulators/mail`: the inbox, one e-mail opened, its HTML, its files, and itself as it came.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Asked;
use super::letters::{self, Letter, Source};
use super::words::Words;
use crate::{Console, Frame, Section, Visitor, page};

/// What a stranger's HTML may do: show itself, in a frame of ours, and nothing else.
const CLOSED_OFF: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                          frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/console/simulators/mail", get(show))
        .route("/console/simulators/mail/live", get(live))
        .route("/console/simulators/mail/{source}/{number}", get(open))
        .route("/console/simulators/mail/{source}/{number}/html", get(html))
        .route("/console/simulators/mail/{source}/{number}/raw", get(raw))
        .route("/console/simulators/mail/{source}/{number}/files/{index}", get(file))
}

#[derive(Template)]
#[template(path = "simulators/inbox.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    to: String,
    list: Inbox,
}

/// The part that renews itself.
#[derive(Template)]
#[template(path = "simulators/letters.html")]
struct Inbox {
    words: &'static Words,
    query: String,
    /// `None` where no simulator is on.
    letters: Option<Vec<Letter>>,
}

async fn show(State(console): State<Console>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    let list = inbox(&console, &visitor, &asked);
    let (frame, words) = (visitor.frame(Section::Simulators), list.words);
    page::html(&Page { frame, words, to: asked.to, list })
}

async fn live(State(console): State<Console>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    page::html(&inbox(&console, &visitor, &asked))
}

fn inbox(console: &Console, visitor: &Visitor, asked: &Asked) -> Inbox {
    let (server, cloud) = (console.simulated().mail.as_ref(), console.simulated().mail_cloud.as_ref());
    let is_on = server.is_some() || cloud.is_some();
    Inbox {
        words: Words::of(visitor.lang),
        query: asked.query(),
        letters: is_on.then(|| letters::inbox(server, cloud, asked.to.trim())),
    }
}

#[derive(Template)]
#[template(path = "simulators/letter.html")]
struct Opened {
    frame: Frame,
    words: &'static Words,
    letter: Letter,
    /// Where its parts are.
    here: String,
    /// How large its files are, and the whole where that is kept.
    sizes: (Vec<String>, Option<String>),
}

impl Opened {
    fn came_to(&self) -> &'static str {
        match self.letter.source {
            Source::Server => self.words.server,
            Source::Cloud => self.words.cloud,
        }
    }
}

/// Which e-mail, as addresses have it.
type Which = Path<(String, u64)>;

fn find(console: &Console, (source, number): (String, u64)) -> Option<Letter> {
    let simulated = console.simulated();
    letters::letter(simulated.mail.as_ref(), simulated.mail_cloud.as_ref(), source.parse().ok()?, number)
}

async fn open(State(console): State<Console>, visitor: Visitor, Path(which): Which) -> Response {
    let Some(letter) = find(&console, which) else { return page::not_found(&visitor) };
    let here = format!("/console/simulators/mail/{}/{}", letter.source, letter.number);
    let sizes = letter.sizes(visitor.lang);
    let (frame, words) = (visitor.frame(Section::Simulators), Words::of(visitor.lang));
    page::html(&Opened { frame, words, letter, here, sizes })
}

/// The HTML of an e-mail, as it came, with a policy that takes all its teeth.
async fn html(State(console): State<Console>, visitor: Visitor, Path(which): Which) -> Response {
    let Some(html) = find(&console, which).and_then(|letter| letter.html) else {
        return page::not_found(&visitor);
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CLOSED_OFF),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    ];
    (headers, html).into_response()
}

async fn raw(State(console): State<Console>, visitor: Visitor, Path(which): Which) -> Response {
    let kept = console.simulated().mail.as_ref().filter(|_| which.0 == Source::Server.to_string());
    match kept.and_then(|server| server.captured().get(which.1)) {
        Some(mail) => downloaded(&format!("message-{}.eml", which.1), mail.raw.to_vec()),
        None => page::not_found(&visitor),
    }
}

async fn file(
    State(console): State<Console>,
    visitor: Visitor,
    Path((source, number, index)): Path<(String, u64, usize)>,
) -> Response {
    let simulated = console.simulated();
    let (server, cloud) = (simulated.mail.as_ref(), simulated.mail_cloud.as_ref());
    let source = source.parse::<Source>().ok();
    match source.and_then(|source| letters::attachment(server, cloud, source, number, index)) {
        Some((name, content)) => downloaded(&name, content),
        None => page::not_found(&visitor),
    }
}

/// As a file, whatever it calls itself: nothing of a stranger's is shown by the browser.
fn downloaded(name: &str, content: Vec<u8>) -> Response {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let disposition = format!("attachment; filename*=UTF-8''{}", name.replace('+', "%20"));
    let disposition = HeaderValue::try_from(disposition);
    let named = disposition.unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, named),
    ];
    (headers, content).into_response()
}
