//! `/future/webhooks/{id}/…`: what has been told, what waits, telling again, pinging, and new secrets.

use std::time::Duration;

use super::wire::{NewSecret, PingOutcome, ReplayFrom, Replayed, WebhookDeliveries};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::json;
use store::Tx;
use utoipa::ToSchema;
use webhooks::{Since, Standing, SubscribeError};

use super::manage::{creator, number, ping_body, problem};
use super::owner;
use crate::api::{Api, query, shown};
use crate::binding::{Faults, Moment, Reader};
use crate::openapi::words::DeliveryState;
use crate::problem::Problem;

/// Deliveries on one page at most.
const LARGEST_PAGE: u32 = 500;

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliveryBody {
    sequence: i64,
    #[schema(value_type = Uuid)]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[schema(value_type = DeliveryState)]
    state: String,
    tries: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    created: jiff::Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<jiff::Timestamp>,
}

impl From<Standing> for DeliveryBody {
    fn from(standing: Standing) -> Self {
        let Standing { id, number, event, state, tries, outcome, created, ended, .. } = standing;
        Self { sequence: number, id: id.to_string(), event, state, tries, outcome, created, ended }
    }
}

/// `GET …/deliveries?after=&state=&pageSize=`
#[utoipa::path(get, path = "/future/webhooks/{id}/deliveries", operation_id = "listWebhookDeliveries", tag = "Webhooks",
    params(
        ("id" = String, Path, description = "The subscription."),
        ("after" = Option<i64>, Query, description = "Only deliveries behind this number."),
        ("state" = Option<DeliveryState>, Query, description = "Only deliveries in this state."),
        ("pageSize" = Option<i32>, Query, minimum = 0, description = "1 to 500, which is also what is given unasked."),
    ),
    responses((status = 200, body = WebhookDeliveries), (status = 400), (status = 404)))]
pub(crate) async fn list(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let id = number(&id)?;
    let given = query(request.uri());
    let given = |name: &str| given.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v);
    let after = given("after").map_or(Ok(0), |text| text.parse::<i64>());
    let after = after.map_err(|_| Problem::wrong("After", "must be a whole number"))?;
    let page = given("pageSize").map_or(Ok(LARGEST_PAGE), |text| text.parse::<u32>());
    let page = page.map_err(|_| Problem::wrong("PageSize", "must be a whole number"))?;
    let state = match given("state").map(String::as_str) {
        None => None,
        Some("pending") => Some("pending"),
        Some("delivered") => Some("delivered"),
        Some("given_up") => Some("given_up"),
        Some(_) => return Err(Problem::wrong("State", "must be pending, delivered or given_up")),
    };
    let page = page.clamp(1, LARGEST_PAGE);
    let found = api.notify.webhooks().deliveries(owner(&creator), id, state, after, page).await;
    let found: Vec<_> = found.map_err(problem)?.into_iter().map(DeliveryBody::from).collect();
    Ok(shown(&json!({ "deliveries": found })))
}

/// `POST …/replay`: `{"since": moment}` or `{"sequence": number}`. Tells again what was told or given up
/// from there on, in the old order and under the old ids.
#[utoipa::path(post, path = "/future/webhooks/{id}/replay", operation_id = "replayWebhook", tag = "Webhooks",
    params(("id" = String, Path, description = "The subscription.")), request_body = ReplayFrom,
    responses((status = 200, body = Replayed), (status = 404)))]
pub(crate) async fn replay(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let id = number(&id)?;
    let json = api.json(request).await?;
    let since = since(&json)?;
    let webhooks = api.notify.webhooks().clone();
    let subscription = webhooks.find(owner(&creator), id).await.map_err(problem)?;
    let now = api.notify.clock().now();
    let again = webhooks.clone();
    let work = move |tx: &mut Tx<'_>| again.replay(tx, &subscription, &since, now);
    let replayed = api.notify.store().write(work).await;
    let replayed = replayed.map_err(|error| problem(SubscribeError::Store(error)))?;
    webhooks.ring();
    Ok(shown(&json!({ "replayed": replayed })))
}

fn since(json: &serde_json::Value) -> Result<Since, Problem> {
    let faults = Faults::default();
    let read = |body: Reader<'_>| {
        let number = body.integer("sequence").map(Since::Number);
        let moment = match body.moment("since") {
            Some(Moment::At(at)) => Some(Since::Moment(at)),
            Some(Moment::WithoutZone) => {
                body.rule("Since", "needs a zone: Z or an offset");
                None
            }
            None => None,
        };
        if body.has("sequence") == body.has("since") {
            body.rule("Since", "must have exactly one of since and sequence");
        }
        moment.or(number)
    };
    let since = Reader::document(json, &faults).and_then(read);
    faults.settle(since).map(|(since, _)| since)
}

/// `POST …/ping`
#[utoipa::path(post, path = "/future/webhooks/{id}/ping", operation_id = "pingWebhook", tag = "Webhooks",
    params(("id" = String, Path, description = "The subscription.")), responses((status = 200, body = PingOutcome), (status = 404)))]
pub(crate) async fn ping(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let outcome = api.notify.webhooks().try_out(owner(&creator), number(&id)?, &ping_body(&api)).await;
    let outcome = outcome.map_err(problem)?;
    Ok(shown(&json!({ "answered": outcome.is_success(), "outcome": outcome.describe() })))
}

/// `POST …/secret`: makes a new secret, which only this answer has. The one before signs as well for a
/// while.
#[utoipa::path(post, path = "/future/webhooks/{id}/secret", operation_id = "renewWebhookSecret", tag = "Webhooks",
    params(("id" = String, Path, description = "The subscription.")), responses((status = 200, body = NewSecret), (status = 404)))]
pub(crate) async fn renew_secret(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let overlap = Duration::from_secs(api.notify.config().webhooks.secret_overlap_seconds);
    let renewed = api.notify.webhooks().renew_secret(owner(&creator), number(&id)?, overlap).await;
    let (secret, until) = renewed.map_err(problem)?;
    Ok(shown(&json!({ "secret": secret.reveal(), "previousSignsUntil": until })))
}
