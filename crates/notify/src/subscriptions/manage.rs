//! `/future/webhooks`: a creator's subscriptions. Made, listed, shown, changed and removed.

use super::wire::{ChangeRequest, NewRequest, Webhooks};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use webhooks::{NewSubscription, SigningKey, SubscribeError, Subscription};

use super::model::{self, Wish};
use super::owner;
use crate::access::{self, Creator, Policy};
use crate::api::{Api, shown};
use crate::binding::{Faults, Reader};
use crate::openapi::problems::PlainProblem;
use crate::orders::receipt::created;
use crate::problem::Problem;

/// Subscriptions a creator may have.
const MOST: usize = 100;

#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscriptionBody {
    id: String,
    name: String,
    #[schema(format = Uri)]
    url: String,
    events: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    senders_references: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    created: jiff::Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_ping: Option<PingBody>,
    failures: u32,
    /// Deliveries that wait; only where one subscription is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<u64>,
    /// Only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookPing)]
struct PingBody {
    at: jiff::Timestamp,
    outcome: String,
}

impl SubscriptionBody {
    fn of(subscription: &Subscription) -> Self {
        let values = |field| subscription.filter.as_ref().map(|filter| model::values(filter, field));
        let events = if subscription.event == "all" { "*" } else { &subscription.event };
        let last_ping = subscription.last_ping.clone();
        Self {
            id: written(subscription.id),
            name: subscription.name.clone(),
            url: subscription.push_endpoint.as_str().to_owned(),
            events: events.split(',').map(str::to_owned).collect(),
            senders_references: values(model::REFERENCE).unwrap_or_default(),
            channel: values(model::CHANNEL).and_then(|values| values.into_iter().next()),
            created: subscription.created,
            last_ping: last_ping.map(|(at, outcome)| PingBody { at, outcome }),
            failures: subscription.failures,
            waiting: None,
            secret: None,
        }
    }
}

/// A subscription's number as callers know it.
pub(super) fn written(id: i64) -> String {
    format!("{id:016x}")
}

/// Reads what [`written`] wrote.
pub(super) fn number(text: &str) -> Result<i64, Problem> {
    let number = (text.len() == 16).then(|| i64::from_str_radix(text, 16).ok()).flatten();
    number.ok_or(Problem::plain(StatusCode::NOT_FOUND))
}

/// The caller, who may order.
pub(super) async fn creator(api: &Api, headers: &HeaderMap) -> Result<Creator, Problem> {
    access::allow(api.notify.verifier(), headers, Policy::CreateOrPlatform).await?.creator()
}

pub(super) fn problem(error: SubscribeError) -> Problem {
    match error {
        SubscribeError::SamePair => {
            let detail = Some("there is a subscription with this name and address already");
            Problem::Plain { status: StatusCode::CONFLICT, detail }
        }
        SubscribeError::NotFound => Problem::plain(StatusCode::NOT_FOUND),
        SubscribeError::PingFailed(_) => {
            let detail = Some("the address did not answer the ping");
            Problem::Plain { status: StatusCode::UNPROCESSABLE_ENTITY, detail }
        }
        SubscribeError::Store(error) => error.into(),
    }
}

/// What is posted to ask whether somebody is there.
pub(crate) fn ping(now: jiff::Timestamp) -> String {
    json!({ "type": "webhook.ping", "timestamp": now, "data": {} }).to_string()
}

pub(super) fn ping_body(api: &Api) -> String {
    ping(api.notify.clock().now())
}

async fn wish(api: &Api, request: Request<Body>, is_new: bool) -> Result<Wish, Problem> {
    let json = api.json(request).await?;
    let faults = Faults::default();
    let wish = Reader::document(&json, &faults).and_then(|body| Wish::read(&body, is_new));
    let (wish, late) = faults.settle(wish)?;
    late.map_or(Ok(wish), Err)
}

/// `POST`: makes a subscription and pings its address. The answer is the only one that has the secret.
#[utoipa::path(post, path = "/future/webhooks", operation_id = "createWebhook", tag = "Webhooks",
    request_body = NewRequest,
    responses((status = 201, body = SubscriptionBody, headers(("Location" = String))), (status = 409), (status = 422, body = PlainProblem)))]
