//! `GET /console/webhooks`: who is told of what, by either product, and how that goes. `POST
//! /console/webhooks/{id}` holds a subscription, lets it go on, or has it told again.

mod words;

use ::webhooks::{Since, Standing, SubscribeError, Subscription, Wish};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use self::words::Words;
use crate::moment::when;
use crate::page::Refusal;
use crate::{Console, Frame, Posted, Role, Section, Visitor, page};

/// Deliveries on a page.
const PAGE: u32 = 50;
/// Subscriptions on a page.
const SUBSCRIPTIONS: u32 = 200;
/// How Notify's owners begin; all others are Exchange's organizations.
const NOTIFY: &str = "notify:";
/// States that deliveries have.
const STATES: [&str; 3] = ["pending", "delivered", "given_up"];

/// The pages.
pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route("/console/webhooks", get(show))
        .route("/console/webhooks/live", get(live))
        .route("/console/webhooks/{id}", get(open).post(look_after))
}

/// Those behind this number.
#[derive(Deserialize)]
struct Asked {
    #[serde(default = "first")]
    after: i64,
}

const fn first() -> i64 {
    i64::MIN
}

#[derive(Template)]
#[template(path = "webhooks/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    list: List,
}

/// The part that renews itself.
#[derive(Template)]
#[template(path = "webhooks/list.html")]
struct List {
    words: &'static Words,
    after: i64,
    rows: Vec<Row>,
    /// Where the next page begins.
    next: Option<i64>,
}

struct Row {
    id: i64,
    name: String,
    owner: String,
    product: &'static str,
    endpoint: String,
    events: String,
    state: &'static str,
    mood: &'static str,
    failures: u32,
    waiting: String,
    ping: String,
    /// Whether somebody, or too many failures, has stopped it.
    stands_still: bool,
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let list = List::of(&console, &visitor, asked.after).await?;
    Ok(page::html(&Page { frame: visitor.frame(Section::Webhooks), words: list.words, list }))
}

async fn live(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    Ok(page::html(&List::of(&console, &visitor, asked.after).await?))
}

