//! The pages for people: for whom, what there is, and what was done.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use types::erasure::{Report, Whom};

use super::words::ErasureWords;
use super::{erase, look};
use crate::Console;
use crate::frame::{Frame, Section};
use crate::page::{self, Refusal};
use crate::posted::Posted;
use crate::role::Role;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct Asked {
    recipient: String,
}

#[derive(Template)]
#[template(path = "erasure.html")]
struct Page {
    frame: Frame,
    own: &'static ErasureWords,
    /// As it was typed; goes back to whoever typed it, and nowhere else.
    recipient: String,
    failure: Option<&'static str>,
    found: Option<Found>,
}

struct Found {
    /// Whom it is about, masked.
    recipient: String,
    rows: Vec<Row>,
    /// Orders that are not over.
    waiting: Vec<String>,
    /// Whether it has been done.
    erased: bool,
    /// Whether there was anything to do.
    is_anything: bool,
    /// Whether something stays that will be over some time.
    is_incomplete: bool,
}

struct Row {
    what: String,
    goes: i64,
    stays: i64,
    why: String,
}

/// Asks for whom.
pub(super) async fn show(visitor: Visitor) -> Result<Response, Refusal> {
    visitor.needs(Role::Administer)?;
    Ok(page::html(&empty(&visitor)))
}

fn empty(visitor: &Visitor) -> Page {
    let (frame, own) = (visitor.frame(Section::Retention), ErasureWords::of(visitor.lang));
    Page { frame, own, recipient: String::new(), failure: None, found: None }
}

/// Shows what there is, and what would stay.
pub(super) async fn preview(
    State(console): State<Console>,
    Posted { visitor, form }: Posted<Asked>,
) -> Result<Response, Refusal> {
    visitor.needs(Role::Administer)?;
    let Ok(whom) = Whom::read(&form.recipient) else { return Ok(nobody(&visitor, form.recipient)) };
    let report = look(&console, &whom, &visitor.actor()).await?;
    Ok(found(&visitor, form.recipient, &report))
}

/// Erases it.
pub(super) async fn confirm(
    State(console): State<Console>,
    Posted { visitor, form }: Posted<Asked>,
) -> Result<Response, Refusal> {
    visitor.needs(Role::Administer)?;
    let Ok(whom) = Whom::read(&form.recipient) else { return Ok(nobody(&visitor, form.recipient)) };
    let report = erase(&console, whom, visitor.actor()).await?;
    Ok(found(&visitor, String::new(), &report))
}

fn nobody(visitor: &Visitor, recipient: String) -> Response {
    let page = empty(visitor);
    let failure = Some(page.own.nobody);
    page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &Page { recipient, failure, ..page })
}

fn found(visitor: &Visitor, recipient: String, report: &Report) -> Response {
    let page = empty(visitor);
    let row = |share: &types::erasure::Share| Row {
        what: page.own.what(share),
        goes: share.goes,
        stays: share.stays,
        why: page.own.why(share),
    };
    let shown = |share: &&types::erasure::Share| share.goes > 0 || share.stays > 0;
    let rows: Vec<Row> = report.shares.iter().filter(shown).map(row).collect();
    let found = Found {
        recipient: report.recipient.clone(),
        is_anything: rows.iter().any(|row| row.goes > 0),
        rows,
        waiting: report.waiting.clone(),
        erased: report.erased,
        is_incomplete: report.is_incomplete(),
    };
    page::html(&Page { recipient, found: Some(found), ..page })
}