pub(crate) async fn create(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let Wish { name, url, events, filter } = wish(&api, request, true).await?;
    let Some(push_endpoint) = url else {
        return Err(Problem::wrong("Url", "must be an absolute http or https address"));
    };
    let webhooks = api.notify.webhooks();
    if webhooks.list(owner(&creator)).await.map_err(problem)?.len() >= MOST {
        let detail = Some("there are a hundred subscriptions already");
        return Err(Problem::Plain { status: StatusCode::CONFLICT, detail });
    }
    let secret = SigningKey::make(api.notify.random());
    let new = NewSubscription {
        name: name.unwrap_or_default(),
        push_endpoint,
        resource: "all".to_owned(),
        event: events.unwrap_or_else(|| "all".to_owned()),
        filter: filter.after(None),
        secret: Some(secret.clone()),
    };
    let id = fresh_number(&api);
    let made = webhooks.create(owner(&creator), new, &ping_body(&api), move |_| Ok(id)).await;
    let made = made.map_err(problem)?;
    let body = SubscriptionBody { secret: Some(secret.reveal().clone()), ..SubscriptionBody::of(&made) };
    let text = serde_json::to_string(&body).map_err(|error| Problem::internal(&error))?;
    Ok(created(text, &api.link(&format!("/future/webhooks/{}", written(id)))))
}

/// Far above the numbers that Exchange counts up from 1.
fn fresh_number(api: &Api) -> i64 {
    const FIRST: i64 = 1 << 61;
    let bytes = api.notify.random().bytes();
    let drawn = bytes.iter().take(8).fold(0, |number: i64, byte| (number << 8) | i64::from(*byte));
    FIRST | (drawn & (FIRST - 1))
}

/// `GET`: all of the caller's.
#[utoipa::path(get, path = "/future/webhooks", operation_id = "listWebhooks", tag = "Webhooks",
    responses((status = 200, body = Webhooks)))]
pub(crate) async fn list(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let all = api.notify.webhooks().list(owner(&creator)).await.map_err(problem)?;
    let all: Vec<_> = all.iter().map(SubscriptionBody::of).collect();
    Ok(shown(&json!({ "webhooks": all })))
}

/// `GET …/{id}`
#[utoipa::path(get, path = "/future/webhooks/{id}", operation_id = "showWebhook", tag = "Webhooks",
    params(("id" = String, Path, description = "The subscription.")), responses((status = 200, body = SubscriptionBody), (status = 404)))]
pub(crate) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let webhooks = api.notify.webhooks();
    let found = webhooks.find(owner(&creator), number(&id)?).await.map_err(problem)?;
    let waiting = webhooks.waiting(found.id).await.map_err(problem)?;
    Ok(shown(&SubscriptionBody { waiting: Some(waiting), ..SubscriptionBody::of(&found) }))
}

/// `PUT …/{id}`: what is absent stays as it is.
#[utoipa::path(put, path = "/future/webhooks/{id}", operation_id = "changeWebhook", tag = "Webhooks",
    params(("id" = String, Path, description = "The subscription.")), request_body = ChangeRequest,
    responses((status = 200, body = SubscriptionBody), (status = 404), (status = 409), (status = 422, body = PlainProblem)))]
pub(crate) async fn change(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let id = number(&id)?;
    let Wish { name, url, events, filter } = wish(&api, request, false).await?;
    let apply = |subscription: &mut Subscription| {
        subscription.name = name.unwrap_or_else(|| subscription.name.clone());
        subscription.push_endpoint = url.unwrap_or_else(|| subscription.push_endpoint.clone());
        subscription.event = events.unwrap_or_else(|| subscription.event.clone());
        subscription.filter = filter.after(subscription.filter.take());
    };
    let webhooks = api.notify.webhooks();
    webhooks.change(owner(&creator), id, apply, &ping_body(&api)).await.map_err(problem)?;
    let found = webhooks.find(owner(&creator), id).await.map_err(problem)?;
    Ok(shown(&SubscriptionBody::of(&found)))
}

/// `DELETE …/{id}`: also what is on its way there.
#[utoipa::path(delete, path = "/future/webhooks/{id}", operation_id = "removeWebhook", tag = "Webhooks",
    params(("id" = String, Path, description = "The subscription.")), responses((status = 204), (status = 404)))]
pub(crate) async fn remove(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    api.notify.webhooks().remove(owner(&creator), number(&id)?).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
