use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use web::Limits;
use web::body::{self, BodyError};

use crate::{read_to_end, soon, start};

const A_MOMENT: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_mins(2);

fn hello() -> Router {
    Router::new().route("/", get(async || "hello"))
}

/// A handler that says when it has begun and ends when it is let go.
#[derive(Clone, Default)]
struct Gate {
    begun: Arc<Notify>,
    go: Arc<Notify>,
}

fn gated(gate: &Gate) -> Router {
    let handler = async |State(gate): State<Gate>| {
        gate.begun.notify_one();
        gate.go.notified().await;
        "done"
    };
    Router::new().route("/", get(handler)).with_state(gate.clone())
}

#[tokio::test]
async fn port_zero_takes_a_free_port_and_answers_there() {
    let server = start(hello(), Limits::default()).await;

    let answer = server.exchange("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;

    assert_ne!(server.addr.port(), 0);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn http2_without_tls_is_spoken_too() {
    let server = start(hello(), Limits::default()).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().no_proxy().build();

    let answer = client.expect("a client").get(server.url("/")).send().await.expect("an answer");

    assert_eq!(answer.version(), http::Version::HTTP_2);
    assert_eq!(answer.text().await.expect("a body"), "hello");
}

#[tokio::test]
async fn a_stop_lets_a_request_in_flight_finish_and_takes_no_new_ones() {
    let gate = Gate::default();
    let server = start(gated(&gate), Limits::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("it reads");
    soon(gate.begun.notified()).await;

    server.stop.cancel();
    soon(async { while TcpStream::connect(server.addr).await.is_ok() {} }).await;
    gate.go.notify_one();

    let answer = read_to_end(&mut stream).await;
    assert!(answer.ends_with("done"), "{answer}");
    soon(server.served).await.expect("it ends");
}

#[tokio::test]
async fn a_stop_does_not_wait_longer_than_the_grace_period() {
    let gate = Gate::default();
    let limits = Limits { grace: A_MOMENT, ..Limits::default() };
    let server = start(gated(&gate), limits).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("it reads");
    soon(gate.begun.notified()).await;

    server.stop.cancel();

    soon(server.served).await.expect("it ends");
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn a_stop_closes_connections_that_wait_for_their_next_request() {
    let server = start(hello(), Limits { grace: LONG, ..Limits::default() }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("it reads");
    let mut head = [0; 8];
    stream.read_exact(&mut head).await.expect("an answer");

    server.stop.cancel();

    soon(server.served).await.expect("it ends");
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let server = start(hello(), Limits { idle: A_MOMENT, head: LONG, ..Limits::default() }).await;
    let mut never_begun = server.connect().await;
    assert_eq!(read_to_end(&mut never_begun).await, "");

    let mut kept_alive = server.connect().await;
    kept_alive.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("it reads");
    assert!(read_to_end(&mut kept_alive).await.ends_with("hello"));
}

#[tokio::test]
async fn a_head_that_does_not_end_is_given_up() {
    let server = start(hello(), Limits { idle: LONG, head: A_MOMENT, ..Limits::default() }).await;

    let answer = server.exchange("GET / HTTP/1.1\r\nhost:").await;

    assert_eq!(answer, "");
}

#[tokio::test]
async fn a_head_over_the_limit_is_refused() {
    let server = start(hello(), Limits { head_bytes: 8192, ..Limits::default() }).await;

    let long = "x".repeat(10_000);
    let answer = server.exchange(&format!("GET / HTTP/1.1\r\nhost: a\r\nx: {long}\r\n\r\n")).await;

    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_answered_for() {
    let limits = Limits { request: A_MOMENT, ..Limits::default() };
    let server = start(gated(&Gate::default()), limits).await;

    let answer = server.exchange("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;

    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
}

fn counting() -> Router {
    let handler = async |body: Body| match body::read(body, 1_000_000).await {
        Ok(body) => format!("{} bytes", body.len()),
        Err(error) => match error {
            BodyError::Stalled => "stalled".to_owned(),
            BodyError::CutOff(_) => "cut off".to_owned(),
            BodyError::TooLarge { .. } => "too large".to_owned(),
        },
    };
    Router::new().route("/", post(handler))
}

#[tokio::test]
async fn a_long_upload_that_moves_outlives_every_limit_and_a_stalled_one_does_not() {
    let limits =
        Limits { request: A_MOMENT, stall: LONG, idle: A_MOMENT, head: A_MOMENT, ..Limits::default() };
    let server = start(counting(), limits).await;
    let pieces = stream::iter(0..15).then(|_| async {
        tokio::time::sleep(A_MOMENT / 10).await;
        Ok::<_, std::io::Error>(Bytes::from_static(b"0123456789"))
    });
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");

    let upload = client.post(server.url("/")).body(reqwest::Body::wrap_stream(pieces));
    let answer = soon(upload.send()).await.expect("an answer");

    assert_eq!(answer.text().await.expect("a body"), "150 bytes");

    let limits = Limits { request: LONG, stall: A_MOMENT, ..Limits::default() };
    let server = start(counting(), limits).await;
    let begun = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\nconnection: close\r\n\r\nabc";
    let answer = server.exchange(begun).await;
    assert!(answer.ends_with("stalled"), "{answer}");
}

#[tokio::test]
async fn a_body_refused_unread_costs_neither_its_answer_nor_the_connection() {
    let server = start(counting(), Limits::default()).await;
    let mut stream = server.connect().await;
    // As most clients do it: everything is sent before anything is read.
    for bytes in [30_000_000, 2_000_000] {
        let head = format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {bytes}\r\n\r\n");
        soon(stream.write_all(head.as_bytes())).await.expect("it reads");
        soon(stream.write_all(&vec![0; bytes])).await.expect("it reads");
        let mut answer = String::new();
        while !answer.ends_with("too large") {
            let mut piece = [0; 4096];
            let read = soon(stream.read(&mut piece)).await.expect("an answer");
            assert_ne!(read, 0, "closed after: {answer}");
            answer.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
    }
}

#[tokio::test]
async fn a_long_download_that_is_read_outlives_the_idle_limit() {
    let pieces = || {
        stream::iter(0..15).then(|_| async {
            tokio::time::sleep(A_MOMENT / 10).await;
            Ok::<_, std::io::Error>(Bytes::from_static(b"0123456789"))
        })
    };
    let router = Router::new().route("/", get(async move || Body::from_stream(pieces())));
    let limits = Limits { idle: A_MOMENT, head: A_MOMENT, request: A_MOMENT, ..Limits::default() };
    let server = start(router, limits).await;
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");

    let answer = soon(client.get(server.url("/")).send()).await.expect("an answer");

    assert_eq!(soon(answer.bytes()).await.expect("all of it").len(), 150);
}

#[tokio::test]
async fn an_answer_nobody_reads_is_given_up() {
    let endless = || stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![0; 65536])));
    let dropped = Arc::new(Notify::new());
    let told = Arc::clone(&dropped);
    let router = Router::new().route(
        "/",
        get(async move || {
            let guard = TellWhenDropped(told);
            Body::from_stream(endless().map(move |piece| {
                let _held = &guard;
                piece
            }))
        }),
    );
    let server = start(router, Limits { idle: A_MOMENT, ..Limits::default() }).await;
    let mut stream = server.connect().await;

    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("it reads");

    soon(dropped.notified()).await;
}

struct TellWhenDropped(Arc<Notify>);

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn more_connections_than_places_wait_their_turn() {
    let server = start(hello(), Limits { connections: 1, ..Limits::default() }).await;
    let mut first = server.connect().await;
    first.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("it reads");
    let mut head = [0; 8];
    first.read_exact(&mut head).await.expect("an answer");

    let mut second = server.connect().await;
    second
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await
        .expect("the kernel reads");
    let waiting = tokio::time::timeout(A_MOMENT, second.read(&mut head)).await;
    assert!(waiting.is_err(), "the only place is taken");
    drop(first);

    assert!(read_to_end(&mut second).await.ends_with("hello"));
}
