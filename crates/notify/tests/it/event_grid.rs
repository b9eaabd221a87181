//! What Event Grid tells of e-mail: applied, filed, and remembered about addresses.

use http::{StatusCode, header};
use reqwest::Method;
use serde_json::{Value, json};
use store::params;

use crate::acs::{EVENTS, event, last_reference, posts, push, rows, sent, start};
use crate::app::TestApp;

/// Covers: NA-192, NP-64
#[tokio::test]
async fn every_status_has_its_result_and_an_unknown_one_is_filed() {
    let app = start().await;
    let table = [
        ("Delivered", "Email_Delivered", "Delivered"),
        ("Bounced", "Email_Failed_Bounced", "Failed_Bounced"),
        ("Failed", "Email_Failed", "Failed"),
        ("Expanded", "Email_Failed", "Failed"),
        ("FilteredSpam", "Email_Failed_FilteredSpam", "Failed_FilteredSpam"),
        ("Quarantined", "Email_Failed_Quarantined", "Failed_Quarantined"),
        ("Suppressed", "Email_Failed_SuppressedRecipient", "Failed_SupressedRecipient"),
    ];
    for (status, wire, older) in table {
        // To somebody else each time, as nobody writes to a dead address again.
        let shipment = sent(&app, &format!("silent+{status}")).await;
        assert_eq!(push(&app, &json!([event(&last_reference(&app), status)])).await.status, StatusCode::OK);
        assert_eq!(app.status(&shipment).await, wire);
        let older_view = app.get(&format!("/orders/{shipment}/notifications/email")).await.json();
        assert_eq!(older_view["notifications"][0]["sendStatus"]["status"], older);
    }

    let shipment = sent(&app, "silent").await;
    let unknown = event(&last_reference(&app), "Greylisted");
    for _ in 0..2 {
        assert_eq!(push(&app, &json!([unknown])).await.status, StatusCode::OK);
    }
    assert_eq!(app.status(&shipment).await, "Email_Sending");
    let filed = app.dead_reports().await;
    assert_eq!(filed.len(), 1, "the same is filed once");
    assert_eq!(
        (&filed[0]["reason"], &filed[0]["attemptCount"]),
        (&"UNRECOGNIZED_SEND_RESULT".into(), &2.into())
    );
    assert_eq!(filed[0]["reference"], last_reference(&app));
    let report: Value = serde_json::from_str(filed[0]["report"].as_str().expect("text")).expect("JSON");
    assert_eq!(report, unknown);
    // What is said about it later counts all the same.
    push(&app, &json!([event(&last_reference(&app), "Delivered")])).await;
    assert_eq!(app.status(&shipment).await, "Email_Delivered");
    app.resolve_dead_report(filed[0]["id"].as_str().expect("an id")).await;
    assert!(app.dead_reports().await.is_empty());
}

