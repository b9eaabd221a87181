//! GET, POST, PUT, DELETE /api/subscriptions, over the `webhooks` crate.

mod look_after;
mod wire;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use http::{Request, StatusCode, Uri};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use web::{JsonError, JsonLimits};
use webhooks::{Endpoint, EndpointError, Filter, NewSubscription, SubscribeError, Subscription};

use crate::access::Client;
use crate::listing::{Listing, Query, Sortable, cut, page_body};
use crate::message::moment;
use crate::openapi::wire::{Page, Paging};
use crate::problem::{Problem, Violation};
use crate::routes::{self, both};
use crate::{Exchange, numbers};
use utoipa::OpenApi;
use wire::{NewSubscriptionBody, SubscriptionChange, SubscriptionShown};

const OBJECT: &str = "subscription";
const FILTERS: [&str; 3] = ["status", "serviceIdentifier", "direction"];
const SORTABLE: [Sortable; 6] = [
    ("id", "id"),
    ("name", "name"),
    ("pushEndpoint", "push_endpoint"),
    ("resource", "resource"),
    ("event", "event"),
    ("filter", "filter"),
];

pub use webhooks::Wish as WebhookWish;

/// The endpoints, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(
    create,
    list,
    show,
    change,
    remove,
    remove_all,
    look_after::deliveries,
    look_after::replay,
    look_after::pause,
    look_after::resume,
    look_after::try_out,
    look_after::renew_secret
))]
pub(crate) struct Documented;

pub(crate) fn router() -> Router<Exchange> {
    let router = both(Router::new(), "/api/subscriptions", get(list).post(create).delete(remove_all));
    both(router, "/api/subscriptions/{id}", get(show).put(change).delete(remove)).merge(look_after::router())
}

/// A subscription as a client writes it. Absent and null are the same.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionBody {
    id: Option<Value>,
    name: Option<String>,
    push_endpoint: Option<String>,
    resource: Option<String>,
    event: Option<String>,
    filter: Option<String>,
}

/// What of a body is there, and right.
#[derive(Debug, Default)]
struct Checked {
    name: Option<String>,
    push_endpoint: Option<Endpoint>,
    resource: Option<String>,
    event: Option<String>,
    filter: Option<Filter>,
}

/// Subscribes an address, which is pinged first.
#[utoipa::path(post, path = "/api/subscriptions", operation_id = "subscribe", tag = "Subscriptions",
    request_body = NewSubscriptionBody, responses((status = 200, body = SubscriptionShown)))]
async fn create(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let body = read(request).await?;
    let mut violations = Vec::new();
    if body.id.is_some() {
        violations.push(violation("Null", "id", "must be null", body.id.clone()));
    }
    for (field, absent) in [
        ("name", body.name.is_none()),
        ("pushEndpoint", body.push_endpoint.is_none()),
        ("resource", body.resource.is_none()),
        ("event", body.event.is_none()),
    ] {
        if absent {
            violations.push(violation("NotNull", field, "must not be null", None));
        }
    }
    let checked = check(body, violations)?;
    let missing = || Problem::internal(&"a checked subscription lacks a field");
    let new = NewSubscription {
        name: checked.name.ok_or_else(missing)?,
        push_endpoint: checked.push_endpoint.ok_or_else(missing)?,
        resource: checked.resource.ok_or_else(missing)?,
        event: checked.event.ok_or_else(missing)?,
        filter: checked.filter,
        secret: None,
    };
    let made = app.webhooks().create(client.subscriber, new, &ping(&app), numbers::next).await;
    Ok(routes::json(&shown(&made.map_err(|error| problem(error, 0))?)))
}

/// Lists subscriptions.
#[utoipa::path(get, path = "/api/subscriptions", operation_id = "listSubscriptions", tag = "Subscriptions", params(Paging),
    responses((status = 200, body = Page<SubscriptionShown>)))]
async fn list(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Query::of(&uri);
    let sorting = Listing::of("webhooks_subscriptions").sort(&query, &SORTABLE, None, "id ASC")?;
    let all = app.webhooks().list(client.subscriber).await.map_err(|error| problem(error, 0))?;
    let mut bodies: Vec<Value> = all.iter().map(shown).collect();
    sort(&mut bodies, &query);
    Ok(routes::json(&page_body(&cut(bodies, query.page()), sorting.is_sorted())))
}

/// Sorts a short list in memory by what has been checked to be a property of it.
fn sort(bodies: &mut [Value], query: &Query) {
    let orders: Vec<String> = query.all("sort").map(str::to_owned).collect();
    for text in orders.iter().rev() {
        let descending = text.to_ascii_lowercase().ends_with(",desc");
        let properties = text.split(',').filter(|part| SORTABLE.iter().any(|(known, _)| known == part));
        for property in properties.collect::<Vec<_>>().into_iter().rev() {
            bodies.sort_by(|a, b| {
                let order = match (a[property].as_i64(), b[property].as_i64()) {
                    (Some(a), Some(b)) => a.cmp(&b),
                    _ => a[property].as_str().cmp(&b[property].as_str()),
                };
                if descending { order.reverse() } else { order }
            });
        }
    }
}

/// Shows a subscription.
#[utoipa::path(get, path = "/api/subscriptions/{id}", operation_id = "showSubscription", tag = "Subscriptions",
    params(("id" = i64, Path, description = "Its number.")), responses((status = 200, body = SubscriptionShown), (status = 404)))]
async fn show(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = number(&id)?;
    let found = app.webhooks().find(client.subscriber, id).await.map_err(|error| problem(error, id))?;
    Ok(routes::json(&shown(&found)))
}

