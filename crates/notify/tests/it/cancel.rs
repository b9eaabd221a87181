//! Taking orders back.

use http::StatusCode;
use serde_json::json;

use crate::app::{TestApp, sms_order};

async fn order_in(app: &TestApp, key: &str, seconds: i64) -> String {
    let mut body = sms_order(key, "+4740000008");
    body["requestedSendTime"] = app.in_seconds(seconds).into();
    let answer = app.post("/future/orders", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.shipment()
}

/// Covers: NA-155, NA-157, NA-161, NA-162
#[tokio::test]
async fn an_order_is_cancelled_in_time_and_sends_nothing() {
    let app = TestApp::start().await;
    let shipment = order_in(&app, "a", 360).await;
    for _ in 0..2 {
        let answer = app.put(&format!("/orders/{shipment}/cancel")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.json()["processingStatus"]["status"], "Cancelled");
    }
    assert_eq!(app.manifest(&shipment).await["status"], "Order_Cancelled");
    let feed = app.feed("").await;
    assert_eq!((feed.len(), &feed[0]["status"]), (1, &"Order_Cancelled".into()));

    app.turn(3600);
    app.notify.run_due().await;
    assert_eq!((app.sms_taken(), app.manifest(&shipment).await["recipients"].clone()), (0, json!([])));
}

/// Covers: NA-156, NA-158, NA-159
#[tokio::test]
async fn what_is_about_to_go_or_has_gone_cannot_be_cancelled() {
    let app = TestApp::start().await;
    let soon = order_in(&app, "a", 240).await;
    let answer = app.put(&format!("/orders/{soon}/cancel")).await;
    assert_eq!((answer.status, &answer.json()["title"]), (StatusCode::CONFLICT, &"Conflict".into()));
    assert_eq!(app.manifest(&soon).await["status"], "Order_Registered");

    app.turn(240);
    app.notify.run_due().await;
    app.report(&app.last_reference(), "DELIVRD").await;
    assert_eq!(app.manifest(&soon).await["status"], "Order_Completed");
    assert_eq!(app.put(&format!("/orders/{soon}/cancel")).await.status, StatusCode::CONFLICT);

    let unknown = app.put("/orders/a8d4b6a2-8a54-4b7a-b1cf-6f8e2a7b9c11/cancel").await;
    assert_eq!((unknown.status, &unknown.json()["title"]), (StatusCode::NOT_FOUND, &"Not Found".into()));
    assert_eq!(app.put("/orders/abc/cancel").await.keys(), ["id"]);
}

/// Covers: NA-160
#[tokio::test]
async fn reminders_live_on_when_their_main_order_is_cancelled() {
    let app = TestApp::start().await;
    let mut body = sms_order("a", "+4740000008");
    body["requestedSendTime"] = app.in_seconds(3600).into();
    body["reminders"] = json!([{ "delayDays": 1, "recipient": body["recipient"].clone() }]);
    let answer = app.post("/future/orders", &body).await;
    app.put(&format!("/orders/{}/cancel", answer.shipment())).await;
    let reminder = answer.json()["notification"]["reminders"][0]["shipmentId"].clone();
    let manifest = app.manifest(reminder.as_str().expect("an id")).await;
    assert_eq!(manifest["status"], "Order_Registered");
}
