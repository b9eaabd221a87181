use std::collections::BTreeMap;

use axum::Router;
use axum::extract::Request;
use axum::routing::post;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;
use web::{JsonError, JsonLimits, Limits};

use crate::{Running, soon, start};

/// A server that tells what it made of a body.
async fn reader() -> (Running, mpsc::UnboundedReceiver<String>) {
    let (tell, told) = mpsc::unbounded_channel();
    let limits = JsonLimits { bytes: 64, depth: 3 };
    let handler = async move |request: Request| {
        let read = web::json::read::<BTreeMap<String, Vec<u32>>>(request, limits).await;
        let read = match read {
            Ok(read) => format!("{read:?}"),
            Err(JsonError::Aborted(_)) => "aborted".to_owned(),
            Err(error) => error.to_string(),
        };
        tell.send(read.clone()).expect("the test listens");
        read
    };
    let server = start(Router::new().route("/", post(handler)), Limits::default()).await;
    (server, told)
}

async fn told_about(content_type: &str, body: &str) -> String {
    let (server, mut told) = reader().await;
    let head = format!("POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: {content_type}\r\n");
    server.exchange(&format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await;
    soon(told.recv()).await.expect("it was read")
}

#[tokio::test]
async fn a_right_body_is_read_and_each_wrong_one_named() {
    let json = "application/json";
    assert_eq!(told_about(json, r#"{"a":[1,2]}"#).await, r#"{"a": [1, 2]}"#);
    assert_eq!(told_about(json, r#"{"a":[1,-2]}"#).await, "the value at a[1] does not fit");
    assert_eq!(told_about(json, r#"{"a":[1,}"#).await, "not JSON at line 1, column 9");
    assert_eq!(told_about(json, "[[[[]]]]").await, "the body is nested more than 3 levels deep");
    assert_eq!(told_about(json, "").await, "there is no body");
    assert_eq!(told_about(json, &" ".repeat(65)).await, "the body is larger than 64 bytes");
    assert_eq!(told_about("text/plain", "{}").await, "the content type is not JSON in UTF-8");
}

#[tokio::test]
async fn a_body_in_chunks_over_the_limit_is_refused() {
    let (server, mut told) = reader().await;
    let mut stream = server.connect().await;
    let head =
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("it reads");

    for _ in 0..7 {
        stream.write_all(b"a\r\n          \r\n").await.expect("it reads");
    }

    let read = soon(told.recv()).await.expect("it was read");
    assert_eq!(read, "the body is larger than 64 bytes");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_taken_for_a_whole_one() {
    let (server, mut told) = reader().await;
    let mut stream = server.connect().await;
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{}";
    stream.write_all(head.as_bytes()).await.expect("it reads");

    stream.shutdown().await.expect("it closes");

    assert_eq!(soon(told.recv()).await.expect("it was read"), "aborted");
}
