//! Registering orders.

use http::{StatusCode, header};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::app::{KARI, OLA, RESERVED, TestApp, email_order, person_order, sms_order};

const ORDERS: &str = "/future/orders";

fn reminder(extra: &Value) -> Value {
    let mut reminder = json!({ "recipient": sms_order("", "+4740000001")["recipient"].clone() });
    reminder.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
    reminder
}

/// Covers: NA-37, NA-38, NA-39, NA-78, NA-215
#[tokio::test]
async fn a_chain_is_registered_with_its_reminders() {
    let app = TestApp::start().await;
    let mut body = sms_order("a", "+4740000001");
    body["requestedSendTime"] = "2026-09-01T10:00:00+02:00".into();
    body["dialogportenAssociation"] = json!({ "dialogId": "any text" });
    body["reminders"] = json!([
        reminder(&json!({ "delayDays": 7, "sendersReference": "first" })),
        reminder(&json!({ "requestedSendTime": "2026-09-20T08:00:00Z" })),
    ]);
    let answer = app.post(ORDERS, &body).await;

    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let json = answer.json();
    let chain = json["notificationOrderId"].as_str().expect("an id");
    let location = answer.headers[header::LOCATION].to_str().expect("text");
    assert!(location.ends_with(&format!("/notifications/api/v1/orders/chain/{chain}")), "{location}");
    assert_ne!(chain, answer.shipment());
    let reminders = json["notification"]["reminders"].as_array().expect("a list");
    assert_eq!(reminders.len(), 2);
    assert_eq!(
        (&reminders[0]["sendersReference"], reminders[1].get("sendersReference")),
        (&"first".into(), None)
    );

    let first = reminders[0]["shipmentId"].as_str().expect("an id");
    let order = app.get(&format!("/orders/{first}")).await.json();
    assert_eq!(order["requestedSendTime"], "2026-09-08T08:00:00Z");
    let manifest = app.manifest(first).await;
    assert_eq!((&manifest["type"], &manifest["status"]), (&"Reminder".into(), &"Order_Registered".into()));
    assert_eq!(manifest["recipients"], json!([]));
}

/// Covers: NA-40, NA-46, NA-60, NA-62, NA-148
#[tokio::test]
async fn defaults_are_those_of_the_contract() {
    let app = TestApp::start().await;
    let mut body = sms_order("a", "004740000001");
    body["reminders"] = json!([]);
    body["recipient"]["recipientSms"]["smsSettings"] = json!({ "body": "Hei", "sender": " " });
    let answer = app.post(ORDERS, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert!(answer.json()["notification"].get("reminders").is_none());

    app.notify.run_due().await;
    let manifest = app.manifest(&answer.shipment()).await;
    assert_eq!(manifest["recipients"][0]["destination"], "004740000001");
    let sent = app.gateway.captured().all();
    assert_eq!((sent[0].sender.as_str(), sent[0].receiver.as_str()), ("Altinn", "4740000001"));
    let order = app.get(&format!("/orders/{}", answer.shipment())).await.json();
    assert_eq!(order["requestedSendTime"], "2026-03-02T10:00:00Z");
    assert_eq!(order["smsTemplate"]["senderNumber"], "Altinn");
    assert!(order["links"]["self"].as_str().is_some_and(|link| link.ends_with(&answer.shipment())));
    let link = order["links"]["status"].as_str().expect("a link");
    assert!(link.ends_with(&format!("{}/status", answer.shipment())), "{link}");
    let status = app.get(&format!("/orders/{}/status", answer.shipment())).await.json();
    assert!(status.get("recipients").is_none() && status.get("smsTemplate").is_none());
}

/// Covers: NA-123, NA-124, NA-125, NA-127
#[tokio::test]
async fn a_repetition_gets_the_first_answer_whatever_it_says() {
    let app = TestApp::start().await;
    let bad = app.post(ORDERS, &sms_order("A", "40000001")).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);

    let first = app.post(ORDERS, &sms_order("A", "+4740000001")).await;
    assert_eq!(first.status, StatusCode::CREATED);
    for body in [sms_order("A", "+4740000001"), email_order("A", "kari@fjord.example")] {
        let again = app.post(ORDERS, &body).await;
        assert_eq!((again.status, &again.text), (StatusCode::OK, &first.text));
        assert!(!again.headers.contains_key(header::LOCATION));
    }
    for other in ["a", "A "] {
        assert_eq!(app.post(ORDERS, &sms_order(other, "+4740000001")).await.status, StatusCode::CREATED);
    }
    let instant = crate::app::instant_sms("A", "+4740000008");
    assert_eq!(app.post("/future/orders/instant/sms", &instant).await.status, StatusCode::CREATED);
}

