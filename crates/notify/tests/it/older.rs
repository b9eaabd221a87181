//! The older endpoints that make orders: what they take, refuse and answer.

use http::StatusCode;
use serde_json::{Value, json};

use crate::app::{Answer, FJORD, KARI, OLA, RESERVED, TestApp, instant_sms, sms_order};

pub const ANY: &str = "/orders";
pub const EMAIL: &str = "/orders/email";
pub const SMS: &str = "/orders/sms";

/// An order on a channel, with both templates.
pub fn order(channel: &str, recipients: &Value) -> Value {
    json!({
        "notificationChannel": channel,
        "sendersReference": "kampanje-3",
        "recipients": recipients,
        "emailTemplate": { "subject": "Melding", "body": "Hei" },
        "smsTemplate": { "body": "Hei" },
    })
}

pub fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    answer.json()["orderId"].as_str().expect("an id").to_owned()
}

fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

fn to(number: &str) -> Value {
    json!([{ "mobileNumber": number }])
}

/// Covers: NA-130, NA-131, NA-141, NA-142
#[tokio::test]
async fn an_order_is_taken_and_each_call_makes_a_new_one() {
    let app = TestApp::start().await;
    let body = with(order("Sms", &to("+4740000008")), "resourceId", "app_bym_byggesak");
    let answer = app.post(ANY, &body).await;
    let id = id_of(&answer);

    let location = answer.headers["location"].to_str().expect("text");
    assert!(location.ends_with(&format!("/notifications/api/v1/orders/{id}")), "{location}");
    assert_eq!(answer.json().as_object().map(serde_json::Map::len), Some(1), "{}", answer.text);
    assert_ne!(id_of(&app.post(ANY, &body).await), id);

    let email = json!({ "subject": "a\r\nb", "body": "Hei", "contentType": "html",
        "recipients": [{ "emailAddress": "kari@fjord.example" }] });
    let email = id_of(&app.post(EMAIL, &email).await);
    let sms = json!({ "body": "Hei", "senderNumber": "", "recipients": to("+4740000008") });
    let sms = id_of(&app.post(SMS, &sms).await);
    let shown = app.get(&format!("/orders/{email}")).await.json();
    assert_eq!(shown["notificationChannel"], "Email");
    assert_eq!(shown["emailTemplate"], json!({ "subject": "a b", "body": "Hei", "contentType": "Html" }));
    let shown = app.get(&format!("/orders/{sms}")).await.json();
    assert_eq!(
        (&shown["notificationChannel"], &shown["smsTemplate"]["body"]),
        (&"Sms".into(), &"Hei".into())
    );
}

/// Covers: NA-25, NA-26, NA-152
#[tokio::test]
async fn both_generations_read_what_either_made() {
    let app = TestApp::start().await;
    let recipients = json!([{ "nationalIdentityNumber": KARI }, { "organizationNumber": FJORD },
        { "emailAddress": "ola@fjord.example" }]);
    let mut body = order("EmailPreferred", &recipients);
    body["requestedSendTime"] = "2026-03-02T12:30:00.25+02:00".into();
    body["conditionEndpoint"] = "https://vilkaar.bym.example/sak?id=7".into();
    body["resourceId"] = "urn:altinn:resource:app_bym_byggesak".into();
    body["resourceAction"] = "write".into();
    body["ignoreReservation"] = false.into();
    let id = id_of(&app.post(ANY, &body).await);

    let shown = app.get(&format!("/orders/{id}")).await.json();
    assert_eq!(shown["recipients"], recipients);
    let kept = ["conditionEndpoint", "resourceId", "resourceAction", "ignoreReservation", "sendersReference"];
    for name in kept {
        assert_eq!(shown[name], body[name], "{name}");
    }
    assert_eq!(shown["requestedSendTime"], "2026-03-02T10:30:00.25Z");
    assert!(shown["created"].as_str().is_some_and(|at| at.ends_with('Z')));
    let manifest = app.manifest(&id).await;
    assert_eq!(
        (&manifest["type"], &manifest["status"], &manifest["recipients"]),
        (&"Notification".into(), &"Order_Registered".into(), &json!([]))
    );
    assert!(manifest["lastUpdate"].as_str().is_some_and(|at| at.ends_with('Z')));

    let newer = app
        .post(
            "/future/orders",
            &json!({ "idempotencyId": "a", "recipient":
        sms_order("", "+4740000008")["recipient"] }),
        )
        .await
        .shipment();
    let shown = app.get(&format!("/orders/{newer}")).await.json();
    assert_eq!((&shown["id"], &shown["recipients"]), (&newer.as_str().into(), &to("+4740000008")));
    for absent in
        ["sendersReference", "conditionEndpoint", "resourceId", "ignoreReservation", "emailTemplate"]
    {
        assert!(shown.get(absent).is_none(), "{absent}");
    }
    assert!(!shown.to_string().contains("null") && !manifest.to_string().contains("null"));
}