/// Changes a subscription; what is absent stays as it is.
#[utoipa::path(put, path = "/api/subscriptions/{id}", operation_id = "changeSubscription", tag = "Subscriptions",
    params(("id" = i64, Path, description = "Its number.")), request_body = SubscriptionChange,
    responses((status = 200), (status = 404)))]
async fn change(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let id = number(&id)?;
    let checked = check(read(request).await?, Vec::new())?;
    let apply = |subscription: &mut Subscription| {
        let Checked { name, push_endpoint, resource, event, filter } = checked;
        subscription.name = name.unwrap_or_else(|| subscription.name.clone());
        subscription.push_endpoint = push_endpoint.unwrap_or_else(|| subscription.push_endpoint.clone());
        subscription.resource = resource.unwrap_or_else(|| subscription.resource.clone());
        subscription.event = event.unwrap_or_else(|| subscription.event.clone());
        subscription.filter = filter.or_else(|| subscription.filter.clone());
    };
    let changed = app.webhooks().change(client.subscriber, id, apply, &ping(&app)).await;
    changed.map_err(|error| problem(error, id))?;
    Ok(routes::empty())
}

/// Ends a subscription.
#[utoipa::path(delete, path = "/api/subscriptions/{id}", operation_id = "unsubscribe", tag = "Subscriptions",
    params(("id" = i64, Path, description = "Its number.")), responses((status = 200), (status = 404)))]
async fn remove(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = number(&id)?;
    app.webhooks().remove(client.subscriber, id).await.map_err(|error| problem(error, id))?;
    Ok(routes::empty())
}

/// Ends all subscriptions.
#[utoipa::path(delete, path = "/api/subscriptions", operation_id = "unsubscribeAll", tag = "Subscriptions",
    responses((status = 200)))]
async fn remove_all(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
) -> Result<Response, Problem> {
    app.webhooks().remove_all(client.subscriber).await.map_err(|error| problem(error, 0))?;
    Ok(routes::empty())
}

async fn read(request: Request<Body>) -> Result<SubscriptionBody, Problem> {
    let body: SubscriptionBody = read_json(request).await?;
    let SubscriptionBody { name, push_endpoint, resource, event, filter, .. } = &body;
    if [name, push_endpoint, resource, event, filter].into_iter().flatten().any(|text| text.contains('\0')) {
        return Err(Problem::not_readable("a text holds the character NUL"));
    }
    Ok(body)
}

async fn read_json<T: DeserializeOwned>(request: Request<Body>) -> Result<T, Problem> {
    web::json::read(request, JsonLimits::default()).await.map_err(|error| match error {
        JsonError::UnsupportedMediaType => Problem::unsupported_media_type("application/json"),
        JsonError::TooLarge { limit } => Problem::too_large(limit),
        JsonError::Data { path, message } => Problem::not_readable(format!("{path}: {message}")),
        other => Problem::not_readable(other.to_string()),
    })
}

fn check(body: SubscriptionBody, mut violations: Vec<Violation>) -> Result<Checked, Problem> {
    let mut checked = Checked { name: body.name, ..Checked::default() };
    if let Some(text) = body.push_endpoint {
        match text.parse() {
            Ok(endpoint) => checked.push_endpoint = Some(endpoint),
            Err(EndpointError) => {
                violations.push(violation("URL", "pushEndpoint", "must be a valid URL", Some(text.into())));
            }
        }
    }
    for (field, text, known, kept) in [
        ("resource", body.resource, ["all", "messages"], &mut checked.resource),
        ("event", body.event, ["all", "status"], &mut checked.event),
    ] {
        match text {
            Some(text) if !known.contains(&text.as_str()) => {
                let rule = format!("must be one of {}", known.join(", "));
                violations.push(violation("OneOf", field, &rule, Some(text.into())));
            }
            text => *kept = text,
        }
    }
    if let Some(text) = body.filter {
        match Filter::parse(&text, &FILTERS) {
            Ok(filter) => checked.filter = Some(filter),
            Err(error) => {
                violations.push(violation("WebhookFilter", "filter", &error.to_string(), Some(text.into())));
            }
        }
    }
    if violations.is_empty() { Ok(checked) } else { Err(Problem::invalid_body(OBJECT, &violations)) }
}

fn violation(code: &'static str, field: &str, message: &str, rejected: Option<Value>) -> Violation {
    Violation { code, field: field.to_owned(), message: message.to_owned(), rejected }
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::type_mismatch("id", "a number"))
}

fn ping(app: &Exchange) -> String {
    ping_at(app.now())
}

/// What is posted to ask whether an endpoint answers.
pub(crate) fn ping_at(now: Timestamp) -> String {
    json!({ "createdTs": moment::oslo(now), "event": "ping" }).to_string()
}

fn shown(subscription: &Subscription) -> Value {
    let Subscription { id, name, push_endpoint, resource, event, filter, .. } = subscription;
    let mut body = json!({
        "id": id, "name": name, "pushEndpoint": push_endpoint.as_str(), "resource": resource, "event": event,
    });
    if let Some(filter) = filter {
        body["filter"] = filter.as_str().into();
    }
    body
}

fn problem(error: SubscribeError, id: i64) -> Problem {
    match error {
        SubscribeError::SamePair => {
            Problem::bad("SubscriptionWithSameNameAndPushEndpointAlreadyExists", error.to_string())
        }
        SubscribeError::NotFound => {
            let text = format!("No subscription with id = {id}");
            Problem::domain(StatusCode::NOT_FOUND, "SubscriptionNotFoundException", text)
        }
        SubscribeError::PingFailed(outcome) => {
            let text = format!("The push endpoint did not answer the ping: {outcome}");
            Problem::bad("WebhookPushEndpointPingFailedException", text)
        }
        SubscribeError::Store(error) => error.into(),
    }
}
