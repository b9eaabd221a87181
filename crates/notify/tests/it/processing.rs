//! From an order that is due to notifications, and on to the providers.

use http::StatusCode;
use serde_json::{Value, json};
use simulators::condition::Reply;

use crate::app::{FJORD, KARI, OLA, RESERVED, TestApp, email_order, person_order, sms_order};

const ORDERS: &str = "/future/orders";

async fn order(app: &TestApp, body: &Value) -> String {
    let answer = app.post(ORDERS, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.shipment()
}

fn conditional(app: &TestApp, key: &str, path: &str) -> Value {
    let mut body = sms_order(key, "+4740000008");
    body["conditionEndpoint"] = format!("{}{path}", app.condition_url).into();
    body
}

/// The statuses in a manifest, in order.
fn statuses(manifest: &Value) -> Vec<&str> {
    let recipients = manifest["recipients"].as_array().expect("a list");
    recipients.iter().filter_map(|recipient| recipient["status"].as_str()).collect()
}

/// Covers: NA-165
#[tokio::test]
async fn nothing_leaves_before_its_time() {
    let app = TestApp::start().await;
    let mut body = sms_order("a", "+4740000008");
    body["requestedSendTime"] = app.in_seconds(3600).into();
    let shipment = order(&app, &body).await;

    app.turn(3599);
    app.notify.run_due().await;
    assert_eq!(app.manifest(&shipment).await["status"], "Order_Registered");
    assert_eq!(app.sms_taken(), 0);

    app.turn(1);
    app.notify.run_due().await;
    assert_eq!(app.sms_taken(), 1);
    assert_eq!(statuses(&app.manifest(&shipment).await), ["SMS_Accepted"]);
}

/// Covers: NA-166, NA-167
#[tokio::test]
async fn a_condition_decides_whether_anything_is_sent() {
    let app = TestApp::start().await;
    app.condition.answer("/no", Reply::No);
    let yes = order(&app, &conditional(&app, "yes", "/yes?sak=7781")).await;
    let no = order(&app, &conditional(&app, "no", "/no")).await;
    app.notify.run_due().await;

    assert_eq!(app.manifest(&yes).await["status"], "Order_Processed");
    let manifest = app.manifest(&no).await;
    assert_eq!(
        (&manifest["status"], &manifest["recipients"]),
        (&"Order_SendConditionNotMet".into(), &json!([]))
    );
    assert_eq!(app.sms_taken(), 1);
    let feed = app.feed("").await;
    assert_eq!(feed.len(), 1);
    assert_eq!(
        (&feed[0]["shipmentId"], &feed[0]["status"]),
        (&no.into(), &"Order_SendConditionNotMet".into())
    );
    assert_eq!(feed[0]["recipients"], json!([]));

    let calls = app.condition.calls().all();
    let asked = calls.iter().find(|call| call.uri.path() == "/yes").expect("a call");
    assert_eq!((asked.method.as_str(), asked.uri.to_string().as_str()), ("GET", "/yes?sak=7781"));
    assert_eq!(asked.token, simulators::condition::Token::Unverified);
}

/// Covers: NA-170
#[tokio::test]
async fn a_condition_without_an_answer_is_asked_again_and_then_taken_for_a_yes() {
    let app = TestApp::start().await;
    let replies = [
        ("/status", Reply::Status(StatusCode::INTERNAL_SERVER_ERROR)),
        ("/case", Reply::WrongCase),
        ("/empty", Reply::Empty),
        ("/dropped", Reply::Dropped),
    ];
    let mut shipments = Vec::new();
    for (path, reply) in replies {
        app.condition.answer(path, reply);
        shipments.push(order(&app, &conditional(&app, path, path)).await);
    }
    app.notify.run_due().await;
    for shipment in &shipments {
        assert_eq!(app.manifest(shipment).await["status"], "Order_Processing");
    }
    app.turn(59);
    app.notify.run_due().await;
    assert_eq!(app.sms_taken(), 0);
    app.turn(1);
    app.notify.run_due().await;
    assert_eq!(app.sms_taken(), shipments.len());
    assert_eq!(app.condition.calls().total(), 2 * shipments.len() as u64);
}

/// Covers: NA-169
#[tokio::test]
async fn a_no_at_the_second_asking_counts() {
    let app = TestApp::start().await;
    app.condition.answer("/x", Reply::Status(StatusCode::SERVICE_UNAVAILABLE));
    let shipment = order(&app, &conditional(&app, "a", "/x")).await;
    app.notify.run_due().await;
    app.condition.answer("/x", Reply::No);
    app.turn(60);
    app.notify.run_due().await;
    assert_eq!(app.manifest(&shipment).await["status"], "Order_SendConditionNotMet");
    assert_eq!(app.sms_taken(), 0);
}

#[tokio::test]
async fn a_reminder_goes_by_its_own_time_and_condition() {
    let app = TestApp::start().await;
    app.condition.answer("/done", Reply::No);
    let mut body = sms_order("a", "+4740000008");
    let to = sms_order("", "+4740000026")["recipient"].clone();
    body["reminders"] = json!([
        { "delayDays": 1, "recipient": to },
        { "delayDays": 2, "recipient": to, "conditionEndpoint": format!("{}/done", app.condition_url) },
    ]);
    let answer = app.post(ORDERS, &body).await;
    let id = |n: usize| {
        answer.json()["notification"]["reminders"][n]["shipmentId"].as_str().expect("an id").to_owned()
    };
    app.notify.run_due().await;
    assert_eq!(app.sms_taken(), 1);

    app.turn(24 * 3600);
    app.notify.run_due().await;
    let reminder = app.manifest(&id(0)).await;
    assert_eq!((&reminder["type"], &reminder["status"]), (&"Reminder".into(), &"Order_Processed".into()));
    assert_eq!(app.sms_taken(), 2);

    app.turn(24 * 3600);
    app.notify.run_due().await;
    assert_eq!(app.manifest(&id(1)).await["status"], "Order_SendConditionNotMet");
    assert_eq!(app.sms_taken(), 2);
}

/// Covers: NA-23, NA-171, NA-172, NA-173, NA-179
#[tokio::test]
async fn a_person_is_reached_as_the_register_says() {
    let app = TestApp::start().await;
    let both = order(&app, &person_order("a", KARI, "emailpreferred")).await;
    let number_only = order(&app, &person_order("b", OLA, "EmailPreferred")).await;
    let each = order(&app, &person_order("c", OLA, "EmailAndSms")).await;
    let reserved = order(&app, &person_order("d", RESERVED, "Email")).await;
    let mut ignoring = person_order("e", RESERVED, "Email");
    ignoring["recipient"]["recipientPerson"]["ignoreReservation"] = true.into();
    let ignoring = order(&app, &ignoring).await;
    app.notify.run_due().await;

    assert_eq!(statuses(&app.manifest(&both).await), ["Email_Succeeded"]);
    assert_eq!(app.get(&format!("/orders/{both}")).await.json()["notificationChannel"], "EmailPreferred");
    let number_only = app.manifest(&number_only).await;
    assert_eq!(
        (number_only["recipients"][0]["type"].as_str(), statuses(&number_only).len()),
        (Some("SMS"), 1)
    );
    let each = app.manifest(&each).await;
    let failed = each["recipients"].as_array().expect("a list").iter().find(|r| r["type"] == "Email");
    let failed = failed.expect("an e-mail");
    assert_eq!(
        (&failed["status"], &failed["destination"]),
        (&"Email_Failed_RecipientNotIdentified".into(), &"".into())
    );
    let reserved = app.manifest(&reserved).await;
    assert_eq!(statuses(&reserved), ["Email_Failed_RecipientReserved"]);
    assert_eq!(
        (&reserved["status"], &reserved["recipients"][0]["destination"]),
        (&"Order_Completed".into(), &"".into())
    );
    assert_eq!(statuses(&app.manifest(&ignoring).await), ["Email_Succeeded"]);

    let mail = app.mail.captured().all();
    let first = mail.iter().find(|mail| mail.recipients.iter().any(|to| to.address == "kari@fjord.example"));
    let first = first.expect("mail to Kari");
    assert_eq!(first.content.subject.as_deref(), Some("Til Kari Nordmann"));
    assert!(
        first.content.text.as_deref().is_some_and(|text| text.contains("Hei Kari Nordmann $recipientname$"))
    );
}

/// Covers: NA-174
#[tokio::test]
async fn an_organization_is_reached_at_every_address_once() {
    let app = TestApp::start().await;
    let body = json!({ "idempotencyId": "a", "recipient": { "recipientOrganization": {
        "orgNumber": FJORD, "channelSchema": "Email",
        "emailSettings": { "subject": "Hei", "body": "$recipientName$ ($recipientNumber$)" },
    } } });
    let shipment = order(&app, &body).await;
    app.notify.run_due().await;

    assert_eq!(statuses(&app.manifest(&shipment).await), ["Email_Succeeded", "Email_Succeeded"]);
    let mail = app.mail.captured().all();
    let texts: Vec<_> = mail.iter().filter_map(|mail| mail.content.text.as_deref()).collect();
    assert!(texts.iter().any(|text| text.contains(&format!("Fjord AS ({FJORD})"))), "{texts:?}");
    let summary = app.get(&format!("/orders/{shipment}/notifications/email")).await.json();
    assert_eq!((&summary["generated"], &summary["succeeded"]), (&2.into(), &2.into()));
    assert_eq!(summary["notifications"][0]["recipient"]["organizationNumber"], FJORD);
}

/// Covers: NA-61, NA-182, NA-185
#[tokio::test]
async fn a_daytime_sms_waits_for_morning_and_an_email_does_not() {
    let app = TestApp::start().await;
    app.turn(7 * 3600); // 18:00 in Norway
    let mut body = sms_order("a", "+4740000008");
    body["recipient"]["recipientSms"]["smsSettings"] = json!({ "body": "Husk fristen." });
    let sms = order(&app, &body).await;
    let any_time = order(&app, &sms_order("b", "+4740000026")).await;
    let email = order(&app, &email_order("c", "kari@fjord.example")).await;
    app.notify.run_due().await;

    assert_eq!(statuses(&app.manifest(&sms).await), ["SMS_New"]);
    assert_eq!(statuses(&app.manifest(&any_time).await), ["SMS_Accepted"]);
    assert_eq!(statuses(&app.manifest(&email).await), ["Email_Succeeded"]);
    app.turn(15 * 3600 - 1);
    app.notify.run_due().await;
    assert_eq!(statuses(&app.manifest(&sms).await), ["SMS_New"]);
    app.turn(1); // 09:00
    app.notify.run_due().await;
    assert_eq!(statuses(&app.manifest(&sms).await), ["SMS_Accepted"]);
}

/// Covers: NA-186
#[tokio::test]
async fn a_subject_is_one_line() {
    let app = TestApp::start().await;
    order(&app, &email_order("a", "kari@fjord.example")).await;
    app.notify.run_due().await;
    let mail = app.mail.captured().all();
    assert_eq!(mail[0].content.subject.as_deref(), Some("Vedtak nå"));
}

#[tokio::test]
async fn an_sms_that_was_not_taken_is_tried_again_with_an_attempt_of_its_own() {
    let app = TestApp::start().await;
    let shipment = order(&app, &sms_order("a", "+4740000005")).await;
    app.notify.run_due().await;
    assert_eq!(statuses(&app.manifest(&shipment).await), ["SMS_New"]);
    for _ in 0..3 {
        app.turn(30);
        app.notify.run_due().await;
    }
    assert_eq!(app.sms_taken(), 1);
    let outcomes: Vec<String> = app
        .store
        .read(|tx| tx.all("SELECT outcome FROM attempts ORDER BY id", store::params![]))
        .await
        .expect("rows");
    assert_eq!(outcomes, ["not_taken", "not_taken", "accepted"]);
}

/// Covers: NA-197
#[tokio::test]
async fn what_can_never_be_sent_ends_when_its_time_is_up() {
    let app = TestApp::start().await;
    // The gateway never takes the first, and never says whether it took the second.
    // The second goes first, since the gateway asks for patience with everything after the first.
    let in_doubt = order(&app, &sms_order("b", "+4740000012")).await;
    app.notify.run_due().await;
    let shipment = order(&app, &sms_order("a", "+4740000014")).await;
    app.notify.run_due().await;
    assert_eq!(statuses(&app.manifest(&shipment).await), ["SMS_New"]);
    assert_eq!(statuses(&app.manifest(&in_doubt).await), ["SMS_Sending"]);
    app.turn(48 * 3600 + 301);
    app.notify.run_due().await;
    for shipment in [&shipment, &in_doubt] {
        let manifest = app.manifest(shipment).await;
        let ended = (statuses(&manifest), &manifest["status"]);
        assert_eq!(ended, (vec!["SMS_Failed_TTL"], &"Order_Completed".into()));
    }
    assert_eq!(app.sms_taken(), 0);
    let summary = app.get(&format!("/orders/{shipment}/notifications/sms")).await.json();
    assert_eq!(summary["notifications"][0]["sendStatus"]["status"], "Failed");
    let emails = app.get(&format!("/orders/{shipment}/notifications/email")).await.json();
    assert_eq!(emails["generated"], 0);
}

/// Covers: NA-163
#[tokio::test]
async fn two_workers_process_every_order_once() {
    let app = TestApp::start().await;
    let token = app.bym();
    for number in 0..500 {
        let body = sms_order(&number.to_string(), "+4740000008");
        assert_eq!(app.post_as(&token, ORDERS, &body).await.status, StatusCode::CREATED);
    }
    tokio::join!(app.notify.run_due(), app.notify.run_due());
    app.notify.run_due().await;
    assert_eq!(app.sms_taken(), 500);
}
