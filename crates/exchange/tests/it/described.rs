//! The API's OpenAPI document: current, true to the contract, true of the router and of every answer.

use std::sync::LazyLock;

use http::{HeaderMap, Method, StatusCode};
use testkit::openapi::Described;

use crate::app::alone;

static API: LazyLock<Described> = LazyLock::new(|| Described::of("exchange", exchange::openapi::document()));

/// Holds an answer against the document; every answer that a test gets comes by here.
#[track_caller]
pub fn hold(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
    API.holds(method, path, status, headers, body);
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
    let world = alone(|_| {}).await;
    API.is_served_by(&[world.gateway.exchange.router()]);
}
