//! Nonsense over real HTTP, one of each kind: a clear answer in the API's shape, and nothing left
//! behind.

use reqwest::{Body, Method};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use trials::{Answer, ORG, Place, Server, envelope, eventually, instant_sms, sms_order};

use crate::upload::incoming;

const ORDERS: &str = "/future/orders";
const SMS: &str = "/future/orders/instant/sms";

async fn sent(request: reqwest::RequestBuilder) -> Answer {
    Answer::of(request).await.expect("an answer")
}

#[tokio::test]
async fn the_notify_api_refuses_nonsense_in_its_own_shape() {
    let place = Place::new();
    let server = place.start().await;
    for (path, body) in [(ORDERS, sms_order("a", "12", "x")), (SMS, instant_sms("a", "+47123", "x"))] {
        let json = |text: String| {
            server.notify(Method::POST, path).header("content-type", "application/json").body(text)
        };
        sent(json("{\"idempotencyId\":".to_owned())).await.assert_problem(400);
        sent(json("[]".to_owned())).await.assert_problem(400);
        sent(json(format!("\"{}\"", "x".repeat(2 << 20)))).await.assert_problem(413);
        let unknown = server.post(path, &body).await;
        unknown.assert_problem(400);
        assert!(unknown.json()["errors"].is_object(), "{unknown:?}");
        let stranger = sent(server.notify_as("no.such.token", Method::POST, path).json(&body)).await;
        assert!(stranger.status == 401, "{stranger:?}");
    }
    let person = json!({ "idempotencyId": "p", "recipient": { "recipientPerson": {
        "nationalIdentityNumber": "01010050053", "channelSchema": "Sms",
        "smsSettings": { "body": "x" } } } });
    let unknown = server.post(ORDERS, &person).await;
    unknown.assert_problem(422);
    assert_eq!(unknown.json()["code"], "NOT-00001");
    let missing = server.get("/future/shipment/5f0a2f0e-6f0c-4c3e-9d35-2a6f2f6f7a10").await;
    missing.assert_problem(404);
    let feed = server.get("/future/shipment/feed").await;
    assert_eq!((feed.status, feed.json()), (200, json!([])));
}

#[tokio::test]
async fn the_exchange_api_refuses_nonsense_in_its_own_shape() {
    let place = Place::new();
    let server = place.start().await;
    let post = |text: String| {
        server.exchange(Method::POST, "/messages/out").header("content-type", "application/json").body(text)
    };
    sent(post("{\"standardBusinessDocumentHeader\":".to_owned())).await.assert_exchange_error(400);
    sent(post(format!("\"{}\"", "x".repeat(6 << 20)))).await.assert_exchange_error(413);
    let id = uuid::Uuid::new_v4().to_string();
    let unknown = sent(post(envelope(&id, ORG, "310000009").to_string())).await;
    unknown.assert_exchange_error(400);
    let class = unknown.json()["exception"].as_str().unwrap_or_default().to_owned();
    assert!(class.ends_with("ReceiverDoesNotAcceptProcessException"), "{unknown:?}");
    let request = server.exchange_as("guess", Method::POST, "/messages/out").json(&envelope(&id, ORG, ORG));
    sent(request).await.assert_exchange_error(401);
    sent(server.exchange(Method::GET, "/messages/in/pop/nobody")).await.assert_exchange_error(404);
    let page = sent(server.exchange(Method::GET, "/messages/out")).await;
    assert_eq!(page.json()["totalElements"], 0, "{page:?}");
}

/// A request whose body ends before it should, because the client is gone.
async fn cut_off(server: &Server, path: &str, media_type: &str, more: &str, announced: usize, body: &[u8]) {
    let request = server.exchange(Method::POST, path).build().expect("a request");
    let basic = request.headers()["authorization"].to_str().expect("text").to_owned();
    let method = if path.ends_with("multipart") { "POST" } else { "PUT" };
    let head = format!(
        "{method} /api{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: {basic}\r\nContent-Type: {media_type}\r\n\
         {more}Content-Length: {announced}\r\n\r\n",
        server.api
    );
    let mut stream = TcpStream::connect(&server.api).await.expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("a head");
    stream.write_all(body).await.expect("half a body");
    stream.flush().await.expect("half a body");
    eventually("half a file to be on disk", || async {
        incoming(server).iter().any(|bytes| *bytes > 0).then_some(())
    })
    .await;
    stream.shutdown().await.expect("an end");
    let mut answer = Vec::new();
    // There may be an answer or none; nobody waits for it.
    let _ = stream.read_to_end(&mut answer).await;
    let first = answer.get(..12).unwrap_or_default();
    assert!(answer.is_empty() || first.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
    eventually("the half file to go", || async { incoming(server).is_empty().then_some(()) }).await;
}

#[tokio::test]
async fn an_attachment_cut_off_half_way_leaves_nothing_behind() {
    let place = Place::new();
    let server = place.start().await;
    let id = uuid::Uuid::new_v4().to_string();
    let sbd = envelope(&id, ORG, ORG).to_string();
    let mut body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"sbd\"\r\nContent-Type: application/json\r\n\r\n{sbd}\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"vedtak\"; filename=\"vedtak.pdf\"\r\n\
         Content-Type: application/pdf\r\n\r\n"
    )
    .into_bytes();
    body.resize(body.len() + (2 << 20), 7);
    let announced = body.len() + (2 << 20);
    cut_off(&server, "/messages/out/multipart", "multipart/form-data; boundary=edge", "", announced, &body)
        .await;
    let conversation = sent(server.exchange(Method::GET, &format!("/conversations/messageId/{id}"))).await;
    conversation.assert_exchange_error(404);

    let create = server.exchange(Method::POST, "/messages/out").body(Body::from(sbd));
    assert_eq!(sent(create.header("content-type", "application/json")).await.status, 200);
    let disposition = "Content-Disposition: attachment; name=\"a\"; filename=\"vedtak.pdf\"\r\n";
    let half = vec![7; 2 << 20];
    let path = format!("/messages/out/{id}");
    cut_off(&server, &path, "application/pdf", disposition, 4 << 20, &half).await;
    let files = sent(server.exchange(Method::GET, &format!("{path}/files"))).await;
    assert_eq!((files.status, files.json()), (200, json!([])));
}
