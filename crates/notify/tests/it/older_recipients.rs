//! Who gets what of an order with many recipients.

use http::StatusCode;
use serde_json::{Value, json};

use crate::app::{CREATE, FJORD, KARI, RESERVED, TestApp};
use crate::older::{ANY, SMS, id_of, order};

/// Destination and status of every recipient in the manifest, sorted.
fn reached(manifest: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let recipients = manifest["recipients"].as_array().expect("a list");
    let mut all: Vec<_> =
        recipients.iter().map(|to| (text(&to["destination"]), text(&to["status"]))).collect();
    all.sort();
    all
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(to, status)| ((*to).to_owned(), (*status).to_owned())).collect()
}

#[tokio::test]
async fn whoever_is_named_twice_gets_one_message() {
    let app = TestApp::start().await;
    let recipients = json!([
        { "mobileNumber": "+4740000008" }, { "mobileNumber": "004740000008" },
        { "mobileNumber": "+47 40 00 00 08" }, { "mobileNumber": "+4740000026" },
        { "nationalIdentityNumber": KARI }, { "nationalIdentityNumber": KARI },
        { "nationalIdentityNumber": RESERVED }, { "nationalIdentityNumber": RESERVED },
    ]);
    let id = id_of(&app.post(ANY, &order("Sms", &recipients)).await);
    app.notify.run_due().await;

    let reached = reached(&app.manifest(&id).await);
    let destinations: Vec<_> = reached.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(destinations, ["", "+4740000008", "+4740000026", "+4799999999"]);
    assert_eq!(reached[0].1, "SMS_Failed_RecipientReserved");
    assert_eq!(app.sms_taken(), 3);
    let shown = app.get(&format!("/orders/{id}")).await.json();
    assert_eq!(shown["recipients"].as_array().map(Vec::len), Some(8), "shown as they were asked for");
}

#[tokio::test]
async fn of_two_addresses_written_out_the_preferred_one_is_used_unless_switched() {
    let app = TestApp::start_with(|config| config.older.both_addresses_for = vec!["ttd".to_owned()]).await;
    let both = json!([{ "emailAddress": "kari@fjord.example", "mobileNumber": "+4740000008" }]);
    let ttd = app.token("ttd", CREATE);
    let email = id_of(&app.post(ANY, &order("EmailPreferred", &both)).await);
    let sms = id_of(&app.post(ANY, &order("SmsPreferred", &both)).await);
    let each = id_of(&app.post(ANY, &order("EmailAndSms", &both)).await);
    let switched = id_of(&app.post_as(&ttd, ANY, &order("EmailPreferred", &both)).await);
    app.notify.run_due().await;

    let (mail, text) = (("kari@fjord.example", "Email_Succeeded"), ("+4740000008", "SMS_Accepted"));
    assert_eq!(reached(&app.manifest(&email).await), pairs(&[mail]));
    assert_eq!(reached(&app.manifest(&sms).await), pairs(&[text]));
    assert_eq!(reached(&app.manifest(&each).await), pairs(&[text, mail]));
    let switched = app.get_as(&ttd, &format!("/future/shipment/{switched}")).await.json();
    assert_eq!(reached(&switched), pairs(&[text, mail]));
}

#[tokio::test]
async fn an_sms_of_the_older_endpoints_waits_for_the_day() {
    let app = TestApp::start().await;
    app.turn(7 * 3600); // 18:00 in Norway
    let id = id_of(
        &app.post(SMS, &json!({ "body": "Hei", "recipients": [{ "mobileNumber": "+4740000008" }] })).await,
    );
    app.notify.run_due().await;
    assert_eq!(app.status(&id).await, "SMS_New");
    app.turn(15 * 3600); // 09:00
    app.notify.run_due().await;
    assert_eq!(app.status(&id).await, "SMS_Accepted");
    let counts = app.get(&format!("/orders/{id}/status")).await.json();
    let sms = &counts["notificationsStatusSummary"]["sms"];
    assert_eq!((&sms["generated"], &sms["succeeded"]), (&1.into(), &1.into()));
}

#[tokio::test]
async fn five_thousand_recipients_are_one_order_and_one_more_is_too_many() {
    let app = TestApp::start().await;
    // Nobody of them is in the register, so that nothing is sent.
    let person = |number: usize| json!({ "nationalIdentityNumber": format!("{number:011}") });
    let mut recipients: Vec<Value> = (0..4_999).map(person).collect();
    recipients.push(json!({ "organizationNumber": FJORD }));
    let mut body = order("EmailPreferred", &recipients.clone().into());
    body["emailTemplate"]["body"] = "Til $recipientName$".into();
    let answer = app.post(ANY, &body).await;
    let id = id_of(&answer);
    assert_eq!(answer.json()["recipientLookup"]["missingContact"].as_array().map(Vec::len), Some(4_999));

    app.notify.run_due().await;

    let status = app.get(&format!("/orders/{id}/status")).await.json();
    let email = &status["notificationsStatusSummary"]["email"];
    assert_eq!((&email["generated"], &email["succeeded"]), (&5_001.into(), &2.into()));
    recipients.push(json!({ "organizationNumber": FJORD }));
    body["recipients"] = recipients.into();
    assert_eq!(app.post(ANY, &body).await.keys(), ["Recipients"]);
}

/// Covers: NA-164
#[tokio::test]
async fn an_order_that_is_processed_twice_is_expanded_once() {
    let app = TestApp::start().await;
    let recipients = json!([{ "mobileNumber": "+4740000008" }, { "mobileNumber": "+4740000026" }]);
    let id = id_of(&app.post(ANY, &order("Sms", &recipients)).await);
    // Somebody else still has the job when it comes again, and finishes first.
    let copy = "CREATE TABLE again AS SELECT * FROM jobs WHERE lane = 'notify.orders'";
    app.store.write(|tx| tx.execute(copy, store::params![])).await.expect("a copy");
    app.notify.run_due().await;
    let back = "INSERT INTO jobs SELECT * FROM again";
    let brought = app.store.write(|tx| tx.execute(back, store::params![])).await.expect("the copy");
    assert_eq!(brought, 1);

    app.notify.run_due().await;

    let summary = app.get(&format!("/orders/{id}/notifications/sms")).await;
    assert_eq!(summary.status, StatusCode::OK);
    assert_eq!(summary.json()["generated"], 2);
    assert_eq!(app.sms_taken(), 2);
    let left: i64 =
        app.store.read(|tx| tx.one("SELECT count(*) FROM jobs", store::params![])).await.expect("a count");
    assert_eq!(left, 0);
}
