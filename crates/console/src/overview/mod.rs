//! `GET /console`: what needs attention, how everything does now and did before, and the latest of it.
//!
//! Three parts renew themselves while the page is seen: the figures every five seconds, the tables four
//! times a minute, and the plots once a minute, since their figures are minutes. Without scripts the page is
//! the same, as of when it was loaded.

mod attention;
mod now;
mod plots;
mod tables;
mod whose;
mod words;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use meter::families;
use serde::Deserialize;

use self::attention::Attention;
use self::now::Now;
pub(crate) use self::plots::counted;
use self::tables::Tables;
use self::words::Words;
pub(crate) use self::words::range as range_word;
use crate::history::{Past, Range};
use crate::page::Refusal;
use crate::plot::{Drawn, amount, seconds};
use crate::{Console, Frame, Language, Section, Visitor, page};

/// The page and its parts.
pub(crate) fn router() -> Router<Console> {
    Router::new()
        .route("/console", get(show))
        .route("/console/overview/live", get(figures))
        .route("/console/overview/plots/live", get(plots))
        .route("/console/overview/tables/live", get(tables))
}

/// How far back somebody looks.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    range: String,
}

impl Asked {
    pub(crate) fn range(&self) -> Range {
        Range::named(&self.range)
    }
}

#[derive(Template)]
#[template(path = "overview/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    organization: String,
    figures: Figures,
    plots: Plots,
    tables: Tables,
}

/// What renews itself most often.
#[derive(Template)]
#[template(path = "overview/figures.html")]
struct Figures {
    lang: Language,
    words: &'static Words,
    attention: Vec<Attention>,
    tiles: Vec<Tile>,
}

/// One figure.
struct Tile {
    label: String,
    value: String,
    note: &'static str,
}

#[derive(Template)]
#[template(path = "overview/plots.html")]
struct Plots {
    words: &'static Words,
    range: Range,
    /// Each range, its name, and whether it is shown.
    ranges: Vec<(&'static str, &'static str, bool)>,
    drawn: Vec<Drawn>,
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let words = Words::of(visitor.lang);
    let now = Now::gather(&console).await?;
    let (number, name) = console.organization();
    let page = Page {
        frame: visitor.frame(Section::Overview),
        words,
        organization: format!("{name} ({number})"),
        figures: Figures::of(&console, &now, visitor.lang).await?,
        plots: Plots::of(&console, asked.range(), visitor.lang).await?,
        tables: Tables::of(&console, &now, visitor.lang).await?,
    };
    Ok(page::html(&page))
}

async fn figures(State(console): State<Console>, visitor: Visitor) -> Result<Response, Refusal> {
    let now = Now::gather(&console).await?;
    Ok(page::html(&Figures::of(&console, &now, visitor.lang).await?))
}

async fn tables(State(console): State<Console>, visitor: Visitor) -> Result<Response, Refusal> {
    let now = Now::gather(&console).await?;
    Ok(page::html(&Tables::of(&console, &now, visitor.lang).await?))
}

async fn plots(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    Ok(page::html(&Plots::of(&console, asked.range(), visitor.lang).await?))
}

impl Plots {
    async fn of(console: &Console, range: Range, lang: Language) -> Result<Self, Refusal> {
        let words = Words::of(lang);
        let past = console.history().past(range).await?;
        let ranges = Range::ALL.map(|one| (one.as_str(), words::range(one, lang), one == range));
        Ok(Self { words, range, ranges: ranges.to_vec(), drawn: plots::all(&past, words, lang) })
    }
}

impl Figures {
    async fn of(console: &Console, now: &Now, lang: Language) -> Result<Self, Refusal> {
        let words = Words::of(lang);
        let hour = console.history().past(Range::Hour).await?;
        let tiles = tiles(now, &hour, words, lang);
        Ok(Self { lang, words, attention: attention::of(&now.facts(), lang), tiles })
    }
}

fn tiles(now: &Now, hour: &Past, words: &Words, lang: Language) -> Vec<Tile> {
    let total = hour.total();
    let tile = |label: &str, value: String, note| Tile { label: label.to_owned(), value, note };
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let many = |count: u64| amount(count as f64, lang);
    let took = |family, until: Option<&str>| {
        let fits = |labels: &[&str]| until.is_none_or(|until| labels.last() == Some(&until));
        total.spread(family, fits).quantile(0.95).map_or_else(|| "–".to_owned(), |took| seconds(took, lang))
    };
    let sent = |channel: &str, result: &str| {
        many(total.count(&families::NOTIFICATIONS, |labels| labels == [channel, result]))
    };
    let carried = |direction: &str, status: &str| {
        many(total.count(&families::MESSAGES, |labels| labels.ends_with(&[direction, status])))
    };
    let depth = |label| {
        now.measure(&families::QUEUE_DEPTH, Some(label)).map_or("–".to_owned(), |depth| amount(depth, lang))
    };
    let waiting: f64 = now.measures(&families::LANE_DEPTH).into_values().sum();
    vec![
        tile("SMS", sent("sms", "Accepted"), words.last_hour),
        tile(words.email, sent("email", "Succeeded"), words.last_hour),
        tile(words.out, carried("OUTGOING", "SENDT"), words.last_hour),
        tile(words.inward, carried("INCOMING", "INNKOMMENDE_MOTTATT"), words.last_hour),
        tile(words.code_time, took(&families::INSTANT, Some("taken")), words.last_hour),
        tile(words.message_time, took(&families::MESSAGE_TIME, None), words.last_hour),
        tile(words.waiting, amount(waiting, lang), words.now),
        tile(words.outgoing, depth("outgoing"), words.now),
        tile(words.incoming, depth("incoming"), words.now),
        tile(words.certificate_days, now.certificates.days_left().to_string(), words.now),
    ]
}
