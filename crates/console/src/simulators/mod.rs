//! What the simulators got, shown as those would see it who it was for: SMS on telephones, e-mails in an
//! inbox. `GET /console/simulators`, `…/mail`, `…/mail/{source}/{number}` and `…/magic`.
//!
//! Nothing here is real, so numbers and addresses are whole; but somebody may have tried with his own, so
//! the pages are for those who are signed in, like all others. What an e-mail says is a stranger's: its text
//! is escaped, its HTML is answered with a policy that closes it off, in a frame that is closed off too, and
//! its files are for downloading only.

mod letters;
mod mail;
mod texts;
mod words;

use ::simulators::{mail_cloud, sms_gateway, smsc, smtp_sink};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use self::texts::Telephone;
use self::words::Words;
use crate::{Console, Frame, Section, Visitor, page};

/// The pages.
pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route("/console/simulators", get(show))
        .route("/console/simulators/live", get(live))
        .route("/console/simulators/magic", get(magic))
        .merge(mail::router())
}

/// Whose messages are wanted.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    to: String,
}

impl Asked {
    /// As a query, for the part that renews itself.
    fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("to", &self.to).finish()
    }
}

#[derive(Template)]
#[template(path = "simulators/phone.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    to: String,
    list: Telephones,
}

/// The part that renews itself.
#[derive(Template)]
#[template(path = "simulators/telephones.html")]
struct Telephones {
    words: &'static Words,
    query: String,
    /// `None` where no simulator is on.
    found: Option<Vec<Telephone>>,
}

async fn show(State(console): State<Console>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    let list = telephones(&console, &visitor, &asked);
    let (frame, words) = (visitor.frame(Section::Simulators), list.words);
    page::html(&Page { frame, words, to: asked.to, list })
}

async fn live(State(console): State<Console>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    page::html(&telephones(&console, &visitor, &asked))
}

fn telephones(console: &Console, visitor: &Visitor, asked: &Asked) -> Telephones {
    let simulated = console.simulated();
    let mut all = simulated.sms_gateway.as_ref().map(texts::of_gateway);
    if let Some(centre) = &simulated.smsc {
        all.get_or_insert_default().extend(texts::of_centre(centre));
    }
    Telephones {
        words: Words::of(visitor.lang),
        query: asked.query(),
        found: all.map(|all| texts::telephones(all, asked.to.trim())),
    }
}

#[derive(Template)]
#[template(path = "simulators/magic.html")]
struct Magic {
    frame: Frame,
    words: &'static Words,
    tables: Vec<Table>,
}

/// What a simulator's recipients bring about.
struct Table {
    id: &'static str,
    title: &'static str,
    column: &'static str,
    rows: Vec<(&'static str, &'static str)>,
}

async fn magic(visitor: Visitor) -> Response {
    let words = Words::of(visitor.lang);
    let numbers = |magic: &sms_gateway::MagicNumber| (magic.ends_with, magic.means);
    let centre = |magic: &smsc::MagicNumber| (magic.ends_with, magic.means);
    let server = |magic: &smtp_sink::MagicRecipient| (magic.local_part, magic.means);
    let cloud = |magic: &mail_cloud::MagicRecipient| (magic.local_part, magic.means);
    let table = |id, title, column, rows| Table { id, title, column, rows };
    let (ends, begins) = (words.ends_with, words.begins_with);
    let tables = vec![
        table("sms", words.magic_numbers, ends, sms_gateway::MAGIC_NUMBERS.iter().map(numbers).collect()),
        table("smpp", words.magic_smpp, ends, smsc::MAGIC_NUMBERS.iter().map(centre).collect()),
        table("mail", words.magic_mail, begins, smtp_sink::MAGIC_RECIPIENTS.iter().map(server).collect()),
        table("cloud", words.magic_cloud, begins, mail_cloud::MAGIC_RECIPIENTS.iter().map(cloud).collect()),
    ];
    page::html(&Magic { frame: visitor.frame(Section::Simulators), words, tables })
}
