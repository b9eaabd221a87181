//! What follows when a send condition cannot be asked, and which are never asked.

use http::StatusCode;
use serde_json::{Value, json};
use simulators::condition::Reply;
use web::client::CallLimits;
use web::{AllowedNetworks, GuardedClient};

use crate::app::{TestApp, composed, sms_order};

const ORDERS: &str = "/future/orders";
const DOWN: Reply = Reply::Status(StatusCode::BAD_GATEWAY);

fn conditional(app: &TestApp, key: &str, policy: &str) -> Value {
    let mut body = sms_order(key, "+4740000008");
    body["conditionEndpoint"] = format!("{}/{key}", app.condition_url).into();
    body["conditionFailurePolicy"] = policy.into();
    body
}

async fn causes(app: &TestApp, shipment: &str) -> Vec<String> {
    let id = shipment.parse().expect("an id");
    let steps = app.store.read(move |tx| notify::overview::timeline_of(tx, id)).await.expect("a timeline");
    steps.into_iter().map(|step| format!("{} {}", step.cause, step.detail.unwrap_or_default())).collect()
}

/// Covers: NA-168
#[tokio::test]
async fn whatever_is_no_clear_answer_is_asked_for_again() {
    let app = TestApp::start().await;
    let replies = [
        ("gone", Reply::Status(StatusCode::NO_CONTENT)),
        ("empty", Reply::Body("{}")),
        ("case", Reply::Body(r#"{"SendNotification": true}"#)),
        ("text", Reply::Body(r#"{"sendNotification": "true"}"#)),
    ];
    for (key, reply) in replies {
        app.condition.answer(&format!("/{key}"), reply);
        let answer = app.post(ORDERS, &conditional(&app, key, "Send")).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    }
    app.notify.run_due().await;
    assert_eq!((app.sms_taken(), app.condition.calls().total()), (0, 4));
    for (key, _) in replies {
        app.condition.answer(&format!("/{key}"), Reply::No);
    }
    app.turn(60);
    app.notify.run_due().await;
    assert_eq!((app.sms_taken(), app.condition.calls().total()), (0, 8));
}

#[tokio::test]
async fn the_sender_says_what_follows_when_the_condition_cannot_be_asked() {
    let app = TestApp::start().await;
    let mut shipments = Vec::new();
    for policy in ["Send", "hold", "DROP"] {
        app.condition.answer(&format!("/{policy}"), DOWN);
        shipments.push(app.post(ORDERS, &conditional(&app, policy, policy)).await.shipment());
    }
    for _ in 0..3 {
        app.notify.run_due().await;
        app.turn(60);
    }
    assert_eq!(app.sms_taken(), 1);
    let dropped = app.manifest(&shipments[2]).await;
    assert_eq!(
        (&dropped["status"], &dropped["recipients"]),
        (&"Order_SendConditionNotMet".into(), &json!([]))
    );
    let why = causes(&app, &shipments[2]).await;
    let dropped = "condition unknown, dropped the endpoint answered 502; conditionFailurePolicy Drop";
    assert!(why.iter().any(|cause| cause == dropped), "{why:?}");
    assert_eq!(app.manifest(&shipments[1]).await["status"], "Order_Processing");

    app.condition.answer("/hold", Reply::Yes);
    app.notify.run_due().await;
    assert_eq!(app.sms_taken(), 2);
    assert_eq!(app.manifest(&shipments[1]).await["status"], "Order_Processed");
}

#[tokio::test]
async fn what_is_held_is_dropped_when_its_time_is_up() {
    let app = TestApp::start_with(|config| config.condition_again_after_seconds = vec![60, 12 * 3600]).await;
    app.condition.answer("/a", DOWN);
    let shipment = app.post(ORDERS, &conditional(&app, "a", "Hold")).await.shipment();
    for _ in 0..5 {
        app.notify.run_due().await;
        app.turn(12 * 3600);
    }
    assert_eq!(app.manifest(&shipment).await["status"], "Order_SendConditionNotMet");
    assert_eq!((app.sms_taken(), app.condition.calls().total()), (0, 5));
    assert_eq!(app.feed("").await[0]["status"], "Order_SendConditionNotMet");
}

#[tokio::test]
async fn a_policy_stands_in_orders_and_reminders_and_needs_a_condition() {
    let app = TestApp::start().await;
    let mut body = conditional(&app, "a", "Whatever");
    assert_eq!(app.post(ORDERS, &body).await.keys(), ["$.conditionFailurePolicy"]);
    body = conditional(&app, "a", "Drop");
    body.as_object_mut().expect("an object").remove("conditionEndpoint");
    assert_eq!(app.post(ORDERS, &body).await.keys(), ["ConditionFailurePolicy"]);

    app.condition.answer("/reminder", DOWN);
    let mut body = sms_order("a", "+4740000008");
    let mut reminder = conditional(&app, "reminder", "Drop");
    reminder["delayDays"] = 1.into();
    body["reminders"] = json!([reminder]);
    let answer = app.post(ORDERS, &body).await;
    app.turn(24 * 3600);
    app.notify.run_due().await;
    app.turn(60);
    app.notify.run_due().await;
    assert_eq!(app.sms_taken(), 1);
    let reminder = answer.json()["notification"]["reminders"][0]["shipmentId"].clone();
    let manifest = app.manifest(reminder.as_str().expect("an id")).await;
    assert_eq!(manifest["status"], "Order_SendConditionNotMet");

    app.condition.answer("/c", DOWN);
    let mut body = composed("c", "post@firma.example", &[]);
    body["conditionEndpoint"] = format!("{}/c", app.condition_url).into();
    body["conditionFailurePolicy"] = "Drop".into();
    let shipment = app.compose(&body).await.shipment();
    app.notify.run_due().await;
    app.turn(60);
    app.notify.run_due().await;
    assert_eq!(app.manifest(&shipment).await["status"], "Order_SendConditionNotMet");
}

/// Covers: NA-52
#[tokio::test]
async fn a_condition_inside_is_refused_where_nothing_inside_is_called() {
    let guarded = GuardedClient::new(AllowedNetworks::public_only(), CallLimits::default());
    let app = TestApp::start_guarded(guarded.expect("a client")).await;
    let with = |url: &str| {
        let mut body = sms_order("a", "+4740000008");
        body["conditionEndpoint"] = url.into();
        body
    };
    for inside in ["http://localhost:5000/x", "http://127.0.0.1/x", "http://10.0.0.1/x", "http://[::1]/x"] {
        assert_eq!(app.post(ORDERS, &with(inside)).await.keys(), ["ConditionEndpoint"], "{inside}");
    }
    let mut chain = sms_order("a", "+4740000008");
    let mut reminder = with("http://169.254.169.254/latest");
    reminder["delayDays"] = 1.into();
    chain["reminders"] = json!([reminder]);
    assert_eq!(app.post(ORDERS, &chain).await.keys(), ["Reminders[0].ConditionEndpoint"]);
    let outside = app.post(ORDERS, &with("https://sak.bym.example/x")).await;
    assert_eq!(outside.status, StatusCode::CREATED, "{}", outside.text);
}
