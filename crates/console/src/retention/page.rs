//! The page for people.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::SignedDuration;
use serde::Deserialize;
use types::retention::Kept;

use super::words::RetentionWords;
use super::{Wanted, kept, remove};
use crate::Console;
use crate::frame::{Frame, Section};
use crate::page::{self, Refusal};
use crate::posted::Posted;
use crate::role::Role;
use crate::visitor::Visitor;

/// How far one looks ahead when nobody says so, and at most; in days.
const AHEAD: (u16, u16) = (30, 36_500);

#[derive(Template)]
#[template(path = "retention.html")]
struct Page {
    frame: Frame,
    own: &'static RetentionWords,
    days: u16,
    furthest: u16,
    rows: Vec<Row>,
    /// What was done just now.
    done: Option<&'static str>,
    may_administer: bool,
    /// Whether anything is due.
    is_due: bool,
}

struct Row {
    what: String,
    /// The setting that says for how long.
    setting: String,
    keeps: String,
    now: String,
    then: String,
}

pub(super) async fn show(console: &Console, visitor: &Visitor, wanted: &Wanted) -> Result<Response, Refusal> {
    let (usual, furthest) = AHEAD;
    let days = wanted.days.trim().parse().unwrap_or(usual).min(furthest);
    let own = RetentionWords::of(visitor.lang);
    let now = console.now();
    let ahead = SignedDuration::from_hours(i64::from(days) * 24);
    let then = now.checked_add(ahead).unwrap_or(now);
    let (today, then) = (kept(console, now).await?, kept(console, then).await?);
    let is_due = today.iter().any(|kept| kept.due.is_some_and(|due| due > 0));
    let later = |kind: &str| then.iter().find(|kept| kept.kind == kind).and_then(|kept| kept.due);
    let rows = today.iter().map(|kept| row(own, kept, later(&kept.kind))).collect();
    Ok(page::html(&Page {
        frame: visitor.frame(Section::Retention),
        own,
        days,
        furthest,
        rows,
        done: wanted.removed.is_some().then_some(own.removed),
        may_administer: visitor.role >= Role::Administer,
        is_due,
    }))
}

fn row(own: &RetentionWords, kept: &Kept, later: Option<i64>) -> Row {
    let number = |due: Option<i64>| due.map_or_else(|| "–".to_owned(), |due| due.to_string());
    Row {
        what: own.what(kept),
        setting: kept.setting.clone().unwrap_or_default(),
        keeps: own.keeps(kept),
        now: number(kept.due),
        then: number(later),
    }
}

/// Nothing but that it was pressed.
#[derive(Deserialize)]
pub(super) struct Pressed {}

/// `POST /console/retention/apply`: removes what is due now.
pub(super) async fn apply(
    State(console): State<Console>,
    Posted { visitor, form: Pressed {} }: Posted<Pressed>,
) -> Result<Response, Refusal> {
    visitor.needs(Role::Administer)?;
    remove(&console, &visitor.actor()).await?;
    Ok(Redirect::to("/console/retention?removed=1").into_response())
}
