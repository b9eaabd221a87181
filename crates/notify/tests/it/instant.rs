//! Sending while the sender waits.

use http::{StatusCode, header};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::app::{PATIENCE, TestApp, instant_email, instant_sms};

const SMS: &str = "/future/orders/instant/sms";
const EMAIL: &str = "/future/orders/instant/email";
const EITHER: &str = "/future/orders/instant";

fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    *body.pointer_mut(pointer).expect("a member") = value;
    body
}

fn either(key: &str, seconds: i64) -> Value {
    let sms = instant_sms(key, "+4740000008");
    let mut recipient = sms["recipientSms"].clone();
    recipient["timeToLiveInSeconds"] = seconds.into();
    json!({ "idempotencyId": key, "recipient": { "recipientSms": recipient } })
}

/// Covers: NA-106, NA-107, NA-112, NA-188
#[tokio::test]
async fn an_sms_is_handed_over_before_the_answer() {
    let app = TestApp::start().await;
    let text = "Koden til $recipientName$ er 402117, æøå 🙂";
    let body = with(instant_sms("a", "+4740000008"), "/recipientSms/smsSettings/body", text.into());
    let answer = app.post(SMS, &body).await;

    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let sent = app.gateway.captured().all();
    assert_eq!((sent.len(), sent[0].text.as_str(), sent[0].ttl_minutes), (1, text, 5));
    assert_eq!(sent[0].sender, "Bymyndig");
    let chain = answer.json()["notificationOrderId"].as_str().expect("an id").to_owned();
    let location = answer.headers[header::LOCATION].to_str().expect("text");
    assert!(location.ends_with(&format!("/notifications/api/v1/orders/chain/{chain}")), "{location}");

    let manifest = app.manifest(&answer.shipment()).await;
    assert_eq!((&manifest["type"], &manifest["status"]), (&"Instant".into(), &"Order_Processed".into()));
    assert_eq!(manifest["recipients"].as_array().expect("a list").len(), 1);
    assert_eq!(manifest["recipients"][0]["status"], "SMS_Accepted");
    assert_eq!(manifest["recipients"][0]["destination"], "+4740000008");
    assert!(app.feed("").await.is_empty());
}

/// Covers: NA-108, NA-118, NA-119
#[tokio::test]
async fn a_repetition_gets_the_first_answer_on_every_instant_endpoint() {
    let app = TestApp::start().await;
    let first = app.post(SMS, &instant_sms("a", "+4740000008")).await;
    assert_eq!(first.status, StatusCode::CREATED);

    let repetitions = [
        (SMS, instant_sms("a", "+4740000008")),
        (EITHER, either("a", 300)),
        (EMAIL, instant_email("a", "kari@fjord.example")),
    ];
    for (path, body) in repetitions {
        let again = app.post(path, &body).await;
        assert_eq!((again.status, &again.text), (StatusCode::OK, &first.text), "{path}");
        assert!(!again.headers.contains_key(header::LOCATION));
    }
    assert_eq!((app.sms_taken(), app.mail.captured().total()), (1, 0));
}

/// Covers: NA-120
#[tokio::test]
async fn of_fifty_equal_requests_at_once_one_hands_over() {
    let app = std::sync::Arc::new(TestApp::start().await);
    let token = app.bym();
    let mut all = JoinSet::new();
    for _ in 0..50 {
        let (app, token) = (std::sync::Arc::clone(&app), token.clone());
        all.spawn(async move { app.post_as(&token, SMS, &instant_sms("a", "+4740000008")).await });
    }
    let answers = all.join_all().await;

    let made = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let repeated = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!((made, repeated), (1, 49));
    assert!(answers.iter().all(|answer| answer.text == answers[0].text));
    assert_eq!(app.gateway.requests(), 1);
}

/// Covers: NA-109
#[tokio::test]
async fn what_was_certainly_not_taken_frees_its_key() {
    let app = TestApp::start().await;
    let refused = app.post(SMS, &instant_sms("a", "+4740000005")).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.json()["code"], "NOT-00004");
    assert_eq!(app.get("/orders?sendersReference=innlogging-91f2").await.json()["count"], 0);

    // The simulated gateway turns this number away twice and then takes it.
    assert_eq!(app.post(SMS, &instant_sms("a", "+4740000005")).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let taken = app.post(SMS, &instant_sms("a", "+4740000005")).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text);
    assert_eq!(app.sms_taken(), 1);
}

