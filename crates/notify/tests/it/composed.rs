//! Ordering e-mail with files.

use auth::TokenKind;
use http::{StatusCode, header};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{COMPOSED, CREATE, TestApp, composed, sms_order};

const PATH: &str = "/future/orders/composed-email";
const FILE: &str = "Recipient.Settings.Attachments[0]";
const AZURE: &str =
    "https://konto.blob.core.windows.net/ut/a.pdf?sr=b&sp=r&se=2026-09-02T08%3A00%3A00Z&sig=hemmelig";

fn order(link: &str) -> Value {
    composed("a", "post@firma.example", &[link.to_owned()])
}

/// An order of one file, with one member of it changed.
fn with(member: &str, value: &str) -> Value {
    let mut body = order(AZURE);
    body["recipient"]["emailSettings"]["attachments"][0][member] = value.into();
    body
}

/// Covers: NA-8, NA-88, NA-100
#[tokio::test]
async fn an_email_with_files_has_a_scope_of_its_own() {
    let app = TestApp::start().await;
    let mut body = order(&app.link("vedtak.pdf"));
    body["sendersReference"] = "vedtak-0042".into();
    let answer = app.compose(&body).await;

    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let json = answer.json();
    let chain = json["notificationOrderId"].as_str().expect("an id");
    let location = answer.headers[header::LOCATION].to_str().expect("text");
    assert!(location.ends_with(&format!("/notifications/api/v1/orders/chain/{chain}")), "{location}");
    assert_eq!(json["notification"]["sendersReference"], "vedtak-0042");
    assert!(json["notification"].get("reminders").is_none());

    // Whoever may order may see what became of it.
    let own = app.token("bym", COMPOSED);
    let manifest = app.get_as(&own, &format!("/future/shipment/{}", answer.shipment())).await;
    assert_eq!(manifest.status, StatusCode::OK);
    assert_eq!(manifest.json()["type"], "Composed");

    let ordinary = app.post_as(&own, "/future/orders", &sms_order("a", "+4740000001")).await;
    assert_eq!(ordinary.status, StatusCode::FORBIDDEN);
    assert_eq!(app.post_as(&app.token("bym", CREATE), PATH, &body).await.status, StatusCode::FORBIDDEN);
    let platform = app.token_of(Some("bym"), TokenKind::PlatformAccess, "", 600);
    let request = app.request(Method::POST, &format!("/notifications/api/v1{PATH}")).json(&body);
    let alone = TestApp::send(request.header("PlatformAccessToken", platform)).await;
    assert_eq!(alone.status, StatusCode::UNAUTHORIZED);
}