/// Covers: NA-129
#[tokio::test]
async fn a_repetition_after_its_time_is_still_a_repetition() {
    let app = TestApp::start().await;
    let mut body = sms_order("a", "+4740000001");
    body["requestedSendTime"] = app.in_seconds(60).into();
    let first = app.post(ORDERS, &body).await;
    app.turn(120);
    let again = app.post(ORDERS, &body).await;
    assert_eq!((again.status, &again.text), (StatusCode::OK, &first.text));
    body["idempotencyId"] = "b".into();
    assert_eq!(app.post(ORDERS, &body).await.keys(), ["RequestedSendTime"]);
}

/// Covers: NA-128
#[tokio::test]
async fn of_twenty_equal_requests_at_once_one_registers() {
    let app = std::sync::Arc::new(TestApp::start().await);
    let token = app.bym();
    let mut all = JoinSet::new();
    for _ in 0..20 {
        let (app, token) = (std::sync::Arc::clone(&app), token.clone());
        all.spawn(async move { app.post_as(&token, ORDERS, &sms_order("a", "+4740000001")).await });
    }
    let answers = all.join_all().await;
    let made = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert_eq!(made, 1);
    assert!(answers.iter().all(|answer| answer.status.is_success() && answer.text == answers[0].text));
    assert_eq!(app.get("/orders?sendersReference=sak-7781").await.json()["count"], 1);
}

/// Covers: NA-41, NA-42, NA-43, NA-44, NA-45, NA-47, NA-48, NA-49, NA-50, NA-51
#[tokio::test]
async fn every_member_of_an_order_is_checked() {
    let app = TestApp::start().await;
    let good = sms_order("a", "+4740000001");
    let set = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let without = |name: &str| {
        let mut body = good.clone();
        body.as_object_mut().expect("an object").remove(name);
        body
    };
    let mut both = good.clone();
    both["recipient"]["recipientEmail"] =
        email_order("", "kari@fjord.example")["recipient"]["recipientEmail"].clone();
    let cases = [
        (without("idempotencyId"), "$"),
        (set("idempotencyId", "".into()), "IdempotencyId"),
        (without("recipient"), "$"),
        (set("recipient", json!({})), "Recipient"),
        (both, "Recipient"),
        (set("requestedSendTime", app.in_seconds(-1).into()), "RequestedSendTime"),
        (set("requestedSendTime", "2030-01-01T10:00:00".into()), "RequestedSendTime"),
        (set("requestedSendTime", Value::Null), "$.requestedSendTime"),
        (set("requestedSendTime", "tomorrow".into()), "$.requestedSendTime"),
        (set("conditionEndpoint", "ftp://x.no/a".into()), "ConditionEndpoint"),
        (set("conditionEndpoint", "/relative".into()), "ConditionEndpoint"),
    ];
    for (body, key) in cases {
        assert_eq!(app.post(ORDERS, &body).await.keys(), [key], "{body}");
    }
}

/// Covers: NA-53, NA-54, NA-55, NA-56, NA-57, NA-58, NA-59
#[tokio::test]
async fn direct_recipients_are_checked() {
    let app = TestApp::start().await;
    let email = |pointer: &str, value: &str| {
        let mut body = email_order("a", "kari@fjord.example");
        let details = &mut body["recipient"]["recipientEmail"];
        match pointer {
            "emailAddress" => details["emailAddress"] = value.into(),
            name => details["emailSettings"][name] = value.into(),
        }
        body
    };
    let settings = "Recipient.RecipientEmail.Settings";
    let cases = [
        (email("emailAddress", "kari@"), "Recipient.RecipientEmail.EmailAddress".to_owned()),
        (email("emailAddress", "a@b.no;c@d.no"), "Recipient.RecipientEmail.EmailAddress".to_owned()),
        (email("sendingTimePolicy", "Daytime"), format!("{settings}.SendingTimePolicy")),
        (email("subject", " "), format!("{settings}.Subject")),
        (email("senderEmailAddress", ""), format!("{settings}.SenderEmailAddress")),
        (sms_order("a", "40000001"), "Recipient.RecipientSms.PhoneNumber".to_owned()),
    ];
    for (body, key) in cases {
        assert_eq!(app.post(ORDERS, &body).await.keys(), [key], "{body}");
    }
    let norwegian = app.post(ORDERS, &email_order("b", "øse_ås@fjord.example")).await;
    assert_eq!(norwegian.status, StatusCode::CREATED);
}

