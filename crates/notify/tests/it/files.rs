//! Fetching files and sending them.

use serde_json::json;
use store::params;

use crate::app::{COMPOSED, TestApp, composed, email_order};

/// Orders one e-mail with these files, and answers its shipment.
async fn order(app: &TestApp, key: &str, files: &[&str]) -> String {
    let links: Vec<_> = files.iter().map(|file| app.link(file)).collect();
    let answer = app.compose(&composed(key, "post@firma.example", &links)).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    answer.shipment()
}

async fn noted_bytes(app: &TestApp) -> Option<i64> {
    let sql = "SELECT attachment_bytes FROM notify_notifications";
    app.store.read(move |tx| tx.one(sql, params![])).await.expect("a row")
}

#[tokio::test]
async fn files_go_with_the_email_in_the_senders_order() {
    let app = TestApp::start().await;
    let shipment = order(&app, "a", &["vedtak.pdf", "bytes-300000.pdf", "søknad.pdf"]).await;
    app.notify.run_due().await;

    assert_eq!(app.status(&shipment).await, "Email_Succeeded");
    let mail = app.mail.captured().all();
    let content = &mail[0].content;
    assert_eq!(content.subject.as_deref(), Some("Vedtak $recipientName$"));
    assert_eq!(content.text.as_deref().map(str::trim), Some("Se vedlegg."));
    let files: Vec<_> = content.attachments.iter().map(|file| (file.name.as_deref(), file.bytes)).collect();
    let small = |name: &str| format!("This is the file {name}.\n").len();
    let third = small("s%C3%B8knad.pdf");
    let expected =
        [(Some("vedtak.pdf"), small("vedtak.pdf")), (Some("bytes-300000.pdf"), 300_000), (None, third)];
    assert_eq!(files, expected);
    // The mail server's listing knows no names beyond ASCII.
    assert!(String::from_utf8_lossy(&mail[0].raw).contains("utf-8''s%C3%B8knad.pdf"));
    let bytes = expected.iter().map(|(_, bytes)| *bytes).sum::<usize>();
    assert_eq!(noted_bytes(&app).await, i64::try_from(bytes).ok());
    // The link is all that the host needs: we show it no token.
    let calls = app.files.calls().all();
    assert!(calls.iter().all(|call| call.allowed && !call.headers.contains(&"authorization".to_owned())));
}

/// Covers: NA-99
#[tokio::test]
async fn a_host_that_refuses_ends_the_email_and_one_that_is_busy_does_not() {
    let app = TestApp::start().await;
    let refused = order(&app, "a", &["vedtak.pdf", "status-403.pdf"]).await;
    let gone = order(&app, "b", &["status-404.pdf"]).await;
    let busy = order(&app, "c", &["busy.pdf"]).await;
    app.notify.run_due().await;
    assert_eq!(app.status(&refused).await, "Email_Failed_InvalidSasUrl");
    assert_eq!(app.status(&gone).await, "Email_Failed_InvalidSasUrl");
    assert_eq!(app.manifest(&gone).await["status"], "Order_Completed");
    assert_eq!(app.status(&busy).await, "Email_New");
    assert_eq!(app.mails(), 0);

    app.turn(3);
    app.notify.run_due().await;
    assert_eq!(app.status(&busy).await, "Email_Succeeded");
    assert_eq!(app.mails(), 1);
}

/// Covers: NP-78
#[tokio::test]
async fn files_are_fetched_five_at_a_time_and_what_may_pass_is_tried_again() {
    let app = TestApp::start_with(|config| config.attachment_bytes = 1_000_000).await;
    let passing = ["status-408.pdf", "status-429.pdf", "status-500.pdf", "cut-off.pdf"];
    let mut waiting = Vec::new();
    for file in passing {
        waiting.push(order(&app, file, &[file]).await);
    }
    let gone = order(&app, "gone", &["status-404.pdf"]).await;
    let endless = order(&app, "endless", &["endless.pdf"]).await;
    let announced = order(&app, "announced", &["bytes-1000001.pdf"]).await;
    let together = order(&app, "together", &["bytes-600000.pdf", "bytes-400001.pdf"]).await;
    let just = order(&app, "just", &["bytes-600000.pdf", "bytes-400000.pdf"]).await;
    app.notify.run_due().await;

    for shipment in &waiting {
        assert_eq!(app.status(shipment).await, "Email_New");
    }
    assert_eq!(app.status(&gone).await, "Email_Failed_InvalidSasUrl");
    for shipment in [&endless, &announced, &together] {
        assert_eq!(app.status(shipment).await, "Email_Failed_PayloadTooLarge");
    }
    assert_eq!(app.status(&just).await, "Email_Succeeded");

    let app = TestApp::start().await;
    let slow = order(&app, "slow", &["slow.pdf"; 12]).await;
    app.notify.run_due().await;
    assert_eq!(app.status(&slow).await, "Email_Succeeded");
    assert_eq!(app.files.calls().total(), 12);
    assert_eq!(app.files.most_at_once(), 5);
}