/// Covers: NP-65
#[tokio::test]
async fn event_grid_is_welcomed_and_one_bad_event_does_not_stop_the_others() {
    let app = start().await;
    let validation = json!([{
        "id": "2d1781af", "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "data": { "validationCode": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6" },
    }]);
    let answer = push(&app, &validation).await;
    assert_eq!(answer.json(), json!({ "validationResponse": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6" }));

    let asking = |path: &str| {
        app.request(Method::OPTIONS, path).header("WebHook-Request-Origin", "eventgrid.azure.net")
    };
    let answer = TestApp::send(asking(EVENTS).header("x-api-key", "event secret")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["WebHook-Allowed-Origin"], "eventgrid.azure.net");
    for path in [EVENTS.to_owned(), format!("{EVENTS}?code=wrong"), format!("{EVENTS}?code=")] {
        assert_eq!(TestApp::send(asking(&path)).await.status, StatusCode::UNAUTHORIZED);
        let pushed = app.request(Method::POST, &path).json(&validation);
        assert_eq!(TestApp::send(pushed).await.status, StatusCode::UNAUTHORIZED);
    }

    let (first, second) = (sent(&app, "silent").await, last_reference(&app));
    let third = sent(&app, "silent").await;
    let opened = json!({ "eventType": "Microsoft.Communication.EmailEngagementTrackingReportReceived" });
    let mut nameless = event("", "Delivered");
    nameless["data"]["messageId"] = Value::Null;
    let batch = json!([
        7,
        event(&second, "Delivered"),
        nameless,
        opened,
        event("nobody-knows-it", "Delivered"),
        event("a\u{0}b", "Delivered"),
        event(&last_reference(&app), "Bounced"),
    ]);
    assert_eq!(push(&app, &batch).await.status, StatusCode::OK);
    assert_eq!(app.status(&first).await, "Email_Delivered");
    assert_eq!(app.status(&third).await, "Email_Failed_Bounced");
    assert_eq!(app.dead_reports().await.len(), 2);
    let request = app.request(Method::POST, &format!("{EVENTS}?code=event%20secret")).body("<xml/>");
    let request = request.header(header::CONTENT_TYPE, "application/json");
    assert_eq!(TestApp::send(request).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn without_a_secret_in_the_configuration_nobody_is_let_in() {
    let app = TestApp::start().await;
    for path in [EVENTS.to_owned(), format!("{EVENTS}?code="), format!("{EVENTS}?code=event%20secret")] {
        let answer = TestApp::send(app.request(Method::POST, &path).json(&json!([]))).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
}

/// A bounce is a bounce, whoever tells of it.
#[tokio::test]
async fn an_address_that_event_grid_calls_dead_is_left_alone() {
    let app = start().await;
    for (status, dead) in
        [("Bounced", true), ("Suppressed", true), ("Failed", false), ("FilteredSpam", false)]
    {
        let local_part = format!("silent+{status}");
        sent(&app, &local_part).await;
        let told = event(&last_reference(&app), status);
        // Brought twice, it is remembered once.
        for _ in 0..2 {
            assert_eq!(push(&app, &json!([told])).await.status, StatusCode::OK);
        }
        let before = posts(&app);
        let again = sent(&app, &local_part).await;
        let expected = if dead { "Email_Failed_SuppressedRecipient" } else { "Email_Sending" };
        assert_eq!(app.status(&again).await, expected, "{status}");
        assert_eq!(posts(&app) - before, u64::from(!dead), "{status}");
    }
    let reasons: Vec<String> = rows(&app, "SELECT reason FROM notify_suppressions").await;
    assert_eq!(reasons.len(), 2, "{reasons:?}");
}

/// The report is faster than our own record of the service's name for the message.
#[tokio::test]
async fn a_bounce_that_comes_before_the_acceptance_is_remembered_too() {
    let app = start().await;
    let first = sent(&app, "silent").await;
    let forget =
        |tx: &mut store::Tx<'_>| tx.execute("UPDATE notify_notifications SET reference = NULL", params![]);
    app.store.write(forget).await.expect("a row");
    assert_eq!(push(&app, &json!([event(&last_reference(&app), "Bounced")])).await.status, StatusCode::OK);

    let again = sent(&app, "silent").await;
    assert_eq!(app.status(&again).await, "Email_Failed_SuppressedRecipient");
    assert_eq!(app.status(&first).await, "Email_Sending");
}

impl TestApp {
    /// What has been filed and nobody has seen to.
    async fn dead_reports(&self) -> Vec<Value> {
        let all: Vec<(String, i64, Option<String>, String, uuid::Uuid)> = rows(
            self,
            "SELECT reason, attempts, reference, report, id FROM notify_dead_reports WHERE resolved = 0 ORDER BY id",
        )
        .await;
        all.into_iter()
            .map(|(reason, attempts, reference, report, id)| {
                json!({ "reason": reason, "attemptCount": attempts, "reference": reference, "report": report, "id": id })
            })
            .collect()
    }

    async fn resolve_dead_report(&self, id: &str) {
        let id: uuid::Uuid = id.parse().expect("an id");
        let work = move |tx: &mut store::Tx<'_>| {
            tx.execute("UPDATE notify_dead_reports SET resolved = 1 WHERE id = $1", params![id])
        };
        self.store.write(work).await.expect("a row");
    }
}