#[tokio::test]
async fn what_may_have_been_taken_is_on_record_and_never_handed_over_twice() {
    let app = TestApp::start().await;
    let first = app.post(SMS, &instant_sms("a", "+4740000029")).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    let again = app.post(SMS, &instant_sms("a", "+4740000029")).await;
    assert_eq!((again.status, &again.text), (StatusCode::OK, &first.text));

    app.turn(200);
    app.notify.run_due().await;
    assert_eq!(app.gateway.requests(), 1);
    assert_eq!(app.status(&first.shipment()).await, "SMS_Sending");
    let states: Vec<String> =
        app.store.read(|tx| tx.all("SELECT state FROM attempts", store::params![])).await.expect("rows");
    assert_eq!(states, ["unknown"]);

    // Nobody ever learns how it ended, so it ends when its time is up.
    app.turn(300 + 301);
    app.notify.run_due().await;
    assert_eq!(app.status(&first.shipment()).await, "SMS_Failed_TTL");
}

/// Covers: NA-110
#[tokio::test]
async fn a_refused_number_is_no_error_of_the_request() {
    let app = TestApp::start().await;
    let answer = app.post(SMS, &instant_sms("a", "+4740000011")).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let manifest = app.manifest(&answer.shipment()).await;
    assert_eq!(manifest["recipients"][0]["status"], "SMS_Failed_InvalidRecipient");
    assert_eq!(manifest["status"], "Order_Completed");
    assert_eq!(app.feed("").await.len(), 1);
}

/// Covers: NA-101, NA-102, NA-103, NA-104, NA-105, NP-22
#[tokio::test]
async fn every_member_of_an_sms_is_checked() {
    let app = TestApp::start().await;
    let good = instant_sms("a", "+4740000008");
    let seconds = "/recipientSms/timeToLiveInSeconds";
    let wrong = [
        (with(good.clone(), seconds, 59.into()), "RecipientSms.TimeToLiveInSeconds"),
        (with(good.clone(), seconds, 172_801.into()), "RecipientSms.TimeToLiveInSeconds"),
        (
            with(good.clone(), "/recipientSms/smsSettings/body", "  ".into()),
            "RecipientSms.ShortMessageContent.Body",
        ),
        (with(good.clone(), "/recipientSms/phoneNumber", "40000001".into()), "RecipientSms.PhoneNumber"),
        (with(good.clone(), "/recipientSms/phoneNumber", 7.into()), "$.recipientSms.phoneNumber"),
        (with(good.clone(), "/idempotencyId", " ".into()), "IdempotencyId"),
        (with(good.clone(), "/idempotencyId", "x".repeat(513).into()), "IdempotencyId"),
    ];
    for (body, key) in wrong {
        assert_eq!(app.post(SMS, &body).await.keys(), [key]);
    }
    let mut absent = good.clone();
    absent["recipientSms"].as_object_mut().expect("an object").remove("timeToLiveInSeconds");
    assert_eq!(app.post(SMS, &absent).await.keys(), ["$.recipientSms"]);
    assert_eq!(app.gateway.requests(), 0);

    for (key, bound) in [("least", 60), ("most", 172_800)] {
        let body = with(with(good.clone(), seconds, bound.into()), "/idempotencyId", key.into());
        assert_eq!(app.post(SMS, &body).await.status, StatusCode::CREATED);
    }
    let minutes: Vec<u32> = app.gateway.captured().all().iter().map(|sms| sms.ttl_minutes).collect();
    assert_eq!(minutes, [1, 2880]);
}

/// Covers: NA-117
#[tokio::test]
async fn the_older_shape_has_keys_of_its_own() {
    let app = TestApp::start().await;
    let key = "InstantNotificationRecipient.ShortMessageDeliveryDetails.TimeToLiveInSeconds";
    assert_eq!(app.post(EITHER, &either("a", 59)).await.keys(), [key]);
    assert_eq!(app.post(EITHER, &either("a", 60)).await.status, StatusCode::CREATED);
}

/// Covers: NA-111
#[tokio::test]
async fn night_does_not_hold_an_instant_sms_back() {
    let app = TestApp::start().await;
    app.turn(12 * 3600);
    let answer = app.post(SMS, &instant_sms("a", "+4740000008")).await;
    assert_eq!((answer.status, app.sms_taken()), (StatusCode::CREATED, 1));
}

