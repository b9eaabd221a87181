//! How requests are read and refused.

use http::{StatusCode, header};
use reqwest::Method;
use serde_json::json;

use crate::app::{API, TestApp, instant_sms, sms_order};

/// Covers: NA-21, NA-22
#[tokio::test]
async fn names_match_in_any_case_and_unknown_members_are_passed_over() {
    let app = TestApp::start().await;
    let body = json!({
        "IDEMPOTENCYID": "a", "unknown": { "x": [1] },
        "recipientsms": { "PhoneNumber": "+4740000008", "TIMETOLIVEINSECONDS": "300", "more": null,
            "smsSettings": { "Body": "Hei" } },
    });
    let answer = app.post("/future/orders/instant/sms", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert!(answer.json()["notification"].get("sendersReference").is_none());
}

/// Covers: NA-27, NA-28, NA-29, NA-32
#[tokio::test]
async fn paths_methods_and_types_are_those_of_the_contract() {
    let app = TestApp::start().await;
    let text = app.request(Method::POST, "/future/orders").bearer_auth(app.bym());
    let text = text.header(header::CONTENT_TYPE, "text/plain").body("{}");
    assert_eq!(TestApp::send(text).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    assert_eq!(app.get("/future/orders").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let spelled = "/NOTIFICATIONS/API/V1/Future/Shipment/Feed";
    for path in [spelled.to_owned(), format!("{spelled}/?seq=0"), format!("{API}/future/shipment/feed/")] {
        let answer = app.get(&path).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "[]"), "{path}");
    }
    let unknown = app.get("/notifications/api/v1/future/nothing").await;
    assert_eq!((unknown.status, unknown.text.as_str()), (StatusCode::NOT_FOUND, ""));

    let health = TestApp::send(app.request(Method::GET, "/health")).await;
    assert_eq!((health.status, health.text.as_str()), (StatusCode::OK, "Healthy"));
}

/// Covers: NA-30, NA-31, NA-33
#[tokio::test]
async fn what_is_not_json_is_told_where() {
    let app = TestApp::start().await;
    for body in ["", "{", "[]", "null", "{\"idempotencyId\": \"a\"", &"[".repeat(40)] {
        let request = app.request(Method::POST, "/future/orders").bearer_auth(app.bym());
        let request = request.header(header::CONTENT_TYPE, "application/json; charset=utf-8");
        let answer = TestApp::send(request.body(body.to_owned())).await;
        assert!(answer.keys().iter().all(|key| key.starts_with('$')), "{body}: {}", answer.text);
        let problem = answer.json();
        assert_eq!(problem["status"], 400);
        assert_eq!(problem["title"], "One or more validation errors occurred.");
        assert!(problem["type"].as_str().is_some_and(|kind| kind.ends_with("#section-15.5.1")));
        let trace = problem["traceId"].as_str().expect("a trace id");
        let request_id = answer.headers["x-request-id"].to_str().expect("text");
        assert!(trace.contains(request_id), "{trace} {request_id}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let app = TestApp::start_with(|config| config.body_bytes = 2000).await;
    let mut body = instant_sms("a", "+4740000001");
    body["recipientSms"]["smsSettings"]["body"] = "x".repeat(2000).into();
    let answer = app.post("/future/orders/instant/sms", &body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(app.sms_taken(), 0);
}

/// Covers: NA-34, NA-35
#[tokio::test]
async fn missing_members_come_alone_and_broken_rules_together() {
    let app = TestApp::start().await;
    let mut body = sms_order("a", "40000001");
    body["conditionEndpoint"] = "ftp://x.no/a".into();
    body["requestedSendTime"] = app.in_seconds(-1).into();
    let rules = app.post("/future/orders", &body).await;
    assert_eq!(
        rules.keys(),
        ["ConditionEndpoint", "Recipient.RecipientSms.PhoneNumber", "RequestedSendTime"]
    );

    body.as_object_mut().expect("an object").remove("idempotencyId");
    assert_eq!(app.post("/future/orders", &body).await.keys(), ["$"]);
}

#[tokio::test]
async fn everything_shown_is_declared_as_json_in_utf_8() {
    let app = TestApp::start().await;
    let shipment = app.post("/future/orders", &sms_order("a", "+4740000008")).await.shipment();
    for path in [
        format!("/future/shipment/{shipment}"),
        "/future/shipment/feed".to_owned(),
        format!("/orders/{shipment}"),
        format!("/orders/{shipment}/status"),
        format!("/orders/{shipment}/notifications/sms"),
        "/orders?sendersReference=x".to_owned(),
    ] {
        let answer = app.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json; charset=utf-8", "{path}");
    }
}

#[tokio::test]
async fn a_reminder_beyond_the_end_of_the_calendar_is_named() {
    let app = TestApp::start().await;
    let mut order = sms_order("a", "+4740000008");
    order["requestedSendTime"] = "9999-12-01T00:00:00Z".into();
    order["reminders"] = json!([{ "delayDays": 365, "recipient": order["recipient"].clone() }]);
    assert_eq!(app.post("/future/orders", &order).await.keys(), ["Reminders[0].DelayDays"]);
}

#[tokio::test]
async fn text_that_no_database_can_keep_is_refused() {
    let app = TestApp::start().await;
    let mut order = sms_order("a", "+4740000008");
    order["idempotencyId"] = "a\0b".into();
    assert_eq!(app.post("/future/orders", &order).await.keys(), ["$.idempotencyId"]);
    let mut order = sms_order("a", "+4740000008");
    order["recipient"]["recipientSms"]["smsSettings"]["body"] = "Hei\0".into();
    assert_eq!(
        app.post("/future/orders", &order).await.keys(),
        ["$.recipient.recipientSms.smsSettings.body"]
    );
    let mut sms = instant_sms("a", "+4740000008");
    sms["sendersReference"] = "\0".into();
    assert_eq!(app.post("/future/orders/instant/sms", &sms).await.keys(), ["$.sendersReference"]);
    assert_eq!(app.get("/orders?sendersReference=a%00").await.keys(), ["sendersReference"]);
}

#[tokio::test]
async fn a_path_that_is_no_text_names_nothing() {
    let app = TestApp::start().await;
    for path in ["/orders/%FF", "/future/webhooks/%C3", "/future/orders/bulk/%80/"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
        assert_eq!(answer.json()["title"], "Not Found");
    }
}