/// Covers: NA-132, NA-135, NA-136, NA-137, NA-138, NA-139, NA-140, NA-154
#[tokio::test]
async fn what_is_wrong_is_named_by_its_key() {
    let app = TestApp::start().await;
    let one = to("+4740000008");
    let mut nothing = order("EmailAndSms", &json!([]));
    nothing.as_object_mut().expect("an object").retain(|name, _| name == "notificationChannel");
    let without = |mut body: Value, name: &str| {
        body.as_object_mut().expect("an object").remove(name);
        body
    };
    let preferred = || order("EmailPreferred", &one);
    let cases: Vec<(&str, Value, &[&str])> = vec![
        (ANY, without(order("Sms", &one), "notificationChannel"), &["NotificationChannel"]),
        (ANY, with(order("Sms", &one), "notificationChannel", 7), &["NotificationChannel"]),
        (ANY, order("Email", &json!([])), &["Recipients"]),
        (ANY, without(order("Sms", &one), "recipients"), &["Recipients"]),
        (ANY, order("Email", &one), &["Recipients[0]"]),
        (ANY, order("Sms", &json!([{ "emailAddress": "kari@fjord.example" }])), &["Recipients[0]"]),
        (ANY, order("SmsPreferred", &json!([{ "isReserved": true }])), &["Recipients[0]"]),
        (
            ANY,
            order(
                "Email",
                &json!([{ "nationalIdentityNumber": KARI, "emailAddress": "kari@fjord.example" }]),
            ),
            &["Recipients[0]"],
        ),
        (
            ANY,
            order(
                "Sms",
                &json!([{ "mobileNumber": "+4740000008" },
                { "organizationNumber": FJORD, "nationalIdentityNumber": OLA }]),
            ),
            &["Recipients[1]"],
        ),
        (ANY, order("Sms", &to("40000008")), &["Recipients[0].MobileNumber"]),
        (ANY, order("Email", &json!([{ "emailAddress": "kari" }])), &["Recipients[0].EmailAddress"]),
        (
            ANY,
            order(
                "EmailPreferred",
                &json!([{ "nationalIdentityNumber": "1" }, { "organizationNumber": "1" }]),
            ),
            &["Recipients[0].NationalIdentityNumber", "Recipients[1].OrganizationNumber"],
        ),
        (ANY, without(preferred(), "smsTemplate"), &["SmsTemplate"]),
        (ANY, without(preferred(), "emailTemplate"), &["EmailTemplate"]),
        (ANY, with(preferred(), "smsTemplate", json!({ "body": " " })), &["SmsTemplate.Body"]),
        (ANY, with(preferred(), "emailTemplate", json!({ "subject": "a" })), &["EmailTemplate.Body"]),
        (
            ANY,
            with(preferred(), "emailTemplate", json!({ "subject": " ", "body": "a" })),
            &["EmailTemplate.Subject"],
        ),
        (ANY, nothing, &["EmailTemplate", "Recipients", "SmsTemplate"]),
        (ANY, with(preferred(), "resourceAction", "read"), &["ResourceAction"]),
        (ANY, with(preferred(), "notificationChannel", "Fax"), &["$.notificationChannel"]),
        (EMAIL, json!({ "subject": " ", "body": "a", "recipients": [] }), &["Subject"]),
        (EMAIL, json!({ "subject": "a", "body": "a", "recipients": to("+4740000008") }), &["Recipients[0]"]),
        (SMS, json!({ "body": "", "recipients": one }), &["Body"]),
    ];
    for (path, body, expected) in cases {
        assert_eq!(app.post(path, &body).await.keys(), expected, "{path} {body}");
    }
}

