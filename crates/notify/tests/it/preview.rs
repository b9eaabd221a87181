//! Told before anything is sent.

use http::StatusCode;
use serde_json::{Value, json};

use crate::app::{CREATE, KARI, OLA, RESERVED, TestApp, email_order, person_order, sms_order};

const DRY_RUN: &str = "/future/orders/dry-run";
const PREVIEW: &str = "/future/sms/preview";

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let found = app.store.read(move |tx| tx.one::<i64>(sql, store::params![])).await;
    Result::<_, store::Error>::expect(found, "a number")
}

fn message(answer: &Value) -> &Value {
    &answer["orders"][0]["messages"][0]
}

#[tokio::test]
async fn a_text_is_measured_and_a_cheaper_one_is_offered() {
    let app = TestApp::start().await;
    let dear = app.post(PREVIEW, &json!({ "body": "“Čáhci” – 10 €" })).await.json();
    assert_eq!((&dear["encoding"], &dear["parts"], &dear["units"]), (&json!("UCS-2"), &json!(1), &json!(14)));
    let first = json!({ "character": "“", "codePoint": "U+201C", "replacement": "\"" });
    assert_eq!((&dear["offending"][0], dear["offending"].as_array().map(Vec::len)), (&first, Some(5)));
    assert_eq!(dear["alternative"], json!({ "text": "\"Cahci\" - 10 €", "parts": 1 }));

    let cheap = app.post(PREVIEW, &json!({ "body": "å".repeat(161) })).await.json();
    assert_eq!(cheap, json!({ "encoding": "GSM-7", "units": 161, "parts": 2 }));
    let emoji = app.post(PREVIEW, &json!({ "body": "😀".repeat(67) })).await.json();
    assert_eq!((&emoji["parts"], emoji.get("alternative")), (&json!(3), None));
    assert_eq!(app.post(PREVIEW, &json!({})).await.keys(), ["$"]);
    let other = app.post_as(&app.token("bym", "other"), PREVIEW, &json!({ "body": "Hei" })).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_dry_run_says_who_gets_what_and_when_and_stores_nothing() {
    let app = TestApp::start().await;
    let mut order = sms_order("a", "+4740000001");
    let settings = json!({ "body": "Žal".repeat(30), "sendingTimePolicy": "Daytime" });
    order["recipient"]["recipientSms"]["smsSettings"] = settings;
    // Nine in the evening in Norway.
    order["requestedSendTime"] = "2026-03-02T20:00:00Z".into();
    let mut reminder = email_order("b", "kari@fjord.example");
    reminder.as_object_mut().expect("an object").retain(|name, _| name == "recipient");
    reminder["delayDays"] = 7.into();
    order["reminders"] = json!([reminder]);

    let answer = app.post(DRY_RUN, &order).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let answer = answer.json();
    let first = message(&answer);
    assert_eq!((&first["type"], &first["destination"]), (&json!("SMS"), &json!("+4740000001")));
    assert_eq!((&first["wouldSend"], &first["status"]), (&json!(true), &json!("SMS_New")));
    assert_eq!(first["notBefore"], "2026-03-03T08:00:00Z");
    assert_eq!((&first["sms"]["encoding"], &first["sms"]["parts"]), (&json!("UCS-2"), &json!(2)));
    assert_eq!(first["sms"]["alternative"]["parts"], 1);
    assert_eq!((&answer["orders"][0]["smsParts"], &answer["orders"][0]["emails"]), (&json!(2), &json!(0)));
    let reminder = &answer["orders"][1];
    assert_eq!(
        (&reminder["type"], &reminder["requestedSendTime"]),
        (&json!("Reminder"), &json!("2026-03-09T20:00:00Z"))
    );
    assert_eq!((&reminder["messages"][0]["type"], &reminder["emails"]), (&json!("Email"), &json!(1)));
    assert_eq!(answer["alreadyRegistered"], false);

    for table in ["notify_chains", "notify_orders", "notify_notifications", "jobs"] {
        let sql: &'static str = Box::leak(format!("SELECT count(*) FROM {table}").into_boxed_str());
        assert_eq!(count(&app, sql).await, 0, "{table}");
    }
    app.post("/future/orders", &order).await;
    assert_eq!(app.post(DRY_RUN, &order).await.json()["alreadyRegistered"], true);
}

#[tokio::test]
async fn what_a_register_knows_is_shown_in_part_only() {
    let app = TestApp::start().await;
    let kari = app.post(DRY_RUN, &person_order("a", KARI, "EmailPreferred")).await;
    assert_eq!(message(&kari.json())["destination"], "k***@***.example");
    assert!(!kari.text.contains("kari@") && !kari.text.contains("Nordmann"), "{}", kari.text);
    let ola = app.post(DRY_RUN, &person_order("b", OLA, "SmsPreferred")).await.json();
    assert_eq!((&message(&ola)["type"], &message(&ola)["destination"]), (&json!("SMS"), &json!("***98")));
    let reserved = app.post(DRY_RUN, &person_order("c", RESERVED, "Email")).await.json();
    assert_eq!(message(&reserved)["wouldSend"], false);
    assert_eq!(message(&reserved)["status"], "Email_Failed_RecipientReserved");
}

#[tokio::test]
async fn a_dry_run_is_refused_as_the_order_would_be() {
    let app = TestApp::start().await;
    let orders = [json!({}), sms_order("a", "no number"), person_order("b", "99999999999", "Sms"), {
        let mut late = sms_order("c", "+4740000001");
        late["requestedSendTime"] = "2020-01-01T00:00:00Z".into();
        late
    }];
    for order in orders {
        let dry = app.post(DRY_RUN, &order).await;
        let real = app.post("/future/orders", &order).await;
        assert_ne!(real.status, StatusCode::CREATED, "{order}");
        let told = |answer: &crate::app::Answer| {
            let json = answer.json();
            (answer.status, json["errors"].clone(), json["code"].clone())
        };
        assert_eq!(told(&dry), told(&real), "{order}");
    }
    let other = app.post_as(&app.token("bym", "other"), DRY_RUN, &json!({})).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_a_message_took_is_told_afterwards_to_its_own_creator() {
    let app = TestApp::start().await;
    let order = app.post("/future/orders", &sms_order("a", "+4740000001")).await.shipment();
    app.notify.run_due().await;
    let path = format!("/future/shipment/{order}/messages");
    let told = app.get(&path).await.json();
    let first = &told["messages"][0];
    assert_eq!((&first["type"], &first["destination"]), (&json!("SMS"), &json!("+4740000001")));
    assert_eq!((&first["sms"]["encoding"], &first["sms"]["parts"]), (&json!("GSM-7"), &json!(1)));
    assert!(first["expires"].is_string());
    let ttd = app.token("ttd", CREATE);
    assert_eq!(app.get_as(&ttd, &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/future/shipment/no-id/messages").await.status, StatusCode::NOT_FOUND);
}
