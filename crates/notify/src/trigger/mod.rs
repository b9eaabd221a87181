//! `POST /trigger/…`: operators give a push to what runs by itself.
//!
//! Nothing waits for these: the lanes look for due work all the time. They are for whoever wants it
//! looked at now, on every node, and for schedules that were made for the older service.

use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{StatusCode, header};
use tokio_util::sync::CancellationToken;
use utoipa::OpenApi;

use crate::problem::Problem;
use crate::sending::expire;
use crate::status::prune;
use crate::{COMPOSED, EMAIL, Notify, ORDERS, SMS};

/// How long a caller waits for due orders to be taken in hand; the work goes on after that.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked whether any is left.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The endpoints, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(
    past_due_orders,
    send_email,
    send_sms_daytime,
    send_sms,
    send_sms_anytime,
    terminate_expired,
    delete_old_entries
))]
pub(crate) struct Documented;

pub(crate) fn routes() -> Router<Notify> {
    Router::new()
        .route("/pastdueorders", post(past_due_orders))
        .route("/sendemail", post(send_email))
        .route("/sendsmsdaytime", post(send_sms_daytime))
        .route("/sendsms", post(send_sms))
        .route("/sendsmsanytime", post(send_sms_anytime))
        .route("/terminateexpirednotifications", post(terminate_expired))
        .route("/deleteoldstatusfeedrecords", post(delete_old_entries))
        .route_layer(from_fn(json_or_nothing))
}

/// A body of another type than JSON is refused, though nobody reads any.
async fn json_or_nothing(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::CONTENT_TYPE) && !web::json::is_json(request.headers()) {
        return Problem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE).into_response();
    }
    next.run(request).await
}

/// Wakes those who process orders, and answers when no order is left that nobody has in hand.
#[utoipa::path(post, path = "/trigger/pastdueorders", operation_id = "processDueOrders", tag = "Operators",
    responses((status = 200), (status = 415)))]
async fn past_due_orders(State(notify): State<Notify>) -> Result<(), Problem> {
    let mut waited = Duration::ZERO;
    while waited < PATIENCE {
        notify.ring(ORDERS);
        let now = notify.clock().now();
        let left: Result<bool, store::Error> =
            notify.store().read(move |tx| jobs::any_due(tx, ORDERS, now)).await;
        if !left? {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
        waited += LOOK_EVERY;
    }
    Ok(())
}

/// Wakes those who send e-mail.
#[utoipa::path(post, path = "/trigger/sendemail", operation_id = "sendEmail", tag = "Operators",
    responses((status = 200), (status = 415)))]
async fn send_email(State(notify): State<Notify>) {
    notify.ring(EMAIL);
    notify.ring(COMPOSED);
}

/// Wakes those who send SMS in the daytime; does nothing at night.
#[utoipa::path(post, path = "/trigger/sendsmsdaytime", operation_id = "sendSmsDaytime", tag = "Operators",
    responses((status = 200), (status = 415)))]
async fn send_sms_daytime(State(notify): State<Notify>) {
    if notify.window().is_open(notify.clock().now()) {
        notify.ring(SMS);
    }
}

/// The older name of the same.
#[utoipa::path(post, path = "/trigger/sendsms", operation_id = "sendSms", tag = "Operators",
    responses((status = 200), (status = 415)))]
async fn send_sms(notify: State<Notify>) {
    send_sms_daytime(notify).await;
}

/// Wakes those who send SMS at any time.
#[utoipa::path(post, path = "/trigger/sendsmsanytime", operation_id = "sendSmsAnytime", tag = "Operators",
    responses((status = 200), (status = 415)))]
async fn send_sms_anytime(State(notify): State<Notify>) {
    notify.ring(SMS);
}

/// Whoever asks for a sweep waits for all of it.
fn to_its_end() -> CancellationToken {
    CancellationToken::new()
}

/// Closes what waits for a report in vain.
#[utoipa::path(post, path = "/trigger/terminateexpirednotifications", operation_id = "terminateExpired", tag = "Operators",
    responses((status = 200), (status = 415)))]
async fn terminate_expired(State(notify): State<Notify>) -> Result<(), Problem> {
    let closed = expire::sweep(&notify, &to_its_end()).await?;
    tracing::info!(closed, "closed overdue notifications for an operator");
    Ok(())
}

/// Removes old entries of the feed.
#[utoipa::path(post, path = "/trigger/deleteoldstatusfeedrecords", operation_id = "deleteOldFeedEntries", tag = "Operators",
    responses((status = 200), (status = 415)))]
async fn delete_old_entries(State(notify): State<Notify>) -> Result<(), Problem> {
    let removed = prune::sweep(&notify, &to_its_end()).await?;
    tracing::info!(removed, "removed old entries of the feed for an operator");
    Ok(())
}
