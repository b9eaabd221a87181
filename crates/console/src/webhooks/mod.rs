//! `GET /console/webhooks`: who is told of statuses, and how that goes. `POST /console/webhooks/{id}` holds
//! a subscription, lets it go on, or has it told again.

mod words;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use exchange::WebhookWish;
use serde::Deserialize;
use webhooks::{Since, Standing, SubscribeError, Subscription};

use self::words::WebhookWords;
use crate::Console;
use crate::frame::{Frame, Section};
use crate::moment::when;
use crate::page::{self, Refusal};
use crate::posted::Posted;
use crate::role::Role;
use crate::visitor::Visitor;

/// Deliveries on a page.
const PAGE: u32 = 50;

/// The page.
pub(crate) fn router() -> Router<Console> {
    Router::new().route("/console/webhooks", get(show)).route("/console/webhooks/{id}", post(look_after))
}

#[derive(Deserialize)]
struct Asked {
    /// Whose deliveries are shown.
    of: Option<i64>,
    /// Those behind this number.
    #[serde(default)]
    after: i64,
}

#[derive(Deserialize)]
struct Wanted {
    wish: String,
    /// From where on it is told again.
    from: Option<i64>,
}

#[derive(Template)]
#[template(path = "webhooks.html")]
struct Page {
    frame: Frame,
    own: &'static WebhookWords,
    rows: Vec<SubscriptionRow>,
    chosen: Option<Chosen>,
}

struct SubscriptionRow {
    id: i64,
    name: String,
    endpoint: String,
    state: &'static str,
    mood: &'static str,
    failures: u32,
    waiting: u64,
    ping: String,
}

struct Chosen {
    id: i64,
    deliveries: Vec<DeliveryRow>,
    /// Where the next page begins.
    after: Option<i64>,
}

struct DeliveryRow {
    number: i64,
    event: String,
    state: String,
    mood: &'static str,
    tries: u32,
    outcome: String,
    created: String,
}

async fn show(State(console): State<Console>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match gather(&console, &visitor, &asked).await {
        Ok(page) => page::html(&page),
        Err(SubscribeError::NotFound) => page::not_found(&visitor),
        Err(error) => page::failed(&error),
    }
}

/// Everybody's subscriptions: those of the organization that runs the gateway, and of its consumers.
async fn subscriptions(console: &Console) -> Result<Vec<Subscription>, SubscribeError> {
    let (exchange, mut all) = (console.exchange(), Vec::new());
    for owner in exchange.organizations() {
        all.extend(exchange.webhooks().list(owner).await?);
    }
    Ok(all)
}

async fn gather(console: &Console, visitor: &Visitor, asked: &Asked) -> Result<Page, SubscribeError> {
    let own = WebhookWords::of(visitor.lang);
    let all = subscriptions(console).await?;
    let webhooks = console.exchange().webhooks();
    let mut rows = Vec::with_capacity(all.len());
    for subscription in &all {
        rows.push(row(own, subscription, webhooks.waiting(subscription.id).await?));
    }
    let chosen = match asked.of {
        Some(id) => {
            let of = all.iter().find(|subscription| subscription.id == id);
            let owner = of.ok_or(SubscribeError::NotFound)?.owner.clone();
            let deliveries = webhooks.deliveries(owner, id, None, asked.after, PAGE).await?;
            let full = deliveries.len() == PAGE as usize;
            let after = deliveries.last().map(|last| last.number).filter(|_| full);
            Some(Chosen { id, after, deliveries: deliveries.into_iter().map(delivery).collect() })
        }
        None => None,
    };
    Ok(Page { frame: visitor.frame(Section::Webhooks), own, rows, chosen })
}

fn row(own: &WebhookWords, subscription: &Subscription, waiting: u64) -> SubscriptionRow {
    let (state, mood) = match (subscription.held, subscription.paused) {
        (true, _) => (own.held, "bad"),
        (false, Some(_)) => (own.paused, "bad"),
        (false, None) => (own.active, "good"),
    };
    let ping = subscription.last_ping.as_ref();
    SubscriptionRow {
        id: subscription.id,
        name: subscription.name.clone(),
        endpoint: subscription.push_endpoint.as_str().to_owned(),
        state,
        mood,
        failures: subscription.failures,
        waiting,
        ping: ping.map(|(at, outcome)| format!("{}: {outcome}", when(*at))).unwrap_or_default(),
    }
}

fn delivery(standing: Standing) -> DeliveryRow {
    let Standing { number, event_id, state, tries, outcome, created, .. } = standing;
    let mood = match state.as_str() {
        "delivered" => "good",
        "given_up" => "bad",
        _ => "",
    };
    let outcome = outcome.unwrap_or_default();
    DeliveryRow { number, event: event_id, state, mood, tries, outcome, created: when(created) }
}

async fn look_after(
    State(console): State<Console>,
    Path(id): Path<i64>,
    Posted { visitor, form }: Posted<Wanted>,
) -> Result<Response, Refusal> {
    visitor.needs(Role::Operate)?;
    let wish = match (form.wish.as_str(), form.from) {
        ("pause", _) => WebhookWish::Pause,
        ("resume", _) => WebhookWish::Resume,
        ("replay", Some(number)) => WebhookWish::Replay(Since::Number(number)),
        _ => return Ok(page::refused(&visitor, WebhookWords::of(visitor.lang).unknown_wish)),
    };
    let done = match subscriptions(&console).await {
        Ok(all) => match all.iter().find(|subscription| subscription.id == id) {
            Some(found) => console.exchange().look_after_webhook(found, wish, visitor.actor()).await,
            None => Err(SubscribeError::NotFound),
        },
        Err(error) => Err(error),
    };
    Ok(match done {
        Ok(_) => Redirect::to(&format!("/console/webhooks?of={id}")).into_response(),
        Err(SubscribeError::NotFound) => page::not_found(&visitor),
        Err(error) => page::failed(&error),
    })
}
