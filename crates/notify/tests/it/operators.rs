//! What operators reach, and senders do not.

use std::net::SocketAddr;

use http::StatusCode;
use reqwest::Method;
use serde_json::json;
use tokio_util::sync::{CancellationToken, DropGuard};
use types::{Roles, Secret};

use crate::app::{API, Answer, PATIENCE, TestApp, email_order, serve, sms_order};

/// The operators' listener of a service.
pub struct Operators {
    at: SocketAddr,
    client: reqwest::Client,
    _stop: DropGuard,
}

impl Operators {
    pub async fn of(app: &TestApp) -> Self {
        let stop = CancellationToken::new();
        let at = serve(app.notify.operators_router(), &stop).await;
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { at, client, _stop: stop.drop_guard() }
    }

    /// A request with nothing but what the test adds; paths from the root.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.at))
    }

    pub async fn get(&self, path: &str) -> Answer {
        TestApp::send(self.request(Method::GET, path)).await
    }

    pub async fn trigger(&self, name: &str) -> Answer {
        TestApp::send(self.request(Method::POST, &format!("{API}/trigger/{name}"))).await
    }
}

const TRIGGERS: [&str; 7] = [
    "pastdueorders",
    "sendemail",
    "sendsmsdaytime",
    "sendsms",
    "sendsmsanytime",
    "terminateexpirednotifications",
    "deleteoldstatusfeedrecords",
];

/// Covers: NA-20
#[tokio::test]
async fn what_is_for_operators_is_not_where_senders_call() {
    let app = TestApp::start_with(|config| config.condition_test_endpoint = true).await;
    let operators = Operators::of(&app).await;
    let mut paths: Vec<_> = TRIGGERS.map(|name| (Method::POST, format!("{API}/trigger/{name}"))).to_vec();
    for path in ["/metrics", "/metrics/sms", "/metrics/email"] {
        paths.push((Method::POST, format!("{API}{path}")));
    }
    for path in ["/metrics", "/tests/sendcondition?conditionMet=true"] {
        paths.push((Method::GET, format!("{API}{path}")));
    }
    paths.push((Method::GET, "/health/details".to_owned()));
    for (method, path) in paths {
        let public = TestApp::send(app.request(method.clone(), &path).bearer_auth(app.bym())).await;
        assert_eq!((public.status, public.text.as_str()), (StatusCode::NOT_FOUND, ""), "{path}");
        let own = TestApp::send(operators.request(method, &path)).await;
        assert_ne!(own.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_condition_to_try_out_says_what_it_is_asked_to() {
    let app = TestApp::start_with(|config| config.condition_test_endpoint = true).await;
    let operators = Operators::of(&app).await;
    for (query, met) in [("?conditionMet=true", true), ("?conditionMet=false", false), ("", false)] {
        let answer = operators.get(&format!("{API}/tests/sendcondition{query}")).await;
        assert_eq!(answer.json(), json!({ "sendNotification": met }), "{query}");
    }
    let off = Operators::of(&TestApp::start().await).await;
    assert_eq!(off.get(&format!("{API}/tests/sendcondition")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn operators_show_their_token_where_one_is_configured() {
    let token = Secret::new("our-own-token".to_owned());
    let app = TestApp::start_with(|config| config.operators.token = Some(token)).await;
    let operators = Operators::of(&app).await;
    let path = format!("{API}/trigger/sendsms");
    for shown in [None, Some("another"), Some("our-own-toke"), Some("our-own-token ")] {
        let request = operators.request(Method::POST, &path);
        let request = match shown {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = TestApp::send(request).await;
        let expected = if shown.is_some_and(|shown| shown.trim() == "our-own-token") { 200 } else { 401 };
        assert_eq!(answer.status, expected, "{shown:?}");
    }
    assert_eq!(operators.get("/health/details").await.status, StatusCode::UNAUTHORIZED);
    for open in ["/health", "/health/ready"] {
        assert_eq!(operators.get(open).await.status, StatusCode::OK, "{open}");
    }
}

#[tokio::test]
async fn triggers_answer_with_nothing_and_take_only_json() {
    let app = TestApp::start().await;
    let operators = Operators::of(&app).await;
    for name in TRIGGERS {
        let answer = operators.trigger(name).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""), "{name}");
        let path = format!("{API}/Trigger/{name}/");
        let foreign = operators.request(Method::POST, &path).header("content-type", "text/plain");
        assert_eq!(TestApp::send(foreign).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{name}");
        let got = operators.get(&format!("{API}/trigger/{name}")).await;
        assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED, "{name}");
    }
}

/// Nobody looks by himself here: what is sent is sent because of the trigger.
#[tokio::test]
async fn triggers_wake_those_who_work() {
    let app = TestApp::start_with(|config| config.poll_every_milliseconds = 3_600_000).await;
    let operators = Operators::of(&app).await;
    let mut later = sms_order("a", "+4740000005");
    later["requestedSendTime"] = app.in_seconds(60).into();
    let sms = app.post("/future/orders", &later).await.shipment();
    let mut later = email_order("b", "kari@fjord.example");
    later["requestedSendTime"] = app.in_seconds(60).into();
    let email = app.post("/future/orders", &later).await.shipment();
    let stop = CancellationToken::new();
    let (running, until) = (app.notify.clone(), stop.clone());
    let running = tokio::spawn(async move { running.run(Roles::all(), until).await });
    // Whoever was rung for the registrations has looked and found nothing due.
    app.turn(60);

    assert_eq!(operators.trigger("pastdueorders").await.status, StatusCode::OK);
    app.wait_for(&email, "Order_Processed").await;
    app.wait_for(&sms, "Order_Processed").await;
    // The gateway is busy the first times, and the SMS waits for its next try.
    let taken = async {
        while app.sms_taken() == 0 {
            app.turn(30);
            assert_eq!(operators.trigger("sendsmsanytime").await.status, StatusCode::OK);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, taken).await.expect("the SMS was taken");
    stop.cancel();
    running.await.expect("an orderly end");
}

#[tokio::test]
async fn triggers_close_what_waits_in_vain_and_remove_what_is_old() {
    let app = TestApp::start().await;
    let operators = Operators::of(&app).await;
    let sent = app.post("/future/orders", &sms_order("a", "+4740000008")).await.shipment();
    app.notify.run_due().await;
    assert_eq!(app.status(&sent).await, "SMS_Accepted");
    app.turn(48 * 3600 + 301);
    operators.trigger("terminateexpirednotifications").await;
    assert_eq!(app.status(&sent).await, "SMS_Failed_TTL");
    assert_eq!(app.feed("").await.len(), 1);

    app.turn(91 * 24 * 3600);
    operators.trigger("deleteoldstatusfeedrecords").await;
    assert_eq!(app.feed("").await.len(), 0);
}

#[tokio::test]
async fn health_says_what_waits_and_what_was_given_up() {
    let app = TestApp::start().await;
    let operators = Operators::of(&app).await;
    app.post("/future/orders", &sms_order("a", "+4740000008")).await.shipment();
    let details = operators.get("/health/details").await.json();
    assert_eq!(details["lanes"], json!([{ "lane": "notify.orders", "jobs": 1 }]));
    assert_eq!(details["orders"], json!([{ "state": "registered", "orders": 1 }]));
    assert_eq!(details["givenUp"], json!([]));
}