/// Covers: NA-24, NA-64, NA-66, NA-67, NA-68, NA-69, NA-71, NA-72
#[tokio::test]
async fn persons_are_checked() {
    let app = TestApp::start().await;
    let person = |change: &dyn Fn(&mut Value)| {
        let mut body = person_order("a", KARI, "EmailAndSms");
        change(&mut body["recipient"]["recipientPerson"]);
        body
    };
    let drop = |name: &'static str| {
        move |body: &mut Value| drop(body.as_object_mut().expect("an object").remove(name))
    };
    let own = "Recipient.RecipientPerson";
    let cases: [(Value, Vec<String>); 9] = [
        (
            person(&|body| body["nationalIdentityNumber"] = "1385813062".into()),
            vec![format!("{own}.NationalIdentityNumber")],
        ),
        (person(&drop("channelSchema")), vec!["$.recipient.recipientPerson".to_owned()]),
        (
            person(&|body| body["channelSchema"] = "Fax".into()),
            vec!["$.recipient.recipientPerson.channelSchema".to_owned()],
        ),
        (person(&drop("smsSettings")), vec![format!("{own}.SmsSettings")]),
        (
            person(&|body| {
                body["channelSchema"] = "EmailPreferred".into();
                drop("smsSettings")(body);
                drop("emailSettings")(body);
            }),
            vec![format!("{own}.EmailSettings"), format!("{own}.SmsSettings")],
        ),
        (
            person(&|body| {
                body["channelSchema"] = "Email".into();
                body["smsSettings"]["body"] = " ".into();
            }),
            vec![format!("{own}.SmsSettings.Body")],
        ),
        (person(&|body| body["resourceId"] = "bym-byggesak".into()), vec![format!("{own}.ResourceId")]),
        (
            person(&|body| body["resourceId"] = "urn:altinn:resource:".into()),
            vec![format!("{own}.ResourceId")],
        ),
        (person(&|body| body["resourceAction"] = "read".into()), vec![format!("{own}.ResourceAction")]),
    ];
    for (body, keys) in cases {
        assert_eq!(app.post(ORDERS, &body).await.keys(), keys, "{body}");
    }
    let right = person(&|body| {
        body["resourceId"] = "urn:altinn:resource:x".into();
        body["resourceAction"] = "".into();
    });
    assert_eq!(app.post(ORDERS, &right).await.status, StatusCode::CREATED);
}

/// Covers: NA-70, NA-73, NA-74
#[tokio::test]
async fn organizations_and_external_identities_are_checked() {
    let app = TestApp::start().await;
    let with = |kind: &str, name: &str, value: &str| {
        let person = person_order("a", KARI, "Email")["recipient"]["recipientPerson"].clone();
        let mut details = json!({ "channelSchema": "Email", "emailSettings": person["emailSettings"] });
        details[name] = value.into();
        json!({ "idempotencyId": value, "recipient": { kind: details } })
    };
    let organization = with("recipientOrganization", "orgNumber", "12345678");
    assert_eq!(app.post(ORDERS, &organization).await.keys(), ["Recipient.RecipientOrganization.OrgNumber"]);
    let external = |value: &str| with("recipientExternalIdentity", "externalIdentity", value);
    let key = "Recipient.RecipientExternalIdentity.ExternalIdentity";
    for wrong in ["urn:altinn:person:idporten-email:kari", "urn:altinn:unknown:kari"] {
        assert_eq!(app.post(ORDERS, &external(wrong)).await.keys(), [key]);
    }
    for right in ["urn:altinn:person:idporten-email:kari@fjord.example", "urn:altinn:party:username:kari"] {
        // Whether somebody answers to the identity is another question than whether it is one.
        let status = app.post(ORDERS, &external(right)).await.status;
        assert!(
            [StatusCode::CREATED, StatusCode::UNPROCESSABLE_ENTITY].contains(&status),
            "{right} {status}"
        );
    }
}