impl List {
    async fn of(console: &Console, visitor: &Visitor, after: i64) -> Result<Self, Refusal> {
        let words = Words::of(visitor.lang);
        let webhooks = console.exchange().webhooks();
        let all = webhooks.everybodys(after, SUBSCRIPTIONS).await.map_err(unreadable)?;
        let mut rows = Vec::with_capacity(all.len());
        for subscription in &all {
            let waiting = webhooks.waiting(subscription.id).await.map_err(unreadable)?;
            rows.push(row(subscription, waiting, words));
        }
        let is_full = all.len() == SUBSCRIPTIONS as usize;
        let next = all.last().map(|last| last.id).filter(|_| is_full);
        Ok(Self { words, after, rows, next })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
fn unreadable(error: SubscribeError) -> Refusal {
    page::failed(&error).into()
}

/// Whose it is, and of which product.
fn owner(subscription: &Subscription) -> (String, &'static str) {
    let owner = subscription.owner.as_str();
    owner
        .strip_prefix(NOTIFY)
        .map_or_else(|| (owner.to_owned(), "Exchange"), |creator| (creator.to_owned(), "Notify"))
}

fn row(subscription: &Subscription, waiting: u64, words: &Words) -> Row {
    /// More are not counted.
    const MANY: u64 = 1_000;
    let (state, mood) = match (subscription.held, subscription.paused) {
        (true, _) => (words.held, "bad"),
        (false, Some(_)) => (words.paused, "bad"),
        (false, None) if subscription.failures > 0 => (words.failing, "warned"),
        (false, None) => (words.active, "good"),
    };
    let ping = subscription.last_ping.as_ref();
    let (owner, product) = owner(subscription);
    Row {
        id: subscription.id,
        name: subscription.name.clone(),
        owner,
        product,
        endpoint: subscription.push_endpoint.as_str().to_owned(),
        events: subscription.event.clone(),
        state,
        mood,
        failures: subscription.failures,
        waiting: if waiting < MANY { waiting.to_string() } else { format!("≥ {MANY}") },
        ping: ping.map(|(at, outcome)| format!("{}: {outcome}", when(*at))).unwrap_or_default(),
        stands_still: subscription.held || subscription.paused.is_some(),
    }
}

/// Which deliveries are shown.
#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    state: String,
    #[serde(default = "last")]
    before: i64,
}

const fn last() -> i64 {
    i64::MAX
}

#[derive(Template)]
#[template(path = "webhooks/deliveries.html")]
struct Deliveries {
    frame: Frame,
    words: &'static Words,
    may_operate: bool,
    row: Row,
    /// Each state, its name, and whether it is shown; the empty one for all.
    states: Vec<(&'static str, &'static str, bool)>,
    state: &'static str,
    rows: Vec<DeliveryRow>,
    /// Where the page before begins.
    before: Option<i64>,
}

struct DeliveryRow {
    number: i64,
    event: String,
    state: &'static str,
    mood: &'static str,
    tries: u32,
    outcome: String,
    created: String,
}

async fn open(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<i64>,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    let Some(subscription) = find(&console, id).await? else { return Ok(page::not_found(&visitor)) };
    let words = Words::of(visitor.lang);
    let webhooks = console.exchange().webhooks();
    let state = STATES.into_iter().find(|state| *state == filter.state);
    let found = webhooks.latest(id, state, filter.before, PAGE).await.map_err(unreadable)?;
    let is_full = found.len() == PAGE as usize;
    let before = found.last().map(|last| last.number).filter(|_| is_full);
    let waiting = webhooks.waiting(id).await.map_err(unreadable)?;
    let state = state.unwrap_or_default();
    let states = std::iter::once("").chain(STATES);
    Ok(page::html(&Deliveries {
        frame: visitor.frame(Section::Webhooks),
        words,
        may_operate: visitor.role >= Role::Operate,
        row: row(&subscription, waiting, words),
        states: states.map(|code| (code, words.state(code), code == state)).collect(),
        state,
        rows: found.into_iter().map(|standing| delivery(standing, words)).collect(),
        before,
    }))
}

/// The subscription with a number, whoever owns it.
async fn find(console: &Console, id: i64) -> Result<Option<Subscription>, Refusal> {
    let Some(before) = id.checked_sub(1) else { return Ok(None) };
    let found = console.exchange().webhooks().everybodys(before, 1).await.map_err(unreadable)?;
    Ok(found.into_iter().find(|subscription| subscription.id == id))
}

fn delivery(standing: Standing, words: &Words) -> DeliveryRow {
    let Standing { number, event_id, event, state, tries, outcome, created, .. } = standing;
    let mood = match state.as_str() {
        "delivered" => "good",
        "given_up" => "bad",
        _ => "",
    };
    DeliveryRow {
        number,
        event: event.map_or_else(|| event_id.clone(), |event| format!("{event} {event_id}")),
        state: words.state(&state),
        mood,
        tries,
        outcome: outcome.unwrap_or_default(),
        created: when(created),
    }
}

/// What a button says.
#[derive(Deserialize)]
struct Wanted {
    wish: String,
    /// From where on it is told again: a number, or else a moment in Norwegian time.
    #[serde(default)]
    from: String,
    #[serde(default)]
    since: String,
}

impl Wanted {
    fn wish(&self) -> Option<Wish> {
        match self.wish.as_str() {
            "pause" => Some(Wish::Pause),
            "resume" => Some(Wish::Resume),
            "replay" => self.beginning().map(Wish::Replay),
            _ => None,
        }
    }

    fn beginning(&self) -> Option<Since> {
        if !self.from.is_empty() {
            return self.from.parse().ok().map(Since::Number);
        }
        let local: DateTime = self.since.parse().ok()?;
        let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
        local.to_zoned(zone).ok().map(|zoned| Since::Moment(Timestamp::from(zoned)))
    }
}

async fn look_after(
    State(console): State<Console>,
    Path(id): Path<i64>,
    posted: Posted<Wanted>,
) -> Result<Response, Refusal> {
    let Posted { visitor, form } = posted;
    visitor.needs(Role::Operate)?;
    let Some(wish) = form.wish() else {
        return Ok(page::refused(&visitor, Words::of(visitor.lang).no_such_wish));
    };
    let Some(subscription) = find(&console, id).await? else { return Ok(page::not_found(&visitor)) };
    let done = if subscription.owner.as_str().starts_with(NOTIFY) {
        console.notify().look_after_webhook(&subscription, wish, visitor.actor()).await
    } else {
        console.exchange().look_after_webhook(&subscription, wish, visitor.actor()).await
    };
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/console/webhooks/{id}")).into_response()),
        Err(SubscribeError::NotFound) => Ok(page::not_found(&visitor)),
        Err(error) => Ok(page::failed(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(wish: &str, from: &str, since: &str) -> Option<Wish> {
        let text = |text: &str| text.to_owned();
        Wanted { wish: text(wish), from: text(from), since: text(since) }.wish()
    }

    #[test]
    fn telling_again_begins_at_a_number_or_at_a_moment_in_norwegian_time() {
        assert_eq!(wanted("replay", "7", ""), Some(Wish::Replay(Since::Number(7))));
        let noon: Timestamp = "2026-03-02T11:00:00Z".parse().expect("a moment");
        assert_eq!(wanted("replay", "", "2026-03-02T12:00"), Some(Wish::Replay(Since::Moment(noon))));
        assert_eq!(wanted("replay", "", ""), None);
        assert_eq!(wanted("dance", "7", ""), None);
    }
}
