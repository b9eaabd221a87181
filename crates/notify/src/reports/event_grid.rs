//! `/notifications/email/api/v1/reports/event-grid`: Azure Event Grid tells what became of e-mail.
//!
//! `POST` takes events in either schema, `OPTIONS` says that they are welcome (CloudEvents 1.0, HTTP webhook,
//! section 4). Both want a secret, as `?code=` or in the header `x-api-key`; without one in the
//! configuration nobody is let in. What is understood is applied, what is not is filed, dead addresses are
//! remembered, and only when all of it is on disk is the push answered: Event Grid brings again what is not.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use gateways::Report;
use gateways::email::event_grid::{self, Event, Unread, Why};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde::Serialize;
use utoipa::ToSchema;
use web::basic::is_same;

use super::dead::{self, Dead, Reason};
use super::model::Arrived;
use crate::api::{Api, query, shown};
use crate::openapi::problems::PlainProblem;
use crate::problem::Problem;
use crate::recipients::Channel;
use crate::{Notify, bounces};

/// The services whose reports come here speak this protocol.
const PROTOCOL: &str = "acs";

/// The answer to somebody who asks whether events are welcome.
#[derive(Serialize, ToSchema)]
#[schema(as = EventGridValidation)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ValidationBody {
    validation_response: String,
}

/// Takes a push of one or several events.
#[utoipa::path(post, path = "/notifications/email/api/v1/reports/event-grid", operation_id = "pushEmailReports",
    tag = "Gateways", security(("eventGrid" = []), ("eventGridQuery" = [])),
    request_body(content = Vec<serde_json::Map<String, serde_json::Value>>, description = "Events in either schema of Event Grid."),
    responses((status = 200, body = ValidationBody, description = "Taken. The body answers a validation, and is empty otherwise."),
        (status = 400, body = PlainProblem), (status = 401, body = PlainProblem)))]
pub(crate) async fn receive(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    if !is_let_in(&api.notify, &head.uri, &head.headers) {
        return Err(Problem::plain(StatusCode::UNAUTHORIZED));
    }
    let body = web::body::read(body, event_grid::LARGEST_PUSH).await;
    let body = body.map_err(|error| Problem::from(web::JsonError::from(error)))?;
    let events = event_grid::read(&body).map_err(|error| {
        tracing::warn!(%error, "Event Grid pushed something that cannot be read");
        Problem::plain(StatusCode::BAD_REQUEST)
    })?;
    let (mut reports, mut unread, mut asked) = (Vec::new(), Vec::new(), None);
    for event in events {
        match event {
            Event::Report(report) => reports.push(report),
            Event::Unread(event) => unread.push(event),
            Event::Validation(code) => asked = Some(code),
            Event::Other => {}
        }
    }
    file(&api.notify, unread).await?;
    apply(&api.notify, reports).await?;
    Ok(match asked {
        Some(validation_response) => shown(&ValidationBody { validation_response }),
        None => StatusCode::OK.into_response(),
    })
}

/// Says that events are welcome, to whoever shows the secret.
#[utoipa::path(options, path = "/notifications/email/api/v1/reports/event-grid", operation_id = "welcomeEmailReports",
    tag = "Gateways", security(("eventGrid" = []), ("eventGridQuery" = [])),
    params(("WebHook-Request-Origin" = String, Header, description = "Who wants to push.")),
    responses((status = 200, headers(("WebHook-Allowed-Origin" = String), ("WebHook-Allowed-Rate" = String), ("Allow" = String))),
        (status = 400, body = PlainProblem), (status = 401, body = PlainProblem)))]
pub(crate) async fn welcome(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    if !is_let_in(&api.notify, request.uri(), request.headers()) {
        return Err(Problem::plain(StatusCode::UNAUTHORIZED));
    }
    let Some(origin) = request.headers().get("WebHook-Request-Origin") else {
        return Err(Problem::plain(StatusCode::BAD_REQUEST));
    };
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.insert("WebHook-Allowed-Origin", origin.clone());
    headers.insert("WebHook-Allowed-Rate", HeaderValue::from_static("*"));
    headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
    Ok(response)
}

/// Two secrets let one be changed without losing a report. Each is compared, so that the time taken does
/// not tell which one nearly fits.
fn is_let_in(notify: &Notify, uri: &Uri, headers: &HeaderMap) -> bool {
    let in_query = query(uri).into_iter().find(|(name, _)| name == "code").map(|(_, value)| value);
    let in_header = headers.get("x-api-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Some(secret) = in_query.or(in_header) else {
        return false;
    };
    let config = notify.config();
    let wanted = config.event_grid_secrets.iter();
    wanted.fold(false, |any, wanted| any | is_same(&secret, wanted))
}

/// Where several routes lead to such services, which one a report belongs to is not said, but messages go by ids of ours there, which no two of them share.
async fn apply(notify: &Notify, reports: Vec<Report>) -> Result<(), store::Error> {
    let now = notify.clock().now();
    let route = notify.ways().only_one_of(PROTOCOL).map(|way| &*way.name);
    bounces::learn_from_reports(notify, route, &reports).await?;
    let arrived = |report| Arrived::new(notify.random().uuid_v7(now), route, report, now);
    notify.keep_reports(reports.into_iter().map(arrived).collect()).await
}

async fn file(notify: &Notify, unread: Vec<Unread>) -> Result<(), store::Error> {
    if unread.is_empty() {
        return Ok(());
    }
    let now = notify.clock().now();
    tracing::warn!(reports = unread.len(), "Event Grid pushed reports that make no sense; they are filed");
    let dead: Vec<Dead> = unread
        .into_iter()
        .map(|Unread { why, reference, document }| Dead {
            id: notify.random().uuid_v7(now),
            channel: Channel::Email,
            reason: match why {
                Why::Status => Reason::UnknownResult,
                Why::Message => Reason::NoMessage,
                Why::Form => Reason::Unreadable,
            },
            message: why.to_string(),
            reference,
            report: document,
        })
        .collect();
    notify.store().write(move |tx| dead::file(tx, &dead, now)).await
}
