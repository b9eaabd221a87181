//! `GET /console/shipments/{id}`: a shipment's story from the order to the webhooks, what comes next, and what can
//! be done now. `POST …/act` does it, `POST …/reveal` shows one recipient; both write down who did, in the same
//! commit, and only then.

mod act;
mod reveal;
mod rows;
pub(crate) mod words;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use notify::trace::{Story, Wanted};
use serde::Deserialize;
use types::ids::{NotificationId, OrderId};

pub(crate) use self::act::told;
use self::rows::{Head, RecipientRow, Sibling};
use self::words::ShipmentWords;
use crate::Console;
use crate::frame::{Frame, Section};
use crate::page::{self, Refusal};
use crate::role::Role;
use crate::timeline::Row;
use crate::visitor::Visitor;

pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route("/console/shipments/{id}", get(show))
        .route("/console/shipments/{id}/act", post(act::act))
        .route("/console/shipments/{id}/reveal", post(reveal::reveal))
}

#[derive(Default, Deserialize)]
struct Asked {
    /// One of many recipients.
    recipient: Option<NotificationId>,
    /// Recipients after this one.
    after: Option<NotificationId>,
    /// What came of an act.
    #[serde(default)]
    said: String,
}

#[derive(Template)]
#[template(path = "shipment.html")]
struct Page {
    frame: Frame,
    own: &'static ShipmentWords,
    head: Head,
    siblings: Vec<Sibling>,
    recipients: Vec<RecipientRow>,
    /// Whether it is one recipient of perhaps many.
    is_one: bool,
    more: Option<NotificationId>,
    rows: Vec<Row>,
    /// Where acts are posted.
    act_at: String,
    may_act: bool,
    said: Option<&'static str>,
    /// An address that was asked for, and whose it is.
    revealed: Option<(NotificationId, String)>,
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let wanted = match (asked.recipient, asked.after) {
        (Some(one), _) => Wanted::Only(one),
        (None, Some(after)) => Wanted::After(after),
        (None, None) => Wanted::First,
    };
    Ok(match read(&console, &id, wanted).await? {
        Some(story) => {
            let said = ShipmentWords::of(visitor.lang).said(&asked.said);
            page::html(&Page { said, ..page_of(&visitor, story, wanted) })
        }
        None => page::not_found(&visitor),
    })
}

async fn read(console: &Console, id: &str, wanted: Wanted) -> Result<Option<Story>, Refusal> {
    let Ok(id) = id.parse::<OrderId>() else { return Ok(None) };
    let notify = console.notify().clone();
    let story: Result<_, store::Error> = console.store().read(move |tx| notify.story(tx, id, wanted)).await;
    Ok(story?)
}

fn page_of(visitor: &Visitor, story: Story, wanted: Wanted) -> Page {
    let lang = visitor.lang;
    Page {
        frame: visitor.frame(Section::Search),
        own: ShipmentWords::of(lang),
        siblings: story.siblings.iter().map(|sibling| Sibling::of(lang, sibling)).collect(),
        recipients: story.recipients.iter().map(|one| RecipientRow::of(lang, one)).collect(),
        is_one: matches!(wanted, Wanted::Only(_)),
        more: story.more,
        rows: rows::timeline(lang, &story),
        act_at: format!("/console/shipments/{}/act", story.id),
        may_act: visitor.role >= Role::Operate,
        said: None,
        revealed: None,
        head: Head::of(lang, story),
    }
}
