//! `POST /notifications/sms/api/v1/reports`: the SMS gateway tells what became of messages.
//!
//! The gateway repeats what is not answered with 200, so a report that can never be applied is kept
//! and acknowledged, too.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::future::try_join_all;
use http::{HeaderValue, StatusCode, header};

use super::sql::Report;
use crate::Notify;
use crate::api::Api;
use crate::problem::Problem;
use crate::sending::Standing;
use crate::text::without_nul;
use gateways::sms::pswin_report;

/// Takes a push of one or several reports.
pub(crate) async fn receive(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    if !pswin_report::is_let_in(&head.headers, &api.notify.config().report_accounts) {
        return Ok(challenge());
    }
    if !pswin_report::is_readable(&head.headers) {
        return Err(Problem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let body = web::body::read(body, pswin_report::LARGEST_PUSH).await;
    let body = body.map_err(|error| Problem::from(web::JsonError::from(error)))?;
    let pushed = pswin_report::parse(&head.headers, &body).map_err(|error| {
        tracing::warn!(%error, "the gateway pushed reports that cannot be read");
        Problem::plain(StatusCode::BAD_REQUEST)
    })?;

    let answer = pswin_report::answer(pushed.iter().map(|report| (report, true)));
    store(&api.notify, pushed).await?;
    Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], answer).into_response())
}

/// Reports that come in side by side share a commit.
async fn store(notify: &Notify, pushed: Vec<pswin_report::Report>) -> Result<(), store::Error> {
    let now = notify.clock().now();
    let reports = pushed.into_iter().map(|report| {
        let report = Report {
            id: notify.random().uuid_v7(now),
            reference: without_nul(report.reference),
            standing: Standing::Sms(report.result),
            state: without_nul(report.state),
            occurred: report.delivered_at,
        };
        notify.reports().write((report, now))
    });
    try_join_all(reports).await?;
    notify.ring_feed();
    Ok(())
}

/// RFC 9110, section 11.6.1: a 401 names the scheme that would do.
fn challenge() -> Response {
    let scheme = HeaderValue::from_static("Basic realm=\"delivery reports\"");
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, scheme)]).into_response()
}