/// Covers: NA-25, NA-89
#[tokio::test]
async fn no_files_are_fine_however_that_is_written() {
    let app = TestApp::start().await;
    for (key, files) in [("null", Some(Value::Null)), ("empty", Some(json!([]))), ("absent", None)] {
        let mut body = composed(key, "post@firma.example", &[]);
        let settings = body["recipient"]["emailSettings"].as_object_mut().expect("an object");
        settings.remove("attachments");
        settings.extend(files.map(|files| ("attachments".to_owned(), files)));
        let answer = app.compose(&body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{key}: {}", answer.text);
        assert!(
            !answer.text.contains("null") && !answer.text.contains("sendersReference"),
            "{}",
            answer.text
        );
    }
    app.notify.run_due().await;
    assert_eq!(app.mails(), 3);
    assert_eq!(app.files.calls().total(), 0);
}

/// Covers: NA-90, NA-91
#[tokio::test]
async fn names_and_kinds_of_files_are_checked() {
    let app = TestApp::start().await;
    for name in ["a/b.pdf", "a\\b.pdf", "readme", "x.", ".", " "] {
        let keys = app.compose(&with("filename", name)).await.keys();
        assert_eq!(keys, [format!("{FILE}.Filename")], "{name}");
    }
    for kind in ["image/jpg", "text/html", "application/octet-stream", "text/plain; charset=utf-8", ""] {
        let keys = app.compose(&with("mimeType", kind)).await.keys();
        assert_eq!(keys, [format!("{FILE}.MimeType")], "{kind}");
    }
    assert_eq!(app.compose(&with("mimeType", "IMAGE/JPEG")).await.status, StatusCode::CREATED);
    let dotted = app.compose(&with("filename", ".pdf")).await;
    assert_eq!(dotted.status, StatusCode::OK, "{}", dotted.text);
}

/// Covers: NA-92, NA-93, NA-94, NA-95
#[tokio::test]
async fn links_are_checked_and_never_told() {
    let app = TestApp::start().await;
    let changes = [
        ("https:", "http:"),
        ("https://konto.blob.core.windows.net", ""),
        ("konto.blob.core.windows.net", "files.example.com"),
        ("konto.blob.core.windows.net", "x.blob.core.windows.net.evil.example"),
        ("&sig=hemmelig", ""),
        ("sig=hemmelig", "sig="),
        ("sr=b", "sr=c"),
        ("sp=r", "sp=w"),
        ("&se=2026-09-02T08%3A00%3A00Z", ""),
        ("2026-09-02T08%3A00%3A00Z", "hemmelig"),
    ];
    for (from, to) in changes {
        let answer = app.compose(&order(&AZURE.replacen(from, to, 1))).await;
        assert_eq!(answer.keys(), [format!("{FILE}.SasUrl")], "{to}");
        assert!(!answer.text.contains("hemmelig") && !answer.text.contains("sp="), "{}", answer.text);
    }
    let impossible = app.compose(&with("sasUrl", "https://[hemmelig")).await;
    assert_eq!(impossible.keys(), ["$.recipient.emailSettings.attachments[0].sasUrl"]);
    assert!(!impossible.text.contains("hemmelig"));
    // What was refused has used up no key, and what is right is in whatever letter case.
    let right = AZURE.replace("sr=b", "sr=B").replace("konto.blob", "KONTO.Blob");
    assert_eq!(app.compose(&order(&right)).await.status, StatusCode::CREATED);
}

/// Covers: NA-96
#[tokio::test]
async fn a_link_lasts_fifteen_minutes_longer_than_the_order_waits() {
    let app = TestApp::start().await;
    let mut body = order(&AZURE.replace("2026-09-02T08%3A00%3A00Z", "2026-09-02T08%3A14%3A59Z"));
    body["requestedSendTime"] = "2026-09-02T10:00:00+02:00".into();
    assert_eq!(app.compose(&body).await.keys(), [FILE]);

    let mut body = order(&AZURE.replace("2026-09-02T08%3A00%3A00Z", "2026-09-02T08%3A15%3A00Z"));
    body["requestedSendTime"] = "2026-09-02T10:00:00+02:00".into();
    assert_eq!(app.compose(&body).await.status, StatusCode::CREATED);
}

/// Covers: NA-98
#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once_by_its_key() {
    let app = TestApp::start().await;
    let mut body = order(AZURE);
    let file = body["recipient"]["emailSettings"]["attachments"][0].clone();
    body["recipient"]["emailSettings"]["attachments"] =
        json!([null, file, { "filename": "x", "mimeType": "x", "sasUrl": "/x" }]);
    body["recipient"]["emailAddress"] = "nobody".into();
    body["recipient"]["emailSettings"]["sendingTimePolicy"] = "Daytime".into();
    let keys = app.compose(&body).await.keys();
    let third = "Recipient.Settings.Attachments[2]";
    let expected = [
        "Recipient.EmailAddress",
        FILE,
        &format!("{third}.Filename"),
        &format!("{third}.MimeType"),
        &format!("{third}.SasUrl"),
        "Recipient.Settings.SendingTimePolicy",
    ];
    assert_eq!(keys, expected);

    let mut lacking = order(AZURE);
    lacking["recipient"]["emailSettings"]["attachments"][0] = json!({ "filename": "a.pdf" });
    assert_eq!(app.compose(&lacking).await.keys(), ["$.recipient.emailSettings.attachments[0]"]);
    let mut none = order(AZURE);
    none.as_object_mut().expect("an object").remove("recipient");
    assert_eq!(app.compose(&none).await.keys(), ["$"]);
}

#[tokio::test]
async fn there_is_a_limit_to_how_many_files_an_email_has() {
    let app = TestApp::start_with(|config| config.attachments_per_email = 2).await;
    let files = |count: usize| composed("a", "post@firma.example", &vec![AZURE.to_owned(); count]);
    assert_eq!(app.compose(&files(3)).await.keys(), ["Recipient.Settings.Attachments"]);
    assert_eq!(app.compose(&files(2)).await.status, StatusCode::CREATED);
}
