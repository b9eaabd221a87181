use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Redirect;
use axum::routing::{any, get};
use bytes::Bytes;
use futures_util::stream;
use url::Url;
use web::client::{CallError, CallLimits};
use web::{AllowedNetworks, GuardedClient, Limits};

use crate::{Running, soon, start};

fn client(allowed: AllowedNetworks) -> GuardedClient {
    let limits = CallLimits { answer_bytes: 100, ..CallLimits::default() };
    GuardedClient::new(allowed, limits).expect("a client")
}

/// A server on this machine that counts who gets through.
async fn inside() -> (Running, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let router = Router::new()
        .route("/redirect", get(async || Redirect::temporary("/elsewhere")))
        .route("/long", get(async || "x".repeat(101)))
        .route(
            "/endless",
            get(async || {
                Body::from_stream(stream::repeat_with(|| {
                    Ok::<_, std::io::Error>(Bytes::from_static(b"more"))
                }))
            }),
        )
        .route("/silent", get(async || std::future::pending::<&str>().await))
        .fallback(any(async move || {
            counted.fetch_add(1, Ordering::SeqCst);
            "reached"
        }));
    (start(router, Limits::default()).await, calls)
}

#[tokio::test]
async fn no_spelling_of_this_machine_gets_through() {
    let (server, calls) = inside().await;
    let port = server.addr.port();
    let client = client(AllowedNetworks::public_only());

    for host in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "017700000001",
        "127.1",
        "LOCALHOST",
    ] {
        let url: Url = format!("http://{host}:{port}/").parse().expect(host);
        let refused = match client.get(url) {
            Ok(call) => soon(call.send()).await.err(),
            Err(error) => Some(error),
        };
        assert!(matches!(refused, Some(CallError::Refused(_))), "{host}: {refused:?}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_is_judged_by_what_it_resolves_to() {
    let (server, calls) = inside().await;
    let url: Url = format!("http://localhost:{}/", server.addr.port()).parse().expect("a URL");
    let refusing = client(AllowedNetworks::public_only());
    let allowing = client(AllowedNetworks {
        networks: vec!["127.0.0.0/8".parse().expect("a network")],
        loopback: false,
    });

    let refused = match refusing.get(url.clone()) {
        Ok(call) => call.send().await,
        Err(error) => Err(error),
    };
    let answer = allowing.get(url).expect("a name").send().await.expect("an answer");

    assert!(matches!(refused, Err(CallError::Refused(_))));
    assert_eq!(answer.body, "reached");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn redirects_are_answers_and_are_not_followed() {
    let (server, calls) = inside().await;

    let call = client(AllowedNetworks::with_loopback()).get(server.url("/redirect"));
    let answer = call.expect("allowed").send().await.expect("an answer");

    assert_eq!(answer.status, 307);
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_answer_is_read_to_its_limit_and_no_further() {
    let (server, _) = inside().await;
    let client = client(AllowedNetworks::with_loopback());

    for path in ["/long", "/endless"] {
        let answer = soon(client.get(server.url(path)).expect("allowed").send()).await;
        assert!(matches!(answer, Err(CallError::AnswerTooLong { limit: 100 })), "{path}: {answer:?}");
    }
    let call = client.get(server.url("/long")).expect("allowed").answer_bytes(101);
    assert_eq!(call.send().await.expect("it fits").body.len(), 101);
}

#[tokio::test]
async fn silence_and_nobody_listening_are_told_apart() {
    let (server, _) = inside().await;
    let read = Duration::from_millis(300);
    let limits = CallLimits { read, ..CallLimits::default() };
    let client = GuardedClient::new(AllowedNetworks::with_loopback(), limits).expect("a client");

    let silent = soon(client.get(server.url("/silent")).expect("allowed").send()).await;
    assert!(matches!(silent, Err(CallError::Timeout(_))), "{silent:?}");

    let nobody = server.url("/");
    server.stop.cancel();
    soon(server.served).await.expect("it ends");
    let refused = soon(client.get(nobody).expect("allowed").send()).await;
    assert!(matches!(refused, Err(CallError::Connect(_))), "{refused:?}");
}

#[tokio::test]
async fn only_http_and_https_are_called() {
    let client = client(AllowedNetworks::with_loopback());
    for text in ["ftp://example.org/", "file:///etc/passwd", "data:,x"] {
        let refused = client.get(text.parse().expect("a URL"));
        assert!(matches!(refused, Err(CallError::UnsuitableUrl)), "{text}");
    }
}
