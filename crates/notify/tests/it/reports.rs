//! What gateways tell afterwards.

use http::{StatusCode, header};
use reqwest::Method;

use crate::app::{TestApp, instant_email, instant_sms};

const SMS: &str = "/future/orders/instant/sms";
const REPORTS: &str = "/notifications/sms/api/v1/reports";

async fn accepted(app: &TestApp, key: &str) -> (String, String) {
    let answer = app.post(SMS, &instant_sms(key, "+4740000008")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    (answer.shipment(), app.last_reference())
}

/// Covers: NA-149, NA-153, NA-189, NA-201
#[tokio::test]
async fn a_report_ends_the_order_and_tells_the_feed() {
    let app = TestApp::start().await;
    let (shipment, reference) = accepted(&app, "a").await;
    let status = app.get(&format!("/orders/{shipment}/status")).await.json();
    assert_eq!(status["processingStatus"]["status"], "Completed");
    assert_eq!(app.manifest(&shipment).await["status"], "Order_Processed");

    app.turn(5);
    let answer = app.report(&reference, "DELIVRD").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text.contains("<ID>1</ID><STATUS>OK</STATUS>"), "{}", answer.text);

    let manifest = app.manifest(&shipment).await;
    assert_eq!(
        (&manifest["status"], &manifest["lastUpdate"]),
        (&"Order_Completed".into(), &"2026-03-02T10:00:05Z".into())
    );
    assert_eq!(manifest["recipients"][0]["status"], "SMS_Delivered");
    assert_eq!(manifest["recipients"][0]["lastUpdate"], "2026-03-02T10:00:05Z");
    let feed = app.feed("").await;
    assert_eq!((feed.len(), &feed[0]["status"]), (1, &"Order_Completed".into()));
    assert_eq!(feed[0]["recipients"][0]["status"], "SMS_Delivered");
    let status = app.get(&format!("/orders/{shipment}/status")).await.json();
    assert_eq!(status["notificationsStatusSummary"]["sms"]["succeeded"], 1);
}

/// Covers: NP-15
#[tokio::test]
async fn a_last_result_the_orders_end_the_feed_and_the_log_are_one_commit() {
    let app = TestApp::start().await;
    let (shipment, reference) = accepted(&app, "a").await;
    let rename = |sql: &'static str| {
        let store = app.notify.store().clone();
        async move {
            let renamed: Result<u64, store::Error> = store.write(move |tx| tx.execute(sql, &[])).await;
            renamed.expect("another name");
        }
    };
    // The last of the rows that belong together cannot be written.
    rename("ALTER TABLE notify_log RENAME TO notify_log_away").await;
    assert!(app.report(&reference, "DELIVRD").await.status.is_server_error());
    assert_eq!(app.status(&shipment).await, "SMS_Accepted");
    assert_eq!(app.manifest(&shipment).await["status"], "Order_Processed");
    assert!(app.feed("").await.is_empty());

    rename("ALTER TABLE notify_log_away RENAME TO notify_log").await;
    assert_eq!(app.report(&reference, "DELIVRD").await.status, StatusCode::OK);
    assert_eq!(app.status(&shipment).await, "SMS_Delivered");
    assert_eq!(app.manifest(&shipment).await["status"], "Order_Completed");
    assert_eq!(app.feed("").await.len(), 1);
    let count = |tx: &mut store::Tx<'_>| tx.one::<i64>("SELECT count(*) FROM notify_log", &[]);
    let logged: Result<i64, store::Error> = app.notify.store().read(count).await;
    assert_eq!(logged.expect("a count"), 1);
}

/// Covers: NA-190, NA-199
#[tokio::test]
async fn every_state_has_its_result() {
    let app = TestApp::start().await;
    let table = [
        ("DELIVRD", "SMS_Delivered"),
        ("BARRED", "SMS_Failed_BarredReceiver"),
        ("BARREDA", "SMS_Failed_BarredReceiver"),
        ("ZEROBAL", "SMS_Failed"),
        ("EXPIRED", "SMS_Failed_Expired"),
        ("UNDELIV", "SMS_Failed_Undelivered"),
        ("NEW WORD", "SMS_Failed"),
    ];
    for (state, expected) in table {
        let (shipment, reference) = accepted(&app, state).await;
        assert_eq!(app.report(&reference, state).await.status, StatusCode::OK);
        assert_eq!(app.status(&shipment).await, expected, "{state}");
    }
}

