//! `GET /console/search`: one box for everything. `POST /console/search`: what was found, shipments and messages,
//! each the latest first and a page at a time.
//!
//! What is looked for travels in the body and stands in no address and no log. Who looks for a person is
//! written to the audit log before anything is shown, without what was looked for; recipients are masked.

mod asked;
mod words;

use askama::Template;
use audit::{Action, Entry};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use exchange::overview::MessageLine;
use notify::sending::Standing;
use notify::trace::{Cursor, Hit};
use serde::Deserialize;

use self::asked::{Asked, Kind, LONGEST};
use self::words::SearchWords;
use crate::Console;
use crate::frame::{Frame, Section};
use crate::language::Language;
use crate::moment::when;
use crate::page::{self, Refusal};
use crate::posted::Posted;
use crate::visitor::Visitor;

/// Shipments, and messages, on a page.
const PAGE: u32 = 20;

pub(crate) fn router() -> Router<Console> {
    Router::new().route("/console/search", get(show).post(search))
}

#[derive(Deserialize)]
struct Wanted {
    sought: String,
    /// From where on shipments are shown.
    #[serde(default)]
    shipments: String,
    /// From where on messages are shown.
    #[serde(default)]
    messages: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Page {
    frame: Frame,
    own: &'static SearchWords,
    longest: usize,
    sought: String,
    found: Option<Found>,
}

struct Found {
    as_what: String,
    shipments: Vec<ShipmentRow>,
    /// Where older shipments begin.
    older_shipments: Option<String>,
    messages: Vec<MessageRow>,
    older_messages: Option<String>,
}

struct ShipmentRow {
    href: String,
    at: String,
    state: String,
    to: String,
    creator: String,
    reference: String,
}

struct MessageRow {
    href: String,
    at: String,
    direction: &'static str,
    state: String,
    parties: String,
    title: String,
}

async fn show(visitor: Visitor) -> Response {
    page::html(&empty(&visitor))
}

fn empty(visitor: &Visitor) -> Page {
    let (frame, own) = (visitor.frame(Section::Search), SearchWords::of(visitor.lang));
    Page { frame, own, longest: LONGEST, sought: String::new(), found: None }
}

async fn search(
    State(console): State<Console>,
    Posted { visitor, form }: Posted<Wanted>,
) -> Result<Response, Refusal> {
    let Some(asked) = Asked::read(&form.sought) else { return Ok(page::html(&empty(&visitor))) };
    write_down(&console, &visitor, &asked.kinds).await?;
    let Asked { kinds, shipments, messages } = asked;
    let (older, owner) = (form.shipments.parse::<Cursor>().ok(), console.exchange().organization());
    let shipments = console.store().read(move |tx| notify::trace::find(tx, &shipments, older, PAGE));
    let shipments: Result<_, store::Error> = shipments.await;
    let older = form.messages.parse::<i64>().ok();
    let messages = console.store().read(move |tx| exchange::trace::find(tx, owner, &messages, older, PAGE));
    let messages: Result<_, store::Error> = messages.await;
    let (shipments, messages) = (shipments?, messages?);
    // An id has one page, and that is what is wanted.
    if kinds.contains(&Kind::Id)
        && let Some(only) = only(&shipments.hits, &messages.hits)
    {
        return Ok(Redirect::to(&only).into_response());
    }
    let lang = visitor.lang;
    let found = Found {
        as_what: words::kinds(lang, &kinds),
        shipments: shipments.hits.iter().map(|hit| shipment_row(lang, hit)).collect(),
        older_shipments: shipments.next.map(|next| next.to_string()),
        messages: messages.hits.iter().map(|hit| message_row(lang, hit)).collect(),
        older_messages: messages.next.map(|next| next.to_string()),
    };
    Ok(page::html(&Page { sought: form.sought, found: Some(found), ..empty(&visitor) }))
}

/// The one thing that was found.
fn only(shipments: &[Hit], messages: &[MessageLine]) -> Option<String> {
    match (shipments, messages) {
        ([hit], []) => Some(shipment_at(hit)),
        ([], [hit]) => Some(format!("/console/messages/{}", hit.id)),
        _ => None,
    }
}

/// Whoever looks for a person is answered for: who and when, and by what kind of knowledge.
async fn write_down(console: &Console, visitor: &Visitor, kinds: &[Kind]) -> Result<(), Refusal> {
    let personal: Vec<&str> = kinds
        .iter()
        .filter(|kind| kind.is_personal())
        .map(|kind| words::kind(Language::English, *kind))
        .collect();
    if personal.is_empty() {
        return Ok(());
    }
    let (now, detail) =
        (console.now(), format!("looked for what was sent to a person, by {}", personal.join(", ")));
    let id = console.random().uuid_v7(now);
    let entry = Entry::new(id, now, visitor.actor(), Action::Operated, &"search", detail);
    let written: Result<(), store::Error> =
        console.store().write(move |tx| audit::record(tx, std::slice::from_ref(&entry))).await;
    Ok(written?)
}

fn shipment_at(hit: &Hit) -> String {
    match &hit.recipient {
        Some(recipient) => format!("/console/shipments/{}?recipient={}", hit.order, recipient.id),
        None => format!("/console/shipments/{}", hit.order),
    }
}

fn shipment_row(lang: Language, hit: &Hit) -> ShipmentRow {
    let to = hit.recipient.as_ref().map(|to| {
        let result = to.standing.map(Standing::wire).unwrap_or_default();
        format!("{} – {result}", to.destination)
    });
    ShipmentRow {
        href: shipment_at(hit),
        at: when(hit.requested),
        state: crate::shipments::words::state(lang, hit.state).to_owned(),
        to: to.unwrap_or_default(),
        creator: hit.creator.to_string(),
        reference: types::mask::persons(hit.senders_reference.as_deref().unwrap_or_default()),
    }
}

fn message_row(lang: Language, hit: &MessageLine) -> MessageRow {
    let receiver = hit.receiver.as_deref().unwrap_or("–");
    MessageRow {
        href: format!("/console/messages/{}", hit.id),
        at: when(hit.updated),
        direction: crate::messages::words::direction(lang, &hit.direction),
        state: hit.status.clone().unwrap_or_default(),
        parties: format!("{} → {receiver}", hit.sender),
        title: hit.title.clone(),
    }
}
