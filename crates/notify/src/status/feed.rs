//! `GET /future/shipment/feed`: what has come to its end, read on from where one left off.
//!
//! Beyond the reference it may be waited for and followed, see `follow.rs`.

use std::fmt::Write;
use std::time::Duration;

use super::wire::{FeedEntry, Reading};
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};

use super::follow::{Follower, Form};
use super::sql::{self, Numbered};
use crate::Notify;
use crate::access::{self, Creator, Policy};
use crate::api::{Api, query, written_json};
use crate::problem::{Errors, Problem};

/// Entries on one page at most, and when nobody asks.
const LARGEST_PAGE: i64 = 500;

/// Seconds that a caller may wait for a page at most.
const LONGEST_WAIT: i64 = 60;

/// The page's JSON. Entries are kept in the form in which they are shown; the number comes first.
fn page(entries: &[Numbered]) -> String {
    let length: usize = entries.iter().map(|entry| entry.members().len() + 48).sum();
    let mut text = String::with_capacity(length + 2);
    text.push('[');
    for (place, entry) in entries.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        // Writing into a String cannot fail.
        let _ = write!(text, "{comma}{{\"sequenceNumber\":{},{}", entry.number, entry.members());
    }
    text.push(']');
    text
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    number: i64,
    page: u32,
    descending: bool,
    /// How long to wait for a page that has something on it.
    wait: Duration,
    /// Whether to go on after the last entry, where lines are asked for.
    follow: bool,
}

/// Gives a page of the caller's own entries.
#[utoipa::path(get, path = "/future/shipment/feed", operation_id = "readFeed", tag = "Status", params(Reading),
    responses(
        (status = 200, description = "The entries, perhaps none.", content(
            (Vec<FeedEntry> = "application/json"), (String = "text/event-stream"), (String = "application/x-ndjson"))),
        (status = 400), (status = 415), (status = 429)
    ))]
