//! `GET /console/messages/{number}`: a message's story from draft to receipt, what comes next, and what can be
//! done now. `POST …/act` does it, and writes down who did in the same commit.

mod act;
mod rows;
pub(crate) mod words;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use exchange::trace::{FileNote, Story};
use serde::Deserialize;

use self::rows::{AnswerRow, Button, Other};
use self::words::MessageWords;
use crate::Console;
use crate::frame::{Frame, Section};
use crate::page::{self, Refusal};
use crate::role::Role;
use crate::shipments::words::ShipmentWords;
use crate::timeline::Row;
use crate::visitor::Visitor;

pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route("/console/messages/{number}", get(show))
        .route("/console/messages/{number}/act", post(act::act))
}

#[derive(Deserialize)]
struct Asked {
    /// What came of an act.
    #[serde(default)]
    said: String,
}

#[derive(Template)]
#[template(path = "message.html")]
struct Page {
    frame: Frame,
    own: &'static MessageWords,
    id: String,
    facts: Vec<(&'static str, String)>,
    failed: bool,
    buttons: Vec<Button>,
    files: Vec<FileNote>,
    more_files: usize,
    answers: Vec<AnswerRow>,
    others: Vec<Other>,
    rows: Vec<Row>,
    /// Where acts are posted.
    act_at: String,
    may_act: bool,
    said: Option<&'static str>,
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let Ok(number) = number.parse::<i64>() else { return Ok(page::not_found(&visitor)) };
    let exchange = console.exchange().clone();
    let story: Result<_, store::Error> = console.store().read(move |tx| exchange.story(tx, number)).await;
    let said = ShipmentWords::of(visitor.lang).said(&asked.said);
    Ok(match story? {
        Some(story) => page::html(&page_of(&visitor, story, said)),
        None => page::not_found(&visitor),
    })
}

fn page_of(visitor: &Visitor, story: Story, said: Option<&'static str>) -> Page {
    let lang = visitor.lang;
    Page {
        frame: visitor.frame(Section::Search),
        own: MessageWords::of(lang),
        facts: rows::facts(lang, &story),
        failed: story.failed,
        buttons: story.acts.iter().map(|act| Button::of(lang, *act)).collect(),
        answers: story.answers.iter().map(|answer| AnswerRow::of(lang, answer)).collect(),
        others: story.others.iter().map(|line| Other::of(lang, line)).collect(),
        rows: story.events.iter().map(|event| rows::row(lang, event)).collect(),
        act_at: format!("/console/messages/{}/act", story.line.id),
        may_act: visitor.role >= Role::Operate,
        said,
        id: story.line.message_id,
        files: story.files,
        more_files: story.more_files,
    }
}
