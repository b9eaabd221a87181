//! The API's OpenAPI document: current, true to the contract, and true of the router. That answers are as it
//! says is looked at whenever a test here gets one; see [`hold`].

use std::sync::LazyLock;

use http::{HeaderMap, Method, StatusCode, header};
use testkit::openapi::{Answers, differences, documented, served};

use crate::app::TestApp;

static ANSWERS: LazyLock<Answers> = LazyLock::new(|| Answers::of(notify::openapi::document()));

/// Holds an answer against the document; every answer that a test gets comes by here.
pub fn hold(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
    let path = path.to_ascii_lowercase();
    let Some(call) = ANSWERS.operation(method.as_str(), &path) else { return };
    // Refusals depend on the arrangement of a test; schemas of theirs are held from outside. A pushed event is
    // taken without a word, and a bulk is answered line by line.
    if !status.is_success() || call.contains("/bulk") || (call.contains("event-grid") && body.is_empty()) {
        return;
    }
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let faults = ANSWERS.faults(call, status.as_u16(), media_type, body);
    assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), String::from_utf8_lossy(body));
}

/// A file below `openapi`, where documents and contracts lie.
fn file(name: &str) -> String {
    let path = format!("{}/../../openapi/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_document_that_is_checked_in_is_the_current_one() {
    let current = format!("{:#}\n", notify::openapi::document());
    if file("notify.json") != current {
        let written = concat!(env!("CARGO_TARGET_TMPDIR"), "/notify.json");
        std::fs::write(written, &current).expect("a file");
        panic!("openapi/notify.json is not what the code says; that is in {written}");
    }
}

#[test]
fn the_document_keeps_the_contract_and_marks_what_is_ours() {
    let found = differences(&notify::openapi::document(), &file("promised/notify.toml"));
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

#[tokio::test]
async fn every_route_is_described_and_everything_described_is_served() {
    let app = TestApp::start_with(|config| config.condition_test_endpoint = true).await;

    let mut served = served(&app.notify.router());
    served.extend(testkit::openapi::served(&app.notify.operators_router()));

    let described = documented(&notify::openapi::document());
    let missing: Vec<_> = served.difference(&described).collect();
    let too_much: Vec<_> = described.difference(&served).collect();
    assert!(
        missing.is_empty() && too_much.is_empty(),
        "not described: {missing:?}; not served: {too_much:?}"
    );
}