pub(crate) async fn feed(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    let granted = access::allow(api.notify.verifier(), request.headers(), Policy::ReadShipments).await?;
    if request.headers().contains_key(header::CONTENT_TYPE) && !web::json::is_json(request.headers()) {
        return Err(Problem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let form = Form::wanted(request.headers());
    let asked = parse(&query(request.uri()))?;
    let creator = granted.creator()?;
    if form != Form::Page {
        return streamed(&api.notify, creator, asked, form, request.headers());
    }
    if !asked.wait.is_zero() {
        let follower = Follower::new(&api.notify, creator, asked.number, asked.page, asked.wait)?;
        return Ok(written_json(StatusCode::OK, page(&follower.page().await?)));
    }

    let read = move |tx: &mut store::Tx<'_>| match asked {
        Asked { number, page, descending: false, .. } => sql::after(tx, &creator, number, page),
        Asked { number: 0, page, .. } => sql::before(tx, &creator, i64::MAX, page),
        Asked { number, page, .. } => sql::before(tx, &creator, number, page),
    };
    let entries: Vec<Numbered> = api.notify.store().read(read).await?;
    Ok(written_json(StatusCode::OK, page(&entries)))
}

/// The caller's entries as they come, from where the query or the last event seen says.
fn streamed(
    notify: &Notify,
    creator: Creator,
    asked: Asked,
    form: Form,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let last_seen = headers.get("last-event-id").filter(|_| form == Form::Events);
    let last = match last_seen.map(|id| id.to_str().ok().and_then(|id| id.trim().parse().ok())) {
        None => asked.number,
        Some(Some(number)) if number >= 0 => number,
        Some(_) => return Err(Problem::wrong("Last-Event-ID", "must be a number of the feed")),
    };
    if asked.descending {
        return Err(Problem::wrong("OrderBy", "must be asc where entries are streamed"));
    }
    let life = Duration::from_secs(notify.config().feed_stream_seconds);
    let follower = Follower::new(notify, creator, last, asked.page, life)?;
    Ok(follower.stream(form, asked.follow || form == Form::Events))
}

/// Reads the query; names match in any letter case.
fn parse(query: &[(String, String)]) -> Result<Asked, Problem> {
    let given = |name: &str| {
        query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let mut errors = Errors::new();
    let mut wrong = |key: &str, message: &str| {
        errors.insert(key.to_owned(), vec![message.to_owned()]);
    };
    let number = match given("seq").map(str::parse::<i64>) {
        None => 0,
        Some(Ok(number)) if number >= 0 => number,
        Some(_) => {
            wrong("Seq", "must be a whole number that is not negative");
            0
        }
    };
    let page = match given("pageSize").map(str::parse::<i64>) {
        None => LARGEST_PAGE,
        Some(Ok(page)) => page.clamp(1, LARGEST_PAGE),
        Some(Err(_)) => {
            wrong("PageSize", "must be a whole number");
            1
        }
    };
    let descending = match given("orderBy").map(str::to_ascii_lowercase).as_deref() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => {
            wrong("OrderBy", "must be asc or desc");
            false
        }
    };
    let wait = match given("wait").map(str::parse::<i64>) {
        None | Some(Ok(0)) => 0,
        Some(Ok(_)) if descending => {
            wrong("Wait", "means nothing where the newest come first");
            0
        }
        Some(Ok(seconds)) if (1..=LONGEST_WAIT).contains(&seconds) => seconds.unsigned_abs(),
        Some(_) => {
            wrong("Wait", "must be a whole number of seconds in 0..60");
            0
        }
    };
    let follow = match given("follow").map(str::to_ascii_lowercase).as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            wrong("Follow", "must be true or false");
            false
        }
    };
    if errors.is_empty() {
        let (page, wait) = (u32::try_from(page).unwrap_or(1), Duration::from_secs(wait));
        Ok(Asked { number, page, descending, wait, follow })
    } else {
        Err(Problem::Validation(errors))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Result<Asked, Vec<String>> {
        let uri = format!("/feed?{text}").parse().expect("a URI");
        parse(&query(&uri)).map_err(|problem| match problem {
            Problem::Validation(errors) => errors.into_keys().collect(),
            other => panic!("{other}"),
        })
    }

    #[test]
    fn a_page_is_json_with_each_number_before_its_entry() {
        let entry = |number, text: &str| Numbered::new(number, text.to_owned()).expect("an entry");
        let written = page(&[entry(3, r#"{"shipmentId":"a"}"#), entry(8, r#"{"shipmentId":"b"}"#)]);

        assert_eq!(
            written,
            r#"[{"sequenceNumber":3,"shipmentId":"a"},{"sequenceNumber":8,"shipmentId":"b"}]"#
        );
        assert_eq!(page(&[]), "[]");
        assert!(Numbered::new(1, "{}".to_owned()).is_none() && Numbered::new(1, String::new()).is_none());
    }

    #[test]
    fn sizes_are_brought_within_bounds_and_names_match_in_any_case() {
        let page =
            |page, descending| Ok(Asked { number: 7, page, descending, wait: Duration::ZERO, follow: false });
        assert_eq!(asked("seq=7"), page(500, false));
        assert_eq!(asked("SEQ=7&PageSize=0&orderby=DESC"), page(1, true));
        assert_eq!(asked("seq=7&pageSize=501&orderBy=ASC"), page(500, false));
        assert_eq!(asked("seq=7&pageSize=-3"), page(1, false));
    }

    #[test]
    fn waiting_has_its_bounds() {
        let wait = |text: &str| asked(text).map(|asked| asked.wait.as_secs());
        assert_eq!((wait("wait=0"), wait("wait=60")), (Ok(0), Ok(60)));
        for wrong in ["wait=61", "wait=-1", "wait=x", "wait=5&orderBy=desc"] {
            assert_eq!(wait(wrong), Err(vec!["Wait".to_owned()]), "{wrong}");
        }
        assert_eq!(asked("follow=maybe"), Err(vec!["Follow".to_owned()]));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(asked("seq=-1"), Err(vec!["Seq".to_owned()]));
        assert_eq!(asked("seq=abc"), Err(vec!["Seq".to_owned()]));
        let both = asked("pageSize=x&orderBy=sideways");
        assert_eq!(both, Err(vec!["OrderBy".to_owned(), "PageSize".to_owned()]));
    }
}
