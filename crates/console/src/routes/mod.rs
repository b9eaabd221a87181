//! Gateways, routes and channels: how they do, what came of them, and what an operator wants of them.
//!
//! `GET /console/routes` is a page for people and JSON for programs. `POST /console/routes/wish` takes the
//! page's buttons; `POST /console/routes/{channel}/{name}` takes a program's JSON.

mod program;
mod words;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use meter::{Value, families};
use notify::routes::{Shown, Wish, shown};
use serde::Deserialize;

use self::words::Words;
use crate::history::{Past, Range};
use crate::moment::when;
use crate::overview::{Asked, counted, range_word};
use crate::page::Refusal;
use crate::plot::{Drawn, Kind, Plot, Unit};
use crate::{Asker, Console, Frame, Language, Posted, Role, Section, Visitor, page};

/// The page and what programs ask for.
pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route("/console/routes", get(show))
        .route("/console/routes/live", get(live))
        .route("/console/routes/plots/live", get(plots))
        .route("/console/routes/wish", post(wish))
        .route("/console/routes/{channel}/{name}", post(program::set))
}

#[derive(Template)]
#[template(path = "routes/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    list: List,
    plots: Plots,
}

/// The part that renews itself every few seconds.
#[derive(Template)]
#[template(path = "routes/list.html")]
struct List {
    words: &'static Words,
    csrf: String,
    /// Whether the visitor may press the buttons.
    may_operate: bool,
    routes: Vec<RouteCard>,
    channels: Vec<ChannelRow>,
}

struct RouteCard {
    /// Unique on the page.
    id: String,
    channel: &'static str,
    name: String,
    kind: &'static str,
    state: &'static str,
    mode: &'static str,
    mode_code: &'static str,
    mood: &'static str,
    weight: u32,
    share: f64,
    score: i64,
    until: Option<String>,
    paused_until: Option<String>,
    trips: u32,
    trouble: Option<String>,
    duplicate_risks: i64,
}

struct ChannelRow {
    service: String,
    is_up: bool,
    answered: u64,
    failed: u64,
}

/// The part with the plots.
#[derive(Template)]
#[template(path = "routes/plots.html")]
struct Plots {
    words: &'static Words,
    range: Range,
    ranges: Vec<(&'static str, &'static str, bool)>,
    drawn: Vec<Drawn>,
}

async fn show(
    State(console): State<Console>,
    by: Asker,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let Asker::Person(visitor) = by else {
        return Ok(axum::Json(shown(console.notify()).await).into_response());
    };
    let frame = visitor.frame(Section::Routes);
    let list = List::of(&console, &visitor).await;
    let plots = Plots::of(&console, asked.range(), visitor.lang).await?;
    Ok(page::html(&Page { frame, words: list.words, list, plots }))
}

async fn live(State(console): State<Console>, visitor: Visitor) -> Response {
    page::html(&List::of(&console, &visitor).await)
}

async fn plots(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    Ok(page::html(&Plots::of(&console, asked.range(), visitor.lang).await?))
}

/// What a button says.
#[derive(Deserialize)]
struct Pressed {
    channel: String,
    name: String,
    wish: String,
}

/// Does what an operator wants of a route; the audit log says so.
async fn wish(State(console): State<Console>, posted: Posted<Pressed>) -> Result<Response, Refusal> {
    let Posted { visitor, form: Pressed { channel, name, wish } } = posted;
    visitor.needs(Role::Operate)?;
    let Some(wish) = Wish::parse(&wish) else {
        return Ok(page::refused(&visitor, Words::of(visitor.lang).no_such_wish));
    };
    match console.notify().set_route(&channel, &name, wish, &visitor.actor()).await? {
        Some(_) => Ok(Redirect::to("/console/routes").into_response()),
        None => Ok(page::not_found(&visitor)),
    }
}

impl List {
    async fn of(console: &Console, visitor: &Visitor) -> Self {
        let routes = shown(console.notify()).await;
        Self {
            words: Words::of(visitor.lang),
            csrf: visitor.frame(Section::Routes).csrf,
            may_operate: visitor.role >= Role::Operate,
            routes: routes.into_iter().map(|route| card(route, visitor.lang)).collect(),
            channels: channels(console).await,
        }
    }
}

