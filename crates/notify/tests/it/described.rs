//! The API's OpenAPI document: current, true to the contract, true of the router and of every answer.

use std::sync::LazyLock;

use http::{HeaderMap, Method, StatusCode};
use testkit::openapi::Described;

use crate::app::TestApp;

static API: LazyLock<Described> = LazyLock::new(|| Described::of("notify", notify::openapi::document()));

/// Holds an answer against the document; every answer that a test gets comes by here.
#[track_caller]
pub fn hold(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
    let path = path.to_ascii_lowercase();
    // OpenAPI cannot say that a body may be left out: a pushed event is taken without a word, a handshake is
    // not; and a 403 has words only where it is about the sender that an order names.
    let may_be_empty = path.contains("event-grid") || status == StatusCode::FORBIDDEN;
    if body.is_empty() && may_be_empty {
        return;
    }
    API.holds(method, &path, status, headers, body);
}

#[test]
fn the_document_that_is_checked_in_is_the_current_one() {
    API.is_checked_in();
}

#[test]
fn the_document_keeps_the_contract_and_marks_what_is_ours() {
    API.keeps_the_contract();
}

#[tokio::test]
async fn every_route_is_described_and_everything_described_is_served() {
    let app = TestApp::start_with(|config| config.condition_test_endpoint = true).await;
    API.is_served_by(&[app.notify.router(), app.notify.operators_router()]);
}
