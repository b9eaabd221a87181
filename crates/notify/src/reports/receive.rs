//! `POST /notifications/sms/api/v1/reports`: the SMS gateway tells what became of messages.
//!
//! The gateway repeats what is not answered with 200, so a report that can never be applied is kept
//! and acknowledged, too.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::model::Arrived;
use crate::Notify;
use crate::api::Api;
use crate::config::ReportAccount;
use crate::openapi::problems::PlainProblem;
use crate::problem::Problem;
use gateways::sms::pswin_report;
use gateways::{About, Report, Reported};

/// The gateways that push here speak this protocol.
const PROTOCOL: &str = "pswin";

/// Takes a push of one or several reports.
#[utoipa::path(post, path = "/notifications/sms/api/v1/reports", operation_id = "pushSmsReports", tag = "Gateways",
    security(("gateway" = [])), request_body(content = String, content_type = "application/xml"),
    responses((status = 200, body = String, content_type = "text/xml"), (status = 400, body = PlainProblem), (status = 401)))]
pub(crate) async fn receive(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let config = api.notify.config();
    let Some(account) = shown_account(&head.headers, &config.report_accounts) else {
        return Ok(challenge());
    };
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
    // Where there is only one gateway that pushes, there is no doubt whose reports these are.
    let only = || api.notify.ways().only_one_of(PROTOCOL).map(|way| &*way.name);
    store(&api.notify, account.route.as_deref().or_else(only), pushed).await?;
    Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], answer).into_response())
}

/// The account that a push shows. Each is looked at, as the time taken must not tell which one nearly fits.
fn shown_account<'a>(headers: &HeaderMap, accounts: &'a [ReportAccount]) -> Option<&'a ReportAccount> {
    let is_shown =
        |account: &&ReportAccount| pswin_report::is_let_in(headers, std::slice::from_ref(&account.push));
    accounts.iter().filter(is_shown).fold(None, |_, account| Some(account))
}

async fn store(
    notify: &Notify,
    route: Option<&str>,
    pushed: Vec<pswin_report::Report>,
) -> Result<(), store::Error> {
    let now = notify.clock().now();
    let reports = pushed.into_iter().map(|pushed| {
        let report = Report {
            about: About::Reference(pushed.reference),
            reported: Reported::Sms(pushed.result),
            state: pushed.state,
            occurred: pushed.delivered_at,
        };
        Arrived::new(notify.random().uuid_v7(now), route, report, now)
    });
    notify.keep_reports(reports.collect()).await
}

/// RFC 9110, section 11.6.1: a 401 names the scheme that would do.
fn challenge() -> Response {
    let scheme = HeaderValue::from_static("Basic realm=\"delivery reports\"");
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, scheme)]).into_response()
}
