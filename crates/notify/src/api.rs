//! The endpoints: paths, in any letter case, and what handlers share.

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use http::{StatusCode, Uri, header};
use jobs::Workers;
use serde::Serialize;
use serde_json::Value;
use tower::ServiceExt as _;
use utoipa::OpenApi;
use web::layers::AnsweredBy;

use crate::access::Creator;
use crate::orders::{cancel, composed, older, register, shipment, show, status};
use crate::problem::{self, Problem};
use crate::reports::{event_grid, receive};
use crate::status::feed;
use crate::subscriptions::{deliveries, manage};
use crate::{INSTANT, Notify, bulk, instant, log, preview, support, suppression, work};

/// JSON may be nested this deep.
const DEPTH: usize = 32;

/// What handlers hold in their hands.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) notify: Notify,
    /// Hand over what a handler has just accepted.
    pub(crate) instant: Workers<Notify>,
}

pub(crate) fn router(notify: &Notify) -> Router {
    let config = notify.config();
    let instant = work::workers(notify, INSTANT, config.instant_at_once);
    let api = Api { notify: notify.clone(), instant };
    any_spelling(routes().with_state(api), notify)
}

/// Endpoints whose paths are found in other letter cases and with a slash at the end, too, and whose
/// problems get their bodies.
pub(crate) fn any_spelling(routes: Router, notify: &Notify) -> Router {
    let within = routes.clone().route_layer(from_fn(tell_route));
    let other_spellings = Router::new().fallback(respell).with_state(within);
    let finish = from_fn_with_state(notify.random().clone(), problem::finish);
    routes.fallback_service(other_spellings).layer(finish)
}

/// The endpoints below the API's path, as the document describes them; some folders bring their own.
#[derive(OpenApi)]
#[openapi(paths(
    register::register,
    composed::register,
    bulk::take::take,
    bulk::show::show,
    instant::either::send,
    instant::sms::send,
    instant::email::send,
    feed::feed,
    shipment::show,
    preview::messages::show,
    preview::sms::preview,
    preview::dry_run::try_out,
    log::show::show,
    manage::list,
    manage::create,
    manage::show,
    manage::change,
    manage::remove,
    deliveries::list,
    deliveries::replay,
    deliveries::ping,
    deliveries::renew_secret,
    show::by_reference,
    show::by_id,
    status::show,
    status::emails,
    status::sms,
    cancel::cancel
))]
pub(crate) struct Documented;

/// What stands elsewhere.
#[derive(OpenApi)]
#[openapi(paths(receive::receive, event_grid::receive, event_grid::welcome, health))]
pub(crate) struct Rooted;

/// Says that the process lives, whatever else is wrong.
#[utoipa::path(get, path = "/health", operation_id = "isAlive", tag = "Status", security(()),
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn health() -> &'static str {
    "Healthy"
}

pub(crate) fn routes() -> Router<Api> {
    let future = Router::new()
        .route("/orders", post(register::register))
        .route("/orders/composed-email", post(composed::register))
        .route("/orders/bulk", post(bulk::take::take))
        .route("/orders/bulk/{id}", get(bulk::show::show))
        .route("/orders/instant", post(instant::either::send))
        .route("/orders/instant/sms", post(instant::sms::send))
        .route("/orders/instant/email", post(instant::email::send))
        .route("/webhooks", get(manage::list).post(manage::create))
        .route("/webhooks/{id}", get(manage::show).put(manage::change).delete(manage::remove))
        .route("/webhooks/{id}/deliveries", get(deliveries::list))
        .route("/webhooks/{id}/replay", post(deliveries::replay))
        .route("/webhooks/{id}/ping", post(deliveries::ping))
        .route("/webhooks/{id}/secret", post(deliveries::renew_secret))
        .route("/shipment/feed", get(feed::feed))
        .route("/shipment/{id}", get(shipment::show))
        .route("/shipment/{id}/messages", get(preview::messages::show))
        .route("/sms/preview", post(preview::sms::preview))
        .route("/orders/dry-run", post(preview::dry_run::try_out))
        .route("/log", get(log::show))
        .merge(suppression::routes())
        .merge(support::routes());
    let older = older::routes()
        .route("/", get(show::by_reference))
        .route("/{id}", get(show::by_id))
        .route("/{id}/status", get(status::show))
        .route("/{id}/cancel", put(cancel::cancel))
        .route("/{id}/notifications/email", get(status::emails))
        .route("/{id}/notifications/sms", get(status::sms));
    Router::new()
        .nest("/notifications/api/v1/future", future)
        .nest("/notifications/api/v1/orders", older)
        .route("/notifications/sms/api/v1/reports", post(receive::receive))
        .route(
            "/notifications/email/api/v1/reports/event-grid",
            post(event_grid::receive).options(event_grid::welcome),
        )
        .route("/health", get(health))
}

/// Leaves the template of the path with the answer, for the figures: the router outside has not found it.
async fn tell_route(path: MatchedPath, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(AnsweredBy(path));
    response
}

/// Tries the path once more in lower case and without a slash at its end.
async fn respell(State(routes): State<Router>, mut request: Request<Body>) -> Response {
    let given = request.uri().path();
    let path = given.trim_end_matches('/').to_ascii_lowercase();
    if path == given || path.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let path_and_query = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let Ok(uri) = path_and_query.parse::<Uri>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    *request.uri_mut() = uri;
    match routes.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

impl Api {
    /// Reads a request's body as JSON.
    pub(crate) async fn json(&self, request: Request<Body>) -> Result<Value, Problem> {
        self.json_within(request, self.notify.config().body_bytes).await
    }

    /// The same, where the endpoint has a limit of its own.
    pub(crate) async fn json_within(&self, request: Request<Body>, bytes: usize) -> Result<Value, Problem> {
        let body = web::json::read_bytes(request, bytes).await?;
        Ok(web::json::parse(&body, DEPTH)?)
    }

    /// An address of ours, for links.
    pub(crate) fn link(&self, path: &str) -> String {
        let config = self.notify.config();
        let base = config.public_address.as_str().trim_end_matches('/');
        format!("{base}/notifications/api/v1{path}")
    }
}

/// The query's names and values, decoded.
pub(crate) fn query(uri: &Uri) -> Vec<(String, String)> {
    let query = uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// What was asked for, as JSON.
pub(crate) fn shown(body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(text) => written_json(StatusCode::OK, text),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// JSON that has been written already.
pub(crate) fn written_json(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], text).into_response()
}

/// Whether a creator's orders always accept contact details that nobody has confirmed.
pub(crate) fn accepts_stale(notify: &Notify, creator: &Creator) -> bool {
    notify.config().stale_contacts_for.iter().any(|name| name.eq_ignore_ascii_case(creator.as_str()))
}