/// Covers: NA-133, NA-134
#[tokio::test]
async fn five_minutes_late_will_do_and_a_condition_needs_a_public_name() {
    let app = TestApp::start().await;
    let at = |seconds| with(order("Sms", &to("+4740000008")), "requestedSendTime", app.in_seconds(seconds));
    id_of(&app.post(ANY, &at(-4 * 60)).await);
    id_of(&app.post(ANY, &at(-5 * 60)).await);
    assert_eq!(app.post(ANY, &at(-6 * 60)).await.keys(), ["RequestedSendTime"]);
    let without_zone = with(at(0), "requestedSendTime", "2030-01-01T10:00:00");
    assert_eq!(app.post(ANY, &without_zone).await.keys(), ["RequestedSendTime"]);
    let null = with(at(0), "requestedSendTime", Value::Null);
    assert_eq!(app.post(ANY, &null).await.keys(), ["$.requestedSendTime"]);

    for wrong in ["http://localhost/x", "https://127.0.0.1/x", "ftp://a.no/x", "/x", "https://intern/x"] {
        let body = with(order("Sms", &to("+4740000008")), "conditionEndpoint", wrong);
        assert_eq!(app.post(ANY, &body).await.keys(), ["ConditionEndpoint"], "{wrong}");
    }
    let body = with(order("Sms", &to("+4740000008")), "conditionEndpoint", "https://vilkaar.bym.example/x");
    id_of(&app.post(ANY, &body).await);
}

/// Covers: NA-143, NA-144, NA-145
#[tokio::test]
async fn whoever_cannot_be_reached_is_named_and_stops_nothing() {
    let app = TestApp::start().await;
    let ask = async |channel, recipients| {
        let answer = app.post(ANY, &order(channel, &recipients)).await;
        id_of(&answer);
        answer.json()["recipientLookup"].clone()
    };
    let organization = |number: &str| json!({ "organizationNumber": number });
    let person = |number: &str| json!({ "nationalIdentityNumber": number });
    let said = |status: &str, reserved: &[&str], missing: &[&str]| {
        json!({ "status": status,
        "isReserved": reserved, "missingContact": missing })
    };
    let unknown = "310000027";

    let two = json!([organization(FJORD), organization(unknown)]);
    assert_eq!(ask("Email", two).await, said("PartialSuccess", &[], &[unknown]));
    let none = json!([organization(unknown), person(OLA)]);
    assert_eq!(ask("Email", none).await, said("Failed", &[], &[unknown, OLA]));
    let reserved = json!([person(RESERVED), person(KARI)]);
    assert_eq!(ask("Email", reserved).await, said("PartialSuccess", &[RESERVED], &[]));
    let all = json!([person(OLA), person(KARI), person(OLA), { "emailAddress": "a@b.no" }]);
    assert_eq!(ask("EmailPreferred", all).await, said("Success", &[], &[]));
    let mut ignoring = order("Email", &json!([person(RESERVED)]));
    ignoring["ignoreReservation"] = true.into();
    let ignoring = app.post(ANY, &ignoring).await.json();
    assert_eq!(ignoring["recipientLookup"], said("Success", &[RESERVED], &[]));
}

/// Covers: NA-211
#[tokio::test]
async fn orders_of_the_older_endpoints_and_instant_ones_are_in_the_feed() {
    let app = TestApp::start().await;
    // The gateway reports these as delivered by itself.
    let number = "+4740000002";
    let older = id_of(&app.post(SMS, &json!({ "body": "Hei", "recipients": to(number) })).await);
    let instant = app.post("/future/orders/instant/sms", &instant_sms("a", number)).await.shipment();
    app.notify.run_due().await;
    for shipment in [&older, &instant] {
        app.wait_for(shipment, "Order_Completed").await;
    }

    let feed = app.feed("").await;
    let entry = |id: &str| {
        let entry = feed.iter().find(|entry| entry["shipmentId"] == id).expect("an entry");
        let recipients = entry["recipients"].as_array().expect("a list");
        (entry["shipmentType"].clone(), entry["status"].clone(), recipients.len())
    };
    assert_eq!(entry(&older), ("Notification".into(), "Order_Completed".into(), 1));
    assert_eq!(entry(&instant), ("Instant".into(), "Order_Completed".into(), 1));
    assert_eq!(feed.len(), 2);
}
