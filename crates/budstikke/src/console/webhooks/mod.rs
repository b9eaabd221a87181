//! `GET /console/webhooks`: who is told of statuses, and how that goes. `POST /console/webhooks/{id}` holds
//! a subscription, lets it go on, or has it told again.

mod words;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use exchange::WebhookWish;
use serde::Deserialize;
use webhooks::{Since, Standing, SubscribeError, Subscription};

use self::words::WebhookWords;
use super::language::Words;
use super::overview::when;
use crate::app::App;

/// Deliveries on a page.
const PAGE: u32 = 50;

/// The page.
pub(super) fn router() -> Router<App> {
    Router::new().route("/console/webhooks", get(show)).route("/console/webhooks/{id}", post(look_after))
}

#[derive(Deserialize)]
struct Asked {
    lang: Option<String>,
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
    lang: Option<String>,
}

#[derive(Template)]
#[template(path = "webhooks.html")]
struct Page {
    words: &'static Words,
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

async fn show(State(app): State<App>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let words = Words::for_request(asked.lang.as_deref(), &headers);
    match page(&app, words, &asked).await.map(|page| page.render()) {
        Ok(Ok(html)) => Html(html).into_response(),
        Ok(Err(error)) => failed(&error),
        Err(SubscribeError::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "the webhooks could not be shown");
    (StatusCode::INTERNAL_SERVER_ERROR, "this cannot be shown now; the log says why\n").into_response()
}

/// Everybody's subscriptions: those of the organization that runs the gateway, and of its consumers.
async fn subscriptions(app: &App) -> Result<Vec<Subscription>, SubscribeError> {
    let (exchange, config) = (app.exchange(), app.config());
    let consumers = config.exchange.consumers.iter().map(|consumer| consumer.org);
    let mut all = Vec::new();
    for owner in std::iter::once(exchange.organization()).chain(consumers) {
        all.extend(exchange.webhooks().list(owner).await?);
    }
    Ok(all)
}

async fn page(app: &App, words: &'static Words, asked: &Asked) -> Result<Page, SubscribeError> {
    let own = WebhookWords::in_language(words.code);
    let all = subscriptions(app).await?;
    let webhooks = app.exchange().webhooks();
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
    Ok(Page { words, own, rows, chosen })
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
    State(app): State<App>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(wanted): Form<Wanted>,
) -> Response {
    if !is_from_here(&headers) {
        return (StatusCode::FORBIDDEN, "only this console's own pages may ask for that\n").into_response();
    }
    let wish = match (wanted.wish.as_str(), wanted.from) {
        ("pause", _) => WebhookWish::Pause,
        ("resume", _) => WebhookWish::Resume,
        ("replay", Some(number)) => WebhookWish::Replay(Since::Number(number)),
        _ => return (StatusCode::BAD_REQUEST, "the wish is pause, resume or replay\n").into_response(),
    };
    let done = match subscriptions(&app).await {
        Ok(all) => match all.iter().find(|subscription| subscription.id == id) {
            Some(found) => {
                let actor = format!("operator {}", app.user());
                app.exchange().look_after_webhook(found, wish, actor).await
            }
            None => Err(SubscribeError::NotFound),
        },
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => {
            let code = Words::for_request(wanted.lang.as_deref(), &headers).code;
            Redirect::to(&format!("/console/webhooks?of={id}&lang={code}")).into_response()
        }
        Err(SubscribeError::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}

/// A browser sends the password along also when another site's page makes it post; then it says so.
fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => true,
        (Some(origin), host) => origin.split_once("://").is_some_and(|(_, name)| Some(name) == host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_post() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, header::HeaderValue::from_static(value));
            }
            headers
        };
        assert!(is_from_here(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_from_here(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(is_from_here(&headers(&[("origin", "http://a:1"), ("host", "a:1")])));
        assert!(!is_from_here(&headers(&[("origin", "http://b"), ("host", "a")])));
        assert!(!is_from_here(&headers(&[("origin", "null")])), "HTTP/2 has no Host");
        assert!(is_from_here(&headers(&[])), "no browser");
    }
}
