//! The feed, waited for and followed.

use std::time::Duration;

use futures_util::StreamExt as _;
use http::StatusCode;
use reqwest::Method;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use types::Roles;

use crate::app::{API, Answer, PATIENCE, TestApp, instant_sms};

const FEED: &str = "/future/shipment/feed";

async fn ended(app: &TestApp, key: &str) -> String {
    let answer = app.post("/future/orders/instant/sms", &instant_sms(key, "+4740000011")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    app.notify.number_feed().await;
    answer.shipment()
}

async fn open(app: &TestApp, query: &str, accept: &str) -> reqwest::Response {
    let request = app.request(Method::GET, &format!("{API}{FEED}?{query}")).bearer_auth(app.bym());
    request.header("accept", accept).send().await.expect("an answer")
}

/// Reads a stream until this has come.
async fn read_until(response: reqwest::Response, wanted: &str) -> String {
    let mut pieces = Box::pin(response.bytes_stream());
    let mut text = String::new();
    let reading = async {
        while !text.contains(wanted) {
            let Some(piece) = pieces.next().await else { break };
            text.push_str(std::str::from_utf8(&piece.expect("a piece")).expect("text"));
        }
    };
    timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("{wanted} never came"));
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_waited_for_and_comes_when_there_is_something_on_it() {
    let app = TestApp::start().await;
    let waiting = async { app.get(&format!("{FEED}?wait=60")).await };
    let ending = async {
        tokio::task::yield_now().await;
        ended(&app, "a").await
    };
    let (page, shipment): (Answer, _) = tokio::join!(waiting, ending);
    assert_eq!(page.json()[0]["shipmentId"], shipment.as_str());
    assert_eq!(app.get(&format!("{FEED}?seq=1&wait=1")).await.text, "[]");
    assert_eq!(app.get(&format!("{FEED}?wait=61")).await.keys(), ["Wait"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_with_their_numbers_and_go_on_after_the_last_one_seen() {
    let app = TestApp::start().await;
    let first = ended(&app, "a").await;
    let events = open(&app, "", "text/event-stream").await;
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let second = ended(&app, "b").await;
    let text = read_until(events, &second).await;
    assert!(text.starts_with("id: 1\nevent: shipment\ndata: {\"sequenceNumber\":1,"), "{text}");
    assert!(text.contains(&first) && text.contains("id: 2\n"), "{text}");

    let request = app.request(Method::GET, &format!("{API}{FEED}")).bearer_auth(app.bym());
    let again = request.header("accept", "text/event-stream").header("last-event-id", "1");
    let text = read_until(again.send().await.expect("an answer"), &second).await;
    assert!(text.starts_with("id: 2\n"), "{text}");
}

#[tokio::test]
async fn lines_come_to_the_end_and_no_further_unless_asked() {
    let app = TestApp::start().await;
    for key in ["a", "b", "c"] {
        ended(&app, key).await;
    }
    let lines = open(&app, "pageSize=2", "application/x-ndjson").await;
    let text = timeout(PATIENCE, lines.text()).await.expect("it ends").expect("text");
    let numbers: Vec<_> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["sequenceNumber"].clone())
        .collect();
    assert_eq!(numbers, [1, 2, 3]);

    let following = open(&app, "seq=3&follow=true", "application/x-ndjson").await;
    let later = ended(&app, "d").await;
    assert!(read_until(following, &later).await.starts_with("{\"sequenceNumber\":4,"));
}

#[tokio::test]
async fn the_plain_answer_is_the_same_to_the_letter_whatever_is_accepted() {
    let app = TestApp::start().await;
    ended(&app, "a").await;
    let plain = app.get(FEED).await;
    for accept in ["*/*", "application/json", "text/html"] {
        let answer = open(&app, "", accept).await;
        assert_eq!(answer.headers()["content-type"], plain.headers["content-type"]);
        assert_eq!(answer.text().await.expect("text"), plain.text);
    }
}

#[tokio::test]
async fn followers_are_counted_and_the_rest_is_asked_to_come_later() {
    let app = TestApp::start_with(|config| config.feed_followers = 8).await;
    let first = open(&app, "", "text/event-stream").await;
    let second = open(&app, "", "text/event-stream").await;
    assert_eq!((first.status(), second.status()), (StatusCode::OK, StatusCode::OK));
    assert_eq!(open(&app, "", "text/event-stream").await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(app.get(FEED).await.status, StatusCode::OK);
    let ttd = app.token("ttd", crate::app::CREATE);
    assert_eq!(app.get_as(&ttd, &format!("{FEED}?wait=1")).await.status, StatusCode::OK);
    let forged = app.request(Method::GET, &format!("{API}{FEED}")).header("accept", "text/event-stream");
    assert_eq!(TestApp::send(forged).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_on_another_node_hear_and_are_let_go_when_the_service_stops() {
    let app = TestApp::start().await;
    let other = app.another().await;
    let stop = CancellationToken::new();
    let (notify, stopping) = (other.notify.clone(), stop.clone());
    let running = tokio::spawn(async move { notify.run(Roles::all(), stopping).await });
    let events = open(&other, "", "text/event-stream").await;

    let answer = app.post("/future/orders/instant/sms", &instant_sms("a", "+4740000011")).await;
    let mut pieces = Box::pin(events.bytes_stream());
    let piece = timeout(PATIENCE, pieces.next()).await.expect("it is told").expect("a piece");
    let text = String::from_utf8(piece.expect("a piece").to_vec()).expect("text");
    assert!(text.contains(&answer.shipment()), "{text}");

    stop.cancel();
    let rest = timeout(Duration::from_secs(10), pieces.next()).await.expect("the stream ends");
    assert!(rest.is_none());
    running.await.expect("no panic");
}
