//! `/api/subscriptions/{id}/…`: what has been told and what waits, telling again, leaving alone and going on,
//! pinging, and secrets. Additions of ours; operators do the same from the console.

use std::time::Duration;

use super::wire::{Deliveries, NewSecret, PingOutcome, ReplayFrom, Replayed, SubscriptionStanding};
use audit::{Action, Entry};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::{Request, Uri};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Tx;
use webhooks::{Since, Standing, SubscribeError, Subscription, Wish as WebhookWish};

use super::{number, ping, problem, read_json, shown};
use crate::Exchange;
use crate::access::Client;
use crate::listing::Query;
use crate::openapi::words::DeliveryState;
use crate::problem::Problem;
use crate::routes::{self, both};

/// Deliveries on one page at most.
const LARGEST_PAGE: u32 = 500;

pub(super) fn router() -> Router<Exchange> {
    let router = both(Router::new(), "/api/subscriptions/{id}/deliveries", get(deliveries));
    let router = both(router, "/api/subscriptions/{id}/replay", post(replay));
    let router = both(router, "/api/subscriptions/{id}/pause", post(pause));
    let router = both(router, "/api/subscriptions/{id}/resume", post(resume));
    let router = both(router, "/api/subscriptions/{id}/ping", post(try_out));
    both(router, "/api/subscriptions/{id}/secret", post(renew_secret))
}

impl Exchange {
    /// Does what is wanted of a subscription and enters that into the audit log, in one commit; answers how
    /// many events are told again.
    pub async fn look_after_webhook(
        &self,
        subscription: &Subscription,
        wish: WebhookWish,
        actor: String,
    ) -> Result<u64, SubscribeError> {
        let (doing, subscription, now) = (self.clone(), subscription.clone(), self.now());
        let entry = self.random().uuid_v7(now);
        let work = move |tx: &mut Tx<'_>| {
            let id = subscription.id;
            let done = doing.webhooks().look_after(tx, &subscription, &wish, now)?;
            let again = done.ok_or(SubscribeError::NotFound)?;
            let subject = format!("subscription {id}");
            let line = Entry::new(entry, now, actor.clone(), Action::Operated, &subject, wish.done(again));
            audit::record(tx, &[line])?;
            Ok::<_, SubscribeError>(again)
        };
        let again = self.store().write(work).await?;
        self.webhooks().ring();
        Ok(again)
    }
}

async fn found(app: &Exchange, client: &Client, id: &str) -> Result<Subscription, Problem> {
    let id = number(id)?;
    app.webhooks().find(client.subscriber, id).await.map_err(|error| problem(error, id))
}

async fn look_after(
    app: &Exchange,
    client: &Client,
    id: &str,
    wish: WebhookWish,
) -> Result<(Subscription, u64), Problem> {
    let subscription = found(app, client, id).await?;
    let actor = client.subscriber.to_string();
    let again = app.look_after_webhook(&subscription, wish, actor).await;
    let again = again.map_err(|error| problem(error, subscription.id))?;
    Ok((found(app, client, id).await?, again))
}

/// A subscription, and how it stands.
fn standing(subscription: &Subscription, waiting: u64) -> Value {
    let Subscription { paused, held, failures, last_ping, .. } = subscription;
    let state = match (held, paused) {
        (true, _) => "held",
        (false, Some(_)) => "paused",
        (false, None) => "active",
    };
    let mut body = shown(subscription);
    body["state"] = state.into();
    body["failures"] = (*failures).into();
    body["waiting"] = waiting.into();
    body["signed"] = subscription.secrets.current.is_some().into();
    if let Some(since) = paused {
        body["pausedSince"] = since.to_string().into();
    }
    if let Some((at, outcome)) = last_ping {
        body["lastPing"] = json!({ "at": at.to_string(), "outcome": outcome });
    }
    body
}

async fn stands(app: &Exchange, subscription: &Subscription) -> Result<Value, Problem> {
    let waiting = app.webhooks().waiting(subscription.id).await;
    Ok(standing(subscription, waiting.map_err(|error| problem(error, subscription.id))?))
}

/// Lists what has been told and what waits.
#[utoipa::path(get, path = "/api/subscriptions/{id}/deliveries", operation_id = "listDeliveries", tag = "Subscriptions",
    params(
        ("id" = i64, Path, description = "Its number."),
        ("after" = Option<i64>, Query, description = "Only deliveries behind this number."),
        ("state" = Option<DeliveryState>, Query, description = "Only deliveries in this state."),
        ("size" = Option<i64>, Query, description = "1 to 500, which is also what is given unasked."),
    ),
    responses((status = 200, body = Deliveries), (status = 404)))]
