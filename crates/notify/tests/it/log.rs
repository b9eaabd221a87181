//! What a service owner is told about a dialog.

use http::StatusCode;
use serde_json::json;

use crate::app::{CREATE, TestApp, email_order, sms_order};
use crate::older::{SMS, id_of};

const DIALOG: &str = "0194F3A2-0000-7000-8000-000000000001";

fn about(mut order: serde_json::Value, transmission: Option<&str>) -> serde_json::Value {
    order["dialogportenAssociation"] = json!({ "dialogId": DIALOG, "transmissionId": transmission });
    order
}

#[tokio::test]
async fn what_was_sent_about_a_dialog_is_told_when_its_order_has_ended() {
    let app = TestApp::start().await;
    let ttd = app.token("ttd", CREATE);
    let sms = about(sms_order("a", "+4740000001"), Some("t-1"));
    let sms = app.post("/future/orders", &sms).await.shipment();
    app.post("/future/orders", &about(email_order("b", "kari@fjord.example"), None)).await.shipment();
    app.post_as(&ttd, "/future/orders", &about(sms_order("a", "+4740000001"), None)).await.shipment();
    app.post("/future/orders", &sms_order("other", "+4740000001")).await.shipment();
    app.notify.run_due().await;
    app.wait_for(&sms, "Order_Completed").await;

    let path = format!("/future/log?dialogId={DIALOG}");
    let told = app.get(&path).await.json();
    assert_eq!(told.as_array().map(Vec::len), Some(1), "the e-mail's order has not ended: {told}");
    let row = &told[0];
    assert_eq!(
        (&row["type"], &row["channel"], &row["status"], &row["destination"]),
        (&"Notification".into(), &"Sms".into(), &"SMS_Delivered".into(), &"+4740000001".into())
    );
    assert_eq!((&row["dialogId"], &row["transmissionId"]), (&DIALOG.to_lowercase().into(), &"t-1".into()));
    assert_eq!(app.get(&format!("{path}&transmissionId=t-2")).await.json(), json!([]));
    assert_eq!(app.get(&format!("{path}&transmissionId=t-1")).await.json(), told);
    for wrong in ["/future/log", "/future/log?dialogId=7"] {
        assert_eq!(app.get(wrong).await.keys(), ["dialogId"]);
    }
}

#[tokio::test]
async fn every_notification_has_one_row_whatever_its_order_was() {
    let app = TestApp::start().await;
    let body = json!({ "body": "Hei", "recipients": [{ "mobileNumber": "+4740000001" },
        { "nationalIdentityNumber": "00000000000" }] });
    let id = id_of(&app.post(SMS, &body).await);
    app.notify.run_due().await;
    app.wait_for(&id, "Order_Completed").await;
    let rows = "SELECT kind, channel, result, creator FROM notify_log ORDER BY result";
    let rows: Vec<(String, String, String, String)> =
        app.store.read(move |tx| tx.all(rows, store::params![])).await.expect("rows");
    let row = |result: &str| ("legacy".to_owned(), "sms".to_owned(), result.to_owned(), "bym".to_owned());
    assert_eq!(rows, [row("Delivered"), row("Failed_RecipientNotIdentified")]);
}

/// A failure that nobody explained may turn out to be a delivery, after the order has ended.
#[tokio::test]
async fn a_result_that_changes_after_the_end_changes_the_log() {
    let app = TestApp::start().await;
    let order = app.post("/future/orders", &about(sms_order("a", "+4740000008"), None)).await.shipment();
    app.notify.run_due().await;
    app.report(&app.last_reference(), "FAILED").await;
    assert_eq!(app.status(&order).await, "SMS_Failed");
    let path = format!("/future/log?dialogId={DIALOG}");
    assert_eq!(app.get(&path).await.json()[0]["status"], "SMS_Failed");
    app.report(&app.last_reference(), "DELIVRD").await;
    assert_eq!(app.get(&path).await.json()[0]["status"], "SMS_Delivered");
    let stranger = app.get_as(&app.token("ttd", "another"), &path).await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
}