/// Covers: NA-75, NA-76, NA-77, NA-79, NA-85
#[tokio::test]
async fn reminders_are_checked() {
    let app = TestApp::start().await;
    let with = |reminders: Value| {
        let mut body = sms_order("a", "+4740000001");
        body["reminders"] = reminders;
        body
    };
    let time = app.in_seconds(60);
    let mut bad_number = reminder(&json!({ "delayDays": 1 }));
    bad_number["recipient"]["recipientSms"]["phoneNumber"] = "1".into();
    let cases: [(Value, &[&str]); 5] = [
        (json!([reminder(&json!({}))]), &["Reminders[0]"]),
        (
            json!([reminder(&json!({ "delayDays": 1, "requestedSendTime": time }))]),
            &["Reminders[0]", "Reminders[0].DelayDays", "Reminders[0].RequestedSendTime"],
        ),
        (json!([reminder(&json!({ "delayDays": 0 }))]), &["Reminders[0].DelayDays"]),
        (json!([reminder(&json!({ "delayDays": 2_147_483_647 }))]), &["Reminders[0].DelayDays"]),
        (
            json!([reminder(&json!({ "delayDays": 1 })), bad_number]),
            &["Reminders[1].Recipient.RecipientSms.PhoneNumber"],
        ),
    ];
    for (reminders, keys) in cases {
        assert_eq!(app.post(ORDERS, &with(reminders)).await.keys(), keys);
    }
    let least = with(json!([reminder(&json!({ "delayDays": 1 }))]));
    assert_eq!(app.post(ORDERS, &least).await.status, StatusCode::CREATED);
}

/// Covers: NA-80, NA-81, NA-82, NA-127
#[tokio::test]
async fn somebody_who_cannot_be_reached_is_refused_and_somebody_reserved_is_not() {
    let app = TestApp::start().await;
    let unknown = person_order("a", "99999999999", "EmailPreferred");
    let refused = app.post(ORDERS, &unknown).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let problem = refused.json();
    assert_eq!(
        (&problem["code"], &problem["statusDescription"]),
        (&"NOT-00001".into(), &"Unprocessable Entity".into())
    );
    assert_eq!(problem["type"], "urn:altinn:error:NOT-00001");

    let mut chain = sms_order("a", "+4740000001");
    let to = person_order("", OLA, "Email")["recipient"].clone();
    chain["reminders"] = json!([{ "delayDays": 1, "recipient": to }]);
    assert_eq!(app.post(ORDERS, &chain).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.get("/orders?sendersReference=sak-7781").await.json()["count"], 0);

    assert_eq!(app.post(ORDERS, &person_order("a", RESERVED, "Email")).await.status, StatusCode::CREATED);
}

/// Covers: NA-63, NA-65, NA-86, NA-146, NA-147
#[tokio::test]
async fn what_was_registered_can_be_read_back() {
    let app = TestApp::start().await;
    let mut body = sms_order("a", "+4740000001");
    body["recipient"]["recipientSms"]["smsSettings"]["body"] = "å".repeat(5000).into();
    body["dialogportenAssociation"] = json!({ "transmissionId": "x" });
    let answer = app.post(ORDERS, &body).await;
    let order = app.get(&format!("/orders/{}", answer.shipment())).await.json();
    assert_eq!(order["smsTemplate"]["body"].as_str().map(|body| body.chars().count()), Some(5000));
    assert_eq!((&order["notificationChannel"], &order["creator"]), (&"Sms".into(), &"bym".into()));
    assert_eq!(order["recipients"], json!([{ "mobileNumber": "+4740000001" }]));

    assert_eq!(app.get("/orders/abc").await.keys(), ["id"]);
    let unknown = app.get("/orders/a8d4b6a2-8a54-4b7a-b1cf-6f8e2a7b9c11").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/orders").await.keys(), ["sendersReference"]);
    let none = app.get("/orders?sendersReference=nothing").await;
    assert_eq!(none.json(), json!({ "count": 0, "orders": [] }));
    assert!(!OLA.parse::<types::NationalId>().expect("eleven digits").adds_up());
    assert_eq!(app.post(ORDERS, &person_order("b", OLA, "Sms")).await.status, StatusCode::CREATED);
}
