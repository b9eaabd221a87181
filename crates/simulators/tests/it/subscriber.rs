use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use simulators::Subscriber;
use simulators::subscriber::{Delivery, Reply};
use testkit::serving::start;
use testkit::stepped_clock;

use crate::{SOON, client};

#[tokio::test]
async fn pings_and_deliveries_are_remembered_with_headers_and_exact_bytes() {
    let subscriber = Subscriber::new(stepped_clock(), 10);
    let server = start(subscriber.router()).await;

    let ping = client().post(server.url("/hook?a=1")).json(&json!({"event": "ping"}));
    assert_eq!(ping.send().await.expect("an answer").status(), 200);
    let delivery =
        client().post(server.url("/hook")).header("webhook-id", "w1").body("{ \"event\": \"status\" }");
    assert_eq!(delivery.send().await.expect("an answer").status(), 200);

    let ping = subscriber.deliveries().wait_for(Delivery::is_ping, SOON).await;
    assert_eq!(ping.expect("it is kept").uri.to_string(), "/hook?a=1");
    let status = subscriber.deliveries().get(1).expect("it is kept");
    assert!(!status.is_ping() && status.was_accepted());
    assert_eq!(
        (&status.body[..], &status.headers["webhook-id"]),
        (&b"{ \"event\": \"status\" }"[..], &"w1".parse().expect("a value"))
    );
}

#[tokio::test]
async fn it_fails_as_often_as_told_and_then_goes_on_as_before() {
    let subscriber = Subscriber::new(stepped_clock(), 10);
    let server = start(subscriber.router()).await;
    let deliver = async || {
        let answer = client().post(server.url("/")).body("{}").send().await;
        answer.map_or(0, |answer| answer.status().as_u16())
    };

    subscriber.answer_next(2, Reply::Status(StatusCode::INTERNAL_SERVER_ERROR));
    subscriber.answer_next(1, Reply::Dropped);
    subscriber.answer_next(1, Reply::Slow(Duration::from_millis(5)));
    let statuses = [deliver().await, deliver().await, deliver().await, deliver().await, deliver().await];
    assert_eq!(statuses, [500, 500, 0, 200, 200]);

    subscriber.answer(Reply::Status(StatusCode::GONE));
    assert_eq!([deliver().await, deliver().await], [410, 410]);
    let accepted: Vec<_> =
        subscriber.deliveries().all().iter().map(|delivery| delivery.was_accepted()).collect();
    assert_eq!(accepted, [false, false, false, true, true, false, false]);
}