pub(super) async fn deliveries(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Query::of(&uri);
    let whole = |name: &'static str, default: i64| match query.first(name) {
        Some(text) => text.parse().map_err(|_| Problem::type_mismatch(name, "a number")),
        None => Ok(default),
    };
    let (after, size) = (whole("after", 0)?, whole("size", i64::from(LARGEST_PAGE))?);
    let size = u32::try_from(size).unwrap_or(1).clamp(1, LARGEST_PAGE);
    let state = match query.first("state") {
        None => None,
        Some(name) => {
            let known = ["pending", "delivered", "given_up"].into_iter().find(|known| *known == name);
            let wrong = || Problem::type_mismatch("state", "pending, delivered or given_up");
            Some(known.ok_or_else(wrong)?)
        }
    };
    let subscription = found(&app, &client, &id).await?;
    let listed = app.webhooks().deliveries(client.subscriber, subscription.id, state, after, size).await;
    let listed = listed.map_err(|error| problem(error, subscription.id))?;
    let listed: Vec<_> = listed.iter().map(delivery).collect();
    Ok(routes::json(&json!({
        "subscription": stands(&app, &subscription).await?, "deliveries": listed,
    })))
}

fn delivery(standing: &Standing) -> Value {
    let Standing { id, number, event_id, state, tries, outcome, created, ended, .. } = standing;
    let mut body = json!({
        "sequence": number, "id": id, "eventId": event_id, "state": state, "tries": tries,
        "created": created.to_string(),
    });
    if let Some(outcome) = outcome {
        body["outcome"] = outcome.clone().into();
    }
    if let Some(ended) = ended {
        body["ended"] = ended.to_string().into();
    }
    body
}

/// From where on something is told again; exactly one of them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReplayBody {
    since: Option<Timestamp>,
    sequence: Option<i64>,
    event_id: Option<String>,
}

/// Tells again what was told, or would have been, from somewhere on.
#[utoipa::path(post, path = "/api/subscriptions/{id}/replay", operation_id = "replaySubscription", tag = "Subscriptions",
    params(("id" = i64, Path, description = "Its number.")), request_body = ReplayFrom, responses((status = 200, body = Replayed), (status = 404)))]
pub(super) async fn replay(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let body: ReplayBody = read_json(request).await?;
    let since = match body {
        ReplayBody { since: Some(moment), sequence: None, event_id: None } => Since::Moment(moment),
        ReplayBody { since: None, sequence: Some(number), event_id: None } => Since::Number(number),
        ReplayBody { since: None, sequence: None, event_id: Some(event) } if !event.contains('\0') => {
            Since::Event(event)
        }
        _ => return Err(Problem::not_readable("exactly one of since, sequence and eventId is needed")),
    };
    let (_, replayed) = look_after(&app, &client, &id, WebhookWish::Replay(since)).await?;
    Ok(routes::json(&json!({ "replayed": replayed })))
}

/// Tells nothing until it is let go on.
#[utoipa::path(post, path = "/api/subscriptions/{id}/pause", operation_id = "pauseSubscription", tag = "Subscriptions",
    params(("id" = i64, Path, description = "Its number.")), responses((status = 200, body = SubscriptionStanding), (status = 404)))]
pub(super) async fn pause(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (subscription, _) = look_after(&app, &client, &id, WebhookWish::Pause).await?;
    Ok(routes::json(&stands(&app, &subscription).await?))
}

/// Goes on, and tells what waits, now.
#[utoipa::path(post, path = "/api/subscriptions/{id}/resume", operation_id = "resumeSubscription", tag = "Subscriptions",
    params(("id" = i64, Path, description = "Its number.")), responses((status = 200, body = SubscriptionStanding), (status = 404)))]
pub(super) async fn resume(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (subscription, _) = look_after(&app, &client, &id, WebhookWish::Resume).await?;
    Ok(routes::json(&stands(&app, &subscription).await?))
}

/// Asks whether the address answers, now.
#[utoipa::path(post, path = "/api/subscriptions/{id}/ping", operation_id = "pingSubscription", tag = "Subscriptions",
    params(("id" = i64, Path, description = "Its number.")), responses((status = 200, body = PingOutcome), (status = 404)))]
pub(super) async fn try_out(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = number(&id)?;
    let outcome = app.webhooks().try_out(client.subscriber, id, &ping(&app)).await;
    let outcome = outcome.map_err(|error| problem(error, id))?;
    Ok(routes::json(&json!({ "answered": outcome.is_success(), "outcome": outcome.describe() })))
}

/// Makes a secret that events are signed with; only this answer has it.
///
/// The one before signs as well for a while.
#[utoipa::path(post, path = "/api/subscriptions/{id}/secret", operation_id = "renewSubscriptionSecret", tag = "Subscriptions",
    params(("id" = i64, Path, description = "Its number.")), responses((status = 200, body = NewSecret), (status = 404)))]
pub(super) async fn renew_secret(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = number(&id)?;
    let overlap = Duration::from_secs(app.config().webhooks.secret_overlap_seconds);
    let renewed = app.webhooks().renew_secret(client.subscriber, id, overlap).await;
    let (secret, until) = renewed.map_err(|error| problem(error, id))?;
    Ok(routes::json(&json!({ "secret": secret.reveal(), "previousSignsUntil": until.to_string() })))
}
