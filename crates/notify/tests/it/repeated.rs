//! Requests that come again, the same or not.

use http::StatusCode;

use crate::app::{
    Answer, COMPOSED, CREATE, TestApp, composed, email_order, instant_email, instant_sms, sms_order,
};

const ORDERS: &str = "/future/orders";
const SMS: &str = "/future/orders/instant/sms";
const EMAIL: &str = "/future/orders/instant/email";
const COMPOSE: &str = "/future/orders/composed-email";

/// What the header says, of a 200 with the first answer.
fn difference<'a>(again: &'a Answer, first: &Answer) -> Option<&'a str> {
    assert_eq!((again.status, &again.text), (StatusCode::OK, &first.text));
    again.headers.get("budstikke-replay").map(|value| value.to_str().expect("text"))
}

#[tokio::test]
async fn a_repetition_that_is_not_the_same_is_told_so_in_every_space() {
    let app = TestApp::start().await;
    let token = app.token("bym", &format!("{CREATE} {COMPOSED}"));
    let link = [app.link("vedtak.pdf")];
    let cases = [
        (ORDERS, sms_order("a", "+4740000001"), sms_order("a", "+4740000008")),
        (SMS, instant_sms("a", "+4740000001"), instant_sms("a", "+4740000008")),
        (COMPOSE, composed("a", "a@firma.example", &link), composed("a", "b@firma.example", &link)),
    ];
    for (path, body, other) in cases {
        let first = app.post_as(&token, path, &body).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
        assert!(first.headers.get("budstikke-replay").is_none());
        assert_eq!(difference(&app.post_as(&token, path, &body).await, &first), None, "{path}");
        let again = app.post_as(&token, path, &other).await;
        assert_eq!(difference(&again, &first), Some("different-body"), "{path}");
    }
    app.notify.run_due().await;
    assert_eq!((app.sms_taken(), app.mails()), (2, 1));
}

/// Covers: NA-126
#[tokio::test]
async fn the_same_id_may_be_used_once_in_each_space() {
    let app = TestApp::start().await;
    let token = app.token("bym", &format!("{CREATE} {COMPOSED}"));
    let bodies = [
        (ORDERS, email_order("a", "kari@fjord.example")),
        (COMPOSE, composed("a", "kari@fjord.example", &[])),
        (SMS, instant_sms("a", "+4740000001")),
    ];
    for (path, body) in bodies {
        let answer = app.post_as(&token, path, &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_instant_email_with_the_id_of_an_sms_is_told_that_nothing_was_sent() {
    let app = TestApp::start().await;
    let first = app.post(SMS, &instant_sms("a", "+4740000001")).await;
    let again = app.post(EMAIL, &instant_email("a", "kari@fjord.example")).await;
    assert_eq!(difference(&again, &first), Some("different-channel"));
    assert_eq!(app.mails(), 0);

    // The older shape of an instant SMS says the same in other words.
    let older = serde_json::json!({
        "idempotencyId": "a",
        "sendersReference": "innlogging-91f2",
        "recipient": { "recipientSms": instant_sms("a", "+4740000001")["recipientSms"] },
    });
    assert_eq!(difference(&app.post("/future/orders/instant", &older).await, &first), None);
}

#[tokio::test]
async fn an_email_with_files_is_still_accepted_when_its_time_and_links_have_passed() {
    let app = TestApp::start().await;
    let mut body = composed("a", "post@firma.example", &[app.link("vedtak.pdf")]);
    body["requestedSendTime"] = app.in_seconds(60).into();
    let first = app.compose(&body).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    app.turn(48 * 3600);
    assert_eq!(difference(&app.compose(&body).await, &first), None);
    body["idempotencyId"] = "b".into();
    assert_eq!(app.compose(&body).await.keys(), ["RequestedSendTime"]);

    let mut now = composed("c", "post@firma.example", &[app.link("vedtak.pdf")]);
    now.as_object_mut().expect("an object").remove("requestedSendTime");
    let first = app.compose(&now).await;
    app.turn(48 * 3600);
    assert_eq!(difference(&app.compose(&now).await, &first), None);
}