/// Covers: NA-209
#[tokio::test]
async fn a_report_that_comes_too_late_or_twice_changes_nothing() {
    let app = TestApp::start().await;
    let (shipment, reference) = accepted(&app, "a").await;
    for state in ["DELIVRD", "DELIVRD", "UNDELIV", "FAILED"] {
        assert_eq!(app.report(&reference, state).await.status, StatusCode::OK);
        assert_eq!(app.status(&shipment).await, "SMS_Delivered");
    }
    assert_eq!(app.feed("").await.len(), 1);

    let (explained, reference) = accepted(&app, "b").await;
    app.report(&reference, "FAILED").await;
    app.report(&reference, "DELIVRD").await;
    assert_eq!(app.status(&explained).await, "SMS_Delivered");
    assert_eq!(app.feed("").await.len(), 2);
}

/// Covers: NA-200
#[tokio::test]
async fn a_report_that_comes_before_its_message_is_stored_is_not_lost() {
    let app = TestApp::start().await;
    // The simulated gateway reports this number before it answers.
    let answer = app.post(SMS, &instant_sms("a", "+4740000009")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let manifest = app.wait_for(&answer.shipment(), "Order_Completed").await;
    assert_eq!(manifest["recipients"][0]["status"], "SMS_Delivered");
}

/// Covers: NA-195, NA-196
#[tokio::test]
async fn a_message_waits_a_while_past_its_time_for_a_report() {
    let app = TestApp::start().await;
    let (reported, reference) = accepted(&app, "a").await;
    let (silent, _) = accepted(&app, "b").await;
    app.turn(300 + 100);
    app.report(&reference, "DELIVRD").await;
    assert_eq!(app.status(&reported).await, "SMS_Delivered");
    app.turn(100);
    app.notify.run_due().await;
    assert_eq!(app.status(&silent).await, "SMS_Accepted");
    app.turn(101);
    app.notify.run_due().await;
    assert_eq!(app.status(&silent).await, "SMS_Failed_TTL");
    assert_eq!(app.manifest(&silent).await["status"], "Order_Completed");
    let summary = app.get(&format!("/orders/{silent}/notifications/sms")).await.json();
    assert_eq!(summary["notifications"][0]["sendStatus"]["status"], "Failed");
}

/// Covers: NP-33, NP-34
#[tokio::test]
async fn only_the_gateway_is_let_in_and_only_with_reports() {
    let app = TestApp::start().await;
    let push = |user: &str, password: &str, kind: &str, body: &str| {
        let request = app.request(Method::POST, REPORTS).basic_auth(user, Some(password));
        TestApp::send(request.header(header::CONTENT_TYPE, kind.to_owned()).body(body.to_owned()))
    };
    let good =
        "<MSGLST><MSG><ID>1</ID><REF>x</REF><RCV>4740000008</RCV><STATE>DELIVRD</STATE></MSG></MSGLST>";
    let xml = "application/xml";
    let stranger = push("gateway", "wrong", xml, good).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    assert!(stranger.headers.contains_key(header::WWW_AUTHENTICATE));
    assert_eq!(
        push("gateway", "report", "application/json", good).await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let malformed = [
        "delivered".to_owned(),
        good.replace("<RCV>4740000008</RCV>", ""),
        good.replace("<STATE>DELIVRD</STATE>", ""),
    ];
    for body in malformed {
        assert_eq!(push("gateway", "report", xml, &body).await.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let stored = || async {
        let count: i64 = app
            .store
            .read(|tx| tx.one("SELECT count(*) FROM notify_reports", store::params![]))
            .await
            .expect("a count");
        count
    };
    assert_eq!(stored().await, 0);
    // Nobody knows the reference, and the gateway need not hear of it.
    assert_eq!(push("gateway", "report", "text/plain", good).await.status, StatusCode::OK);
    assert_eq!(stored().await, 1);
    assert_eq!(push("gateway", "next password", "text/xml", good).await.status, StatusCode::OK);
}

/// Covers: NP-35
#[tokio::test]
async fn one_push_may_carry_several_reports() {
    let app = TestApp::start().await;
    let mut all = Vec::new();
    for key in ["a", "b", "c"] {
        all.push(accepted(&app, key).await);
    }
    let message = |(n, (_, reference)): (usize, &(String, String))| {
        format!("<MSG><ID>{n}</ID><REF>{reference}</REF><RCV>4740000008</RCV><STATE>DELIVRD</STATE></MSG>")
    };
    let messages: Vec<String> = all.iter().enumerate().map(message).collect();
    let messages = messages.concat();
    let answer = app.push(format!("<MSGLST>{messages}</MSGLST>")).await;
    assert_eq!(answer.text.matches("<STATUS>OK</STATUS>").count(), 3);
    for (shipment, _) in &all {
        assert_eq!(app.status(shipment).await, "SMS_Delivered");
    }
}

#[tokio::test]
async fn the_simulated_gateway_closes_the_circle_by_itself() {
    let app = TestApp::start().await;
    let answer = app.post(SMS, &instant_sms("a", "+4740000001")).await;
    let manifest = app.wait_for(&answer.shipment(), "Order_Completed").await;
    assert_eq!(manifest["recipients"][0]["status"], "SMS_Delivered");
}

/// Covers: NA-150, NA-194
#[tokio::test]
async fn what_was_taken_and_never_reported_has_timed_out_on_both_channels() {
    let app = TestApp::start_with(|config| config.email_reports_expected = true).await;
    let (sms, _) = accepted(&app, "a").await;
    let email = app.post("/future/orders/instant/email", &instant_email("b", "silent@fjord.example")).await;
    let email = email.shipment();
    assert_eq!(app.status(&email).await, "Email_Succeeded");
    app.turn(48 * 3600 + 301);
    app.notify.run_due().await;

    for (shipment, channel, status) in
        [(&sms, "sms", "SMS_Failed_TTL"), (&email, "email", "Email_Failed_TTL")]
    {
        let manifest = app.manifest(shipment).await;
        assert_eq!(manifest["recipients"][0]["status"], status);
        assert_eq!(manifest["status"], "Order_Completed");
        let summary = app.get(&format!("/orders/{shipment}/notifications/{channel}")).await.json();
        assert_eq!(summary["notifications"][0]["sendStatus"]["status"], "Failed");
    }
}

/// Covers: NP-77
#[tokio::test]
async fn where_no_reports_are_expected_silence_is_no_failure() {
    let app = TestApp::start().await;
    let email = app.post("/future/orders/instant/email", &instant_email("a", "silent@fjord.example")).await;
    app.turn(48 * 3600 + 301);
    app.notify.run_due().await;
    assert_eq!(app.status(&email.shipment()).await, "Email_Succeeded");
}

#[tokio::test]
async fn silence_may_be_told_to_count_as_delivery() {
    let app = TestApp::start_with(|config| config.email_delivered_after_seconds = Some(600)).await;
    let email = app.post("/future/orders/instant/email", &instant_email("a", "silent@fjord.example")).await;
    app.turn(599);
    app.notify.run_due().await;
    assert_eq!(app.status(&email.shipment()).await, "Email_Succeeded");
    app.turn(1);
    app.notify.run_due().await;
    assert_eq!(app.status(&email.shipment()).await, "Email_Delivered");
    assert_eq!(app.feed("").await.len(), 1);
}

#[tokio::test]
async fn one_sweep_ends_everything_that_has_been_silent_for_long_enough() {
    let app = TestApp::start_with(|config| config.email_delivered_after_seconds = Some(600)).await;
    let shipment = app.post("/future/orders/instant/email", &instant_email("a", "kari@fjord.example")).await;
    let copy = |tx: &mut store::Tx<'_>| {
        let ids: Vec<_> = (0..250).map(uuid::Uuid::from_u128).collect();
        let rows: Vec<_> = ids.iter().map(|id| store::row![id]).collect();
        tx.each(
            "INSERT INTO notify_notifications (id, order_id, creator, channel, result, final, destination,
                expires, doubt, created, changed)
             SELECT $1, order_id, creator, channel, result, final, destination, expires, doubt, created,
                changed FROM notify_notifications ORDER BY created LIMIT 1",
            &rows,
        )
    };
    app.store.write(copy).await.expect("rows");
    app.turn(600);
    app.notify.run_due().await;
    let manifest = app.manifest(&shipment.shipment()).await;
    assert_eq!(manifest["status"], "Order_Completed");
    let recipients = manifest["recipients"].as_array().expect("a list");
    assert_eq!(recipients.len(), 251);
    assert!(recipients.iter().all(|recipient| recipient["status"] == "Email_Delivered"));
}
