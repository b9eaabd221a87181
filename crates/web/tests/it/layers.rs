use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::fmt::MakeWriter;
use types::random::Random;
use web::{Limits, RequestId, Requests};

use crate::start;

fn panicked(id: &RequestId) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, format!("our fault: {}", id.as_str())).into_response()
}

fn layered() -> Router {
    Router::new()
        .route("/persons/{id}", get(async || "found"))
        .route("/panic", get(async || -> &'static str { panic!("for the test") }))
        .layer(Requests::new(&Random::system(), panicked))
}

#[tokio::test]
async fn a_panic_is_answered_in_the_products_shape_and_the_server_lives_on() {
    let server = start(layered(), Limits::default()).await;

    let answer = server
        .exchange("GET /panic HTTP/1.1\r\nhost: a\r\nx-request-id: case-0001\r\nconnection: close\r\n\r\n")
        .await;
    let after = server.exchange("GET /persons/1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;

    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    assert!(answer.contains("x-request-id: case-0001\r\n"), "{answer}");
    assert!(answer.ends_with("our fault: case-0001"), "{answer}");
    assert!(after.starts_with("HTTP/1.1 200"), "{after}");
}

#[tokio::test]
async fn the_log_names_the_route_and_never_the_path_or_the_query() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    let router = layered();
    let call = async {
        let request = http::Request::get("/persons/01010050053?name=Kari")
            .header("x-request-id", "case-0002")
            .body(axum::body::Body::empty())
            .expect("a request");
        tower::ServiceExt::oneshot(router, request).await.expect("an answer")
    };
    let answer = call.with_subscriber(subscriber).await;

    assert_eq!(answer.status(), StatusCode::OK);
    let text = lines.text();
    assert!(text.contains("answered GET /persons/{id}"), "{text}");
    assert!(text.contains("case-0002") && text.contains("status=200"), "{text}");
    assert!(!text.contains("01010050053") && !text.contains("Kari"), "{text}");
}

/// Log lines, kept.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("not poisoned")).into_owned()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