/// Covers: NA-113
#[tokio::test]
async fn an_email_is_handed_over_before_the_answer() {
    let app = TestApp::start().await;
    let answer = app.post(EMAIL, &instant_email("a", "kari@fjord.example")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert!(app.mail.captured().total() >= 1);
    let manifest = app.manifest(&answer.shipment()).await;
    assert_eq!(manifest["recipients"][0]["type"], "Email");
    assert_eq!(manifest["recipients"][0]["status"], "Email_Succeeded");
}

/// Covers: NA-114, NA-115
#[tokio::test]
async fn every_member_of_an_email_is_checked() {
    let app = TestApp::start().await;
    let good = instant_email("a", "kari@fjord.example");
    let settings = "InstantEmailDetails.EmailSettings";
    let bad_address = with(good.clone(), "/recipientEmail/emailAddress", "kari@".into());
    assert_eq!(app.post(EMAIL, &bad_address).await.keys(), ["InstantEmailDetails.EmailAddress"]);
    let blank = with(good.clone(), "/recipientEmail/emailSettings/subject", " ".into());
    assert_eq!(app.post(EMAIL, &blank).await.keys(), [format!("{settings}.Subject")]);
    let mut sender = good.clone();
    sender["recipientEmail"]["emailSettings"]["senderEmailAddress"] = "".into();
    assert_eq!(app.post(EMAIL, &sender).await.keys(), [format!("{settings}.SenderEmailAddress")]);
    let mut format = good;
    format["recipientEmail"]["emailSettings"]["contentType"] = "Markdown".into();
    assert_eq!(app.post(EMAIL, &format).await.keys(), ["$.recipientEmail.emailSettings.contentType"]);
}

/// Covers: NA-116, NA-193
#[tokio::test]
async fn an_email_that_must_wait_goes_the_ordinary_way() {
    let app = TestApp::start().await;
    let answer = app.post(EMAIL, &instant_email("a", "transient@fjord.example")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(app.status(&answer.shipment()).await, "Email_New");

    for _ in 0..5 {
        app.turn(60);
        app.notify.run_due().await;
    }
    assert_eq!(app.status(&answer.shipment()).await, "Email_Succeeded");
}

/// Covers: NA-121
#[tokio::test]
async fn a_caller_that_hangs_up_changes_nothing() {
    let app = TestApp::start().await;
    let request = app.request(reqwest::Method::POST, SMS).bearer_auth(app.bym());
    // The simulated gateway answers this number after three seconds; the caller does not wait.
    let request = request.json(&instant_sms("a", "+4740000015"));
    let hung_up = request.timeout(std::time::Duration::from_millis(300)).send().await;
    assert!(hung_up.is_err_and(|error| error.is_timeout()));

    let taken = app.gateway.captured().wait_for(|sms| sms.taken, PATIENCE).await;
    assert!(taken.is_some());
    let again = app.post(SMS, &instant_sms("a", "+4740000015")).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text);
    assert_eq!(app.gateway.requests(), 1);
    assert_eq!(app.manifest(&again.shipment()).await["type"], "Instant");
}

#[tokio::test]
async fn who_finds_no_place_is_told_in_time_and_keeps_the_key() {
    let app = TestApp::start_with(|config| {
        config.instant_at_once = 1;
        config.instant_wait_seconds = 2;
    });
    let app = std::sync::Arc::new(app.await);
    // The one place is taken for two seconds by a number that the simulated gateway is slow about.
    let (asking, token) = (std::sync::Arc::clone(&app), app.bym());
    let first =
        tokio::spawn(async move { asking.post_as(&token, SMS, &instant_sms("a", "+4740000015")).await });
    app.gateway.captured().wait_for(|sms| sms.taken, PATIENCE).await.expect("a hand-over");

    let second = app.post(SMS, &instant_sms("b", "+4740000008")).await;
    assert_eq!(second.status, StatusCode::SERVICE_UNAVAILABLE, "{}", second.text);
    assert_eq!(second.json()["code"], "NOT-00004");
    assert_eq!(first.await.expect("no panic").status, StatusCode::CREATED);
    assert_eq!(app.gateway.requests(), 1);
    assert_eq!(app.post(SMS, &instant_sms("b", "+4740000008")).await.status, StatusCode::CREATED);
}
