//! What becomes of an older order's messages, and what they say.

use gateways::{About, EmailResult, Report, ReportSink as _, Reported};
use serde_json::json;

use crate::app::{FJORD, KARI, TestApp};
use crate::older::{ANY, EMAIL, id_of, order};

/// Covers: NA-151, NA-191
#[tokio::test]
async fn an_email_that_was_taken_ends_nothing_and_every_end_does() {
    let app = TestApp::start().await;
    for result in EmailResult::ALL {
        let body =
            json!({ "subject": "a", "body": "b", "recipients": [{ "emailAddress": "kari@fjord.example" }] });
        let id = id_of(&app.post(EMAIL, &body).await);
        app.notify.run_due().await;
        let path = format!("/orders/{id}/notifications/email");
        let before = app.get(&path).await.json();
        assert_eq!(before["notifications"][0]["sendStatus"]["status"], "Succeeded");
        assert_eq!(app.manifest(&id).await["status"], "Order_Processed", "Succeeded");
        let notification = before["notifications"][0]["id"].as_str().expect("an id").parse();
        let about = About::Notification(notification.expect("a UUID"));
        let report =
            Report { about, reported: Reported::Email(*result), state: "told".to_owned(), occurred: None };
        app.notify.take("smtp", vec![report]).await.expect("a report on disk");

        let after = app.get(&path).await.json();
        let status = after["notifications"][0]["sendStatus"]["status"].as_str().expect("text").to_owned();
        let expected = match result {
            EmailResult::FailedTtl => "Failed",
            result if result.is_final() => result.as_str(),
            _ => "Succeeded",
        };
        assert_eq!(status, expected, "{result}");
        let ended = if result.is_final() { "Order_Completed" } else { "Order_Processed" };
        assert_eq!(app.manifest(&id).await["status"], ended, "{result}");
        let sms = app.get(&format!("/orders/{id}/notifications/sms")).await.json();
        assert_eq!((&sms["generated"], &sms["notifications"]), (&0.into(), &json!([])));
    }
}

/// Covers: NA-180, NA-181
#[tokio::test]
async fn numbers_are_filled_in_and_names_are_asked_for_only_where_a_text_wants_one() {
    let app = TestApp::start().await;
    let both = json!([{ "nationalIdentityNumber": KARI }, { "organizationNumber": FJORD }]);
    id_of(&app.post(ANY, &order("Email", &both)).await);
    let mut direct = order("Email", &json!([{ "emailAddress": "ola@fjord.example" }]));
    direct["emailTemplate"]["body"] = "Hei $recipientName$".into();
    id_of(&app.post(ANY, &direct).await);
    app.notify.run_due().await;
    assert_eq!(app.names_asked(), 0);

    let mut numbered = order("Email", &both);
    numbered["emailTemplate"]["body"] = "Nr. [$recipientNumber$]".into();
    id_of(&app.post(ANY, &numbered).await);
    app.notify.run_due().await;
    let text_to = |address: &str| {
        let mail = app.mail.captured().all();
        let mut latest = mail.iter().rev();
        let found = latest.find(|mail| mail.recipients.iter().any(|to| to.address == address));
        found.and_then(|mail| mail.content.text.clone()).expect("a text")
    };
    assert!(text_to("kari@fjord.example").contains("Nr. []"), "{}", text_to("kari@fjord.example"));
    assert!(text_to("drift@fjord.example").contains(&format!("Nr. [{FJORD}]")));

    numbered["emailTemplate"]["body"] = "Hei $recipientName$".into();
    id_of(&app.post(ANY, &numbered).await);
    app.notify.run_due().await;
    assert_eq!(app.names_asked(), 1);
    assert!(text_to("kari@fjord.example").contains("Hei Kari Nordmann"));
}
