//! The log for people: the newest first, by actor, action, subject and time.

use askama::Template;
use audit::{Action, Head, Link, Wanted};
use axum::extract::Query;
use axum::http::Uri;
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;

use super::words::AuditWords;
use crate::Console;
use crate::frame::{Frame, Section};
use crate::moment::when;
use crate::page::{self, Refusal};
use crate::visitor::Visitor;

/// Links on a page.
const PAGE: u32 = 100;

/// What the form asks for, as it stands there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    actor: String,
    action: String,
    subject: String,
    from: String,
    until: String,
    up_to: Option<i64>,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    own: &'static AuditWords,
    asked: Asked,
    actions: &'static [Action],
    rows: Vec<Row>,
    head: String,
    older: Option<String>,
    /// A moment that is none.
    failure: Option<&'static str>,
}

struct Row {
    number: i64,
    when: String,
    actor: String,
    action: String,
    subject: String,
    detail: String,
}

pub(super) async fn show(console: &Console, visitor: &Visitor, uri: &Uri) -> Result<Response, Refusal> {
    let own = AuditWords::of(visitor.lang);
    let Ok(Query(asked)) = Query::<Asked>::try_from_uri(uri) else {
        return Ok(page::refused(visitor, own.unreadable));
    };
    let (wanted, failure) = match wanted(&asked) {
        Some(wanted) => (wanted, None),
        None => (Wanted::default(), Some(own.no_moment)),
    };
    let up_to = asked.up_to;
    let read: Result<(Head, audit::Found), store::Error> =
        console.store().read(move |tx| Ok((audit::head(tx)?, audit::find(tx, &wanted, up_to, PAGE)?))).await;
    let (head, found) = read?;
    Ok(page::html(&Page {
        frame: visitor.frame(Section::Audit),
        own,
        actions: &Action::ALL,
        rows: found.links.into_iter().map(row).collect(),
        head: head.to_string(),
        older: found.older.map(|number| older(&asked, number)),
        failure,
        asked,
    }))
}

/// What is looked for; `None` where a moment is none, or a text no text.
fn wanted(asked: &Asked) -> Option<Wanted> {
    let texts = [&asked.actor, &asked.action, &asked.subject];
    if texts.iter().any(|text| text.contains('\0')) {
        return None;
    }
    Some(Wanted {
        actor: asked.actor.clone(),
        action: asked.action.clone(),
        subject: asked.subject.clone(),
        from: moment(&asked.from).ok()?,
        // the whole last minute
        until: moment(&asked.until).ok()?.map(|until| until.checked_add(1.minute()).unwrap_or(until)),
    })
}

/// A text that is no moment.
struct NoMoment;

/// A moment in Norwegian time as browsers write it; nothing for nothing.
fn moment(text: &str) -> Result<Option<Timestamp>, NoMoment> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
    let civil: DateTime = text.trim().parse().map_err(|_| NoMoment)?;
    civil.to_zoned(zone).map(|zoned| Some(zoned.timestamp())).map_err(|_| NoMoment)
}

/// The page behind this one.
fn older(asked: &Asked, number: i64) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let fields = [
        ("actor", &asked.actor),
        ("action", &asked.action),
        ("subject", &asked.subject),
        ("from", &asked.from),
        ("until", &asked.until),
    ];
    query.extend_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty()));
    query.append_pair("up_to", &number.to_string());
    format!("/console/audit?{}", query.finish())
}

fn row(link: Link) -> Row {
    let entry = link.entry;
    Row {
        number: link.number,
        when: when(entry.at),
        actor: entry.actor,
        action: entry.action,
        subject: entry.subject,
        detail: entry.detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_norwegian_and_the_last_minute_is_whole() {
        let asked = Asked {
            from: "2026-07-01T12:00".to_owned(),
            until: "2026-07-01T12:30".to_owned(),
            ..Asked::default()
        };
        let wanted = wanted(&asked).expect("moments");
        assert_eq!(wanted.from.map(|at| at.to_string()).as_deref(), Some("2026-07-01T10:00:00Z"));
        assert_eq!(wanted.until.map(|at| at.to_string()).as_deref(), Some("2026-07-01T10:31:00Z"));
        assert!(super::wanted(&Asked { from: "yesterday".to_owned(), ..Asked::default() }).is_none());
    }

    #[test]
    fn the_next_page_asks_for_the_same() {
        let asked = Asked { actor: "kari & co".to_owned(), ..Asked::default() };
        assert_eq!(older(&asked, 7), "/console/audit?actor=kari+%26+co&up_to=7");
    }
}