#[tokio::test]
async fn a_host_that_asks_for_patience_gets_it() {
    let app = TestApp::start().await;
    let shipment = order(&app, "a", &["limited.pdf"]).await;
    app.notify.run_due().await;
    app.turn(6);
    app.notify.run_due().await;
    assert_eq!(app.status(&shipment).await, "Email_New");
    app.turn(2);
    app.notify.run_due().await;
    assert_eq!(app.status(&shipment).await, "Email_Succeeded");
}

#[tokio::test]
async fn a_file_that_never_comes_lets_the_email_run_out_of_time() {
    let app = TestApp::start_with(|config| {
        config.send_again_after_seconds = jobs::Ladder::seconds(&[3600]);
    })
    .await;
    let shipment = order(&app, "a", &["status-503.pdf"]).await;
    for _ in 0..24 {
        app.notify.run_due().await;
        app.turn(2 * 3600 + 1);
    }
    app.notify.run_due().await;
    // The link had run out a day before.
    assert_eq!(app.status(&shipment).await, "Email_Failed_InvalidSasUrl");
}

/// Covers: NP-79
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let app = TestApp::start().await;
    let shipment = order(&app, "a", &["redirect.pdf"]).await;
    app.notify.run_due().await;
    assert_eq!(app.status(&shipment).await, "Email_Failed_InvalidSasUrl");
    assert_eq!(app.files.calls().total(), 1);
}

#[tokio::test]
async fn a_link_that_has_run_out_is_not_called() {
    let app = TestApp::start().await;
    let mut body = composed("a", "post@firma.example", &[app.link("vedtak.pdf")]);
    body["requestedSendTime"] = app.in_seconds(23 * 3600).into();
    let shipment = app.compose(&body).await.shipment();
    app.turn(25 * 3600);
    app.notify.run_due().await;
    assert_eq!(app.status(&shipment).await, "Email_Failed_InvalidSasUrl");
    assert_eq!(app.files.calls().total(), 0);
}

/// E-mail with files waits for room, and neither loses its turn nor keeps others waiting.
#[tokio::test]
async fn emails_share_the_room_for_files() {
    let app = TestApp::start_with(|config| {
        config.attachment_bytes = 500_000;
        config.attachment_memory_bytes = 500_000;
    })
    .await;
    for number in 0..4 {
        order(&app, &format!("{number}"), &["bytes-400000.pdf", "bytes-100000.pdf"]).await;
    }
    app.post("/future/orders", &email_order("plain", "kari@fjord.example")).await;
    app.notify.run_due().await;
    assert_eq!(app.mails(), 5);
    assert!(app.files.most_at_once() <= 2, "{} at once", app.files.most_at_once());
}

/// The links are secrets: nothing that is read shows them.
#[tokio::test]
async fn what_is_read_shows_no_link() {
    let app = TestApp::start().await;
    let shipment = order(&app, "a", &["status-403.pdf"]).await;
    app.notify.run_due().await;
    let own = app.token("bym", COMPOSED);
    let mut shown = vec![app.get_as(&own, &format!("/future/shipment/{shipment}")).await.text];
    for path in ["", "/status", "/notifications/email"] {
        shown.push(app.get(&format!("/orders/{shipment}{path}")).await.text);
    }
    shown.push(json!(app.feed("").await).to_string());
    let id = shipment.parse().expect("an id");
    let steps = app.store.read(move |tx| notify::overview::timeline_of(tx, id)).await.expect("a timeline");
    assert!(steps.iter().any(|step| step.cause == "files not fetched"), "{steps:?}");
    shown.push(format!("{steps:?}"));
    let attempts = "SELECT coalesce(detail, '-') FROM attempts";
    let details: Vec<String> = app.store.read(move |tx| tx.all(attempts, params![])).await.expect("rows");
    shown.push(details.join(" "));
    for text in shown {
        assert!(!text.contains("hemmelig") && !text.contains("sig=") && !text.contains("/ut/"), "{text}");
    }
}

#[tokio::test]
async fn a_file_inside_is_not_fetched() {
    let app = TestApp::start().await.with_files_guarded().await;
    let shipment = order(&app, "a", &["vedtak.pdf"]).await;
    app.notify.run_due().await;
    assert_eq!(app.status(&shipment).await, "Email_Failed_InvalidSasUrl");
    assert_eq!(app.files.calls().total(), 0);
}
