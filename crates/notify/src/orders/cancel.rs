//! `PUT /orders/{id}/cancel`: takes an order back, well before its time.
//!
//! The worker that takes the order in hand and the cancellation change the same row from the same
//! state, so exactly one of them succeeds; of two cancellations at once, the second finds it cancelled.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use store::Tx;
use types::ids::OrderId;

use super::model::{Order, State as OrderState};
use super::show::{creator, parse_id};
use super::sql;
use super::status::{StatusBody, status_body};
use crate::access::Creator;
use crate::api::{Api, shown};
use crate::problem::Problem;
use crate::sending::{self, Notification};
use crate::status::record;

/// An order can be cancelled until this long before its time.
const NOTICE: SignedDuration = SignedDuration::from_mins(5);

/// What came of it.
enum Cancelled {
    Now(Box<Order>, Vec<Notification>),
    TooLate,
    Unknown,
}

/// Cancels one of the caller's own orders; cancelling it again changes nothing.
#[utoipa::path(put, path = "/orders/{id}/cancel", operation_id = "cancelOrder", tag = "Older orders",
    params(("id" = Uuid, Path, description = "The order.")),
    responses((status = 200, body = StatusBody), (status = 400), (status = 404), (status = 409)))]
pub(crate) async fn cancel(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let id = parse_id(&id)?;
    let now = api.notify.clock().now();

    let cancelled: Result<_, store::Error> =
        api.notify.store().write(move |tx| decide(tx, &creator, id, now)).await;
    match cancelled? {
        Cancelled::Now(order, notifications) => {
            api.notify.ring_feed();
            Ok(shown(&status_body(&api, &order, &notifications)))
        }
        Cancelled::TooLate => Err(Problem::plain(StatusCode::CONFLICT)),
        Cancelled::Unknown => Err(Problem::plain(StatusCode::NOT_FOUND)),
    }
}

fn decide(
    tx: &mut Tx<'_>,
    creator: &Creator,
    id: OrderId,
    now: Timestamp,
) -> Result<Cancelled, store::Error> {
    let Some(order) = sql::hold_own(tx, creator, id)? else {
        return Ok(Cancelled::Unknown);
    };
    if order.state == OrderState::Cancelled {
        return Ok(Cancelled::Now(Box::new(order), Vec::new()));
    }
    let in_time = order.requested.duration_since(now) > NOTICE;
    if !in_time || !sql::advance(tx, id, OrderState::Registered, OrderState::Cancelled, now)? {
        return Ok(Cancelled::TooLate);
    }
    record::ended(tx, id, now)?;
    let order = Order { state: OrderState::Cancelled, changed: now, ..order };
    let notifications = sending::sql::of_order(tx, id)?;
    Ok(Cancelled::Now(Box::new(order), notifications))
}