fn card(route: Shown, lang: Language) -> RouteCard {
    let mood = match (route.mode, route.breaker) {
        ("off", _) | (_, "open") => "bad",
        (_, "half_open") => "warned",
        _ if route.paused_until.is_some() || route.score < 100 => "warned",
        _ => "good",
    };
    let moment = |at: Option<Timestamp>| at.map(when);
    RouteCard {
        id: format!("{}-{}", route.channel, route.name),
        state: breaker(&route, lang),
        mode: mode(&route, lang),
        mode_code: route.mode,
        mood,
        channel: route.channel,
        name: route.name,
        kind: route.kind,
        weight: route.weight,
        share: route.share,
        score: route.score,
        until: moment(route.until),
        paused_until: moment(route.paused_until),
        trips: route.trips,
        trouble: route.trouble,
        duplicate_risks: route.duplicate_risks,
    }
}

/// What a route's breaker does, in words.
pub(crate) fn breaker(route: &Shown, lang: Language) -> &'static str {
    match route.breaker {
        "open" => lang.of("shut", "stengt"),
        "half_open" => lang.of("being tried", "prøves"),
        _ => lang.of("open", "åpen"),
    }
}

/// What operators want of a route, in words.
pub(crate) fn mode(route: &Shown, lang: Language) -> &'static str {
    match route.mode {
        "off" => lang.of("switched off", "slått av"),
        "only" => lang.of("the only one", "den eneste"),
        _ => lang.of("automatic", "automatisk"),
    }
}

/// The channels of Exchange, as they answered last, and what came of asking since the server started.
async fn channels(console: &Console) -> Vec<ChannelRow> {
    let snapshot = console.history().now().await;
    let polls = snapshot.points(&families::POLLS);
    let asked = |service: &str, outcome: &str| {
        let fitting = polls.iter().filter(|point| point.labels == [service, outcome]);
        fitting.map(|point| if let Value::Times { count, .. } = point.value { count } else { 0 }).sum()
    };
    let row = |point: meter::Point| {
        let service = point.labels.into_iter().next().unwrap_or_default();
        let is_up = point.value == Value::Measure(1.0);
        let (answered, failed) = (asked(&service, "answered"), asked(&service, "failed"));
        ChannelRow { service, is_up, answered, failed }
    };
    snapshot.points(&families::CHANNEL_UP).into_iter().map(row).collect()
}

impl Plots {
    async fn of(console: &Console, range: Range, lang: Language) -> Result<Self, Refusal> {
        let words = Words::of(lang);
        let past = console.history().past(range).await?;
        let routes = shown(console.notify()).await;
        let plots = routes.iter().zip(IDS).map(|(route, id)| outcomes(&past, route, id, words).drawn(lang));
        let ranges = Range::ALL.map(|one| (one.as_str(), range_word(one, lang), one == range));
        Ok(Self { words, range, ranges: ranges.to_vec(), drawn: plots.collect() })
    }
}

/// Ids of plots; further routes have none.
const IDS: [&str; 16] = [
    "route-1", "route-2", "route-3", "route-4", "route-5", "route-6", "route-7", "route-8", "route-9",
    "route-10", "route-11", "route-12", "route-13", "route-14", "route-15", "route-16",
];

/// What came of the calls by one route.
fn outcomes(past: &Past, route: &Shown, id: &'static str, words: &Words) -> Plot {
    let results = [
        (words.taken, "taken"),
        (words.refused, "refused"),
        (words.not_taken, "not_taken"),
        (words.in_doubt, "in_doubt"),
    ];
    let series = |(name, result): (&str, &'static str)| {
        counted(past, name, &families::GATEWAY_CALLS, |labels| {
            labels == [route.channel, route.name.as_str(), result]
        })
    };
    Plot {
        id,
        title: format!("{} ({})", route.name, route.channel),
        unit: Unit::Amount,
        kind: Kind::Columns,
        range: past.range,
        times: past.slots.iter().map(|(at, _)| *at).collect(),
        series: results.map(series).to_vec(),
    }
}
