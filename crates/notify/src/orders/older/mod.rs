//! The older endpoints that make orders: `POST /orders`, `/orders/email` and `/orders/sms`.
//!
//! They differ from the newer ones in form, not in what comes of them: one order without a chain, of many
//! recipients, which is processed, sent and shown like every other. What is theirs alone:
//!
//! - There is no idempotency id: every accepted call makes a new order.
//! - Nobody is refused for being out of reach. Recipients without an address of their own are looked up
//!   while the sender waits, and the answer names those who have none or want no messages.
//! - An order may be asked for up to five minutes after its time.
//! - SMS go in the daytime window.
//!
//! A recipient named twice gets each message once; see [`super::expand`].

mod any;
mod body;
mod email;
mod lookup;
mod recipients;
mod sms;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::post;
use http::StatusCode;
use jiff::Timestamp;
use jobs::Due;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Tx;
use types::ids::OrderId;

use super::conditions::refused_conditions;
use super::expand::Expand;
use super::model::{Content, Kind, NewOrder, Order};
use super::receipt::at_location;
use super::sql;
use crate::access::{self, Creator, Policy, senders};
use crate::api::{Api, written_json};
use crate::binding::{Faults, Reader};
use crate::known::until_known;
use crate::problem::Problem;
use crate::status::timeline;
use crate::{Notify, ORDERS};
use lookup::LookupBody;
use utoipa::{OpenApi, ToSchema};

/// The section `[notify.older]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Recipients of one order at most. Default 5000.
    pub recipients_at_most: usize,
    /// Bytes a request's body may have. Default 4 MiB.
    pub body_bytes: usize,
    /// Creators whose recipients with both addresses written out get both messages on a preferred
    /// channel, as they once did. Default nobody: only the preferred one is sent.
    pub both_addresses_for: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self { recipients_at_most: 5000, body_bytes: 4 * 1024 * 1024, both_addresses_for: Vec::new() }
    }
}

impl Config {
    /// Whether a creator's recipients get both messages.
    pub(super) fn sends_both(&self, creator: &Creator) -> bool {
        self.both_addresses_for.iter().any(|name| name == creator.as_str())
    }
}

/// The endpoints, below `/orders`.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/", post(any::order))
        .route("/email", post(email::order))
        .route("/sms", post(sms::order))
}

/// The endpoints, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(any::order, email::order, sms::order))]
pub(crate) struct Documented;

/// A request that has been understood.
#[derive(Debug)]
struct Wish {
    senders_reference: Option<String>,
    requested: Timestamp,
    content: Content,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OlderReceipt)]
#[serde(rename_all = "camelCase")]
struct PlacedBody {
    #[schema(value_type = Uuid)]
    order_id: OrderId,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_lookup: Option<LookupBody>,
}

/// What reading a body needs to know besides.
#[derive(Clone, Copy)]
struct Reading {
    now: Timestamp,
    recipients_at_most: usize,
}

/// What all three endpoints do; they differ in how the body is read.
async fn place(
    api: &Api,
    request: Request<Body>,
    read: fn(&Reader<'_>, Reading) -> Option<Wish>,
) -> Result<Response, Problem> {
    let notify = &api.notify;
    let granted = access::allow(notify.verifier(), request.headers(), Policy::CreateOrPlatform).await?;
    let Config { recipients_at_most, body_bytes, .. } = notify.config().older;
    let now = notify.clock().now();
    let json = api.json_within(request, body_bytes).await?;
    let wish = parse(&json, read, Reading { now, recipients_at_most })?;
    let creator = granted.creator()?;
    senders::check(&notify.config().senders, &creator, [&wish.content.texts])?;
    refused_conditions(notify, std::iter::once(&wish.content)).map_or(Ok(()), Err)?;

    let recipient_lookup = lookup::of(notify, &wish.content).await?;
    let order = build(notify, creator, wish, now);
    let order_id = order.id;
    record(notify, order, now).await?;
    notify.ring(ORDERS);
    let body = PlacedBody { order_id, recipient_lookup };
    let text = serde_json::to_string(&body).map_err(|error| Problem::internal(&error))?;
    let location = api.link(&format!("/orders/{order_id}"));
    Ok(at_location(written_json(StatusCode::ACCEPTED, text), &location))
}

fn parse(
    json: &Value,
    read: fn(&Reader<'_>, Reading) -> Option<Wish>,
    reading: Reading,
) -> Result<Wish, Problem> {
    let faults = Faults::default();
    let wish = Reader::document(json, &faults).and_then(|body| read(&body, reading));
    match faults.settle(wish)? {
        (wish, None) => Ok(wish),
        (_, Some(late)) => Err(late),
    }
}

fn build(notify: &Notify, creator: Creator, wish: Wish, now: Timestamp) -> Order {
    let Wish { senders_reference, requested, content } = wish;
    let order = NewOrder { kind: Kind::Legacy, senders_reference, requested, content };
    order.registered(OrderId::new(notify.random().uuid_v7(now)), creator, None, now)
}

/// How long an order is offered while nobody knows whether it is on record, and the caller waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stores the order and the job that will process it: three rows, however many recipients it has.
async fn record(notify: &Notify, order: Order, now: Timestamp) -> Result<(), store::Error> {
    let (order, job) = (Arc::new(order), notify.random().uuid_v7(now));
    let offer = || {
        let order = Arc::clone(&order);
        notify.store().write(move |tx| insert(tx, &order, job, now))
    };
    until_known(PATIENCE, offer).await
}

fn insert(tx: &mut Tx<'_>, order: &Order, job: uuid::Uuid, now: Timestamp) -> Result<(), store::Error> {
    // The id is ours alone, so this is our own row, from a commit whose answer was lost.
    if sql::exists(tx, order.id)? {
        return Ok(());
    }
    sql::insert_all(tx, &[order])?;
    timeline::record_first(tx, &[order], "registered")?;
    let due = Due::at(ORDERS, &order.creator, order.requested);
    jobs::enqueue_all::<Notify, _>(tx, &[(job, Expand { order: order.id }, due)], now)
}
