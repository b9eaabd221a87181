//! E-mail through Azure Communication Services, and what Event Grid tells of it.

use std::time::Duration;

use gateways::{About, EmailResult, Report, ReportSink as _, Reported, SmsResult};
use http::StatusCode;
use jiff::SignedDuration;
use jobs::Claim;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::mail_cloud::{ReportTarget, Schema, Settings};
use store::params;
use types::ids::AttemptId;

use crate::app::{Answer, PATIENCE, TestApp, email_order, instant_email, instant_sms};

pub const EVENTS: &str = "/notifications/email/api/v1/reports/event-grid";
const EMAIL: &str = "/future/orders/instant/email";

fn settings() -> Settings {
    Settings {
        report_after: Duration::ZERO,
        swallow: Duration::from_millis(20),
        operation_takes: Duration::from_secs(10),
        ..Settings::default()
    }
}

pub async fn start() -> TestApp {
    TestApp::start_with_cloud(settings(), |_| ()).await
}

/// Orders an e-mail to this local part and has it handed over.
pub async fn sent(app: &TestApp, local_part: &str) -> String {
    let key = format!("{local_part} {}", app.cloud().captured().total());
    let order = email_order(&key, &format!("{local_part}@fjord.example"));
    let shipment = app.post("/future/orders", &order).await.shipment();
    app.notify.run_due().await;
    shipment
}

/// Lets time pass in small steps, in which all that is due is done.
async fn pass(app: &TestApp, seconds: u64) {
    for _ in 0..seconds / 4 {
        app.turn(4);
        app.notify.run_due().await;
    }
}

pub fn event(reference: &str, status: &str) -> Value {
    json!({
        "id": "a7c0f7b2-3a51-4d61-8f52-0f9d3f0a1b22", "dataVersion": "1.0", "metadataVersion": "1",
        "eventType": "Microsoft.Communication.EmailDeliveryReportReceived",
        "eventTime": "2026-03-02T10:00:40Z",
        "data": { "messageId": reference, "status": status, "recipient": "kari@fjord.example" },
    })
}

pub async fn push(app: &TestApp, events: &Value) -> Answer {
    let request = app.request(Method::POST, &format!("{EVENTS}?code=event%20secret"));
    TestApp::send(request.header("aeg-event-type", "Notification").json(events)).await
}

/// The service's name for the latest message that came to it.
pub fn last_reference(app: &TestApp) -> String {
    app.cloud().captured().all().last().expect("a message").operation.clone()
}

pub fn posts(app: &TestApp) -> u64 {
    app.cloud().captured().total()
}

/// How many seconds after the start each question came.
fn questions(app: &TestApp) -> Vec<i64> {
    let first = app.cloud().captured().get(0).expect("a message").at;
    let asked = app.cloud().asked().all();
    asked.iter().map(|asked| asked.at.duration_since(first).as_secs()).collect()
}

pub async fn rows<T: store::FromRow + Send + 'static>(app: &TestApp, sql: &'static str) -> Vec<T> {
    app.store.read(move |tx| tx.all(sql, params![])).await.expect("rows")
}

/// Covers: NA-191
#[tokio::test]
async fn an_email_is_on_its_way_until_the_service_is_done_with_it_and_ends_with_its_report() {
    let app = start().await;
    let shipment = sent(&app, "silent").await;
    assert_eq!(app.status(&shipment).await, "Email_Sending");
    // The service's name for it, which is the attempt's, was stored with the acceptance.
    let kept: Vec<(String, AttemptId, String)> = rows(
        &app,
        "SELECT n.reference, a.id, a.outcome FROM notify_notifications n
            JOIN attempts a ON a.subject = n.id WHERE a.state = 'ended'",
    )
    .await;
    let (reference, attempt, outcome) = &kept[0];
    assert_eq!((kept.len(), outcome.as_str()), (1, "accepted"));
    assert_eq!((reference, attempt.to_string()), (&last_reference(&app), last_reference(&app)));

    pass(&app, 8).await;
    assert_eq!(app.status(&shipment).await, "Email_Sending");
    pass(&app, 16).await;
    let manifest = app.manifest(&shipment).await;
    assert_eq!(manifest["recipients"][0]["status"], "Email_Succeeded");
    assert_eq!(manifest["status"], "Order_Processed");
    assert_eq!((questions(&app), posts(&app)), (vec![8, 24], 1));

    for (number, status) in
        ["Delivered", "Bounced", "Failed", "FilteredSpam", "Quarantined", "Suppressed"].iter().enumerate()
    {
        // To somebody else each time, as nobody writes to a dead address again.
        let shipment = sent(&app, &format!("silent+{status}")).await;
        pass(&app, 24).await;
        assert_eq!(app.manifest(&shipment).await["status"], "Order_Processed");
        assert_eq!(push(&app, &json!([event(&last_reference(&app), status)])).await.status, StatusCode::OK);
        assert_eq!(app.manifest(&shipment).await["status"], "Order_Completed", "{status}");
        assert_eq!(app.feed("").await.len(), number + 1);
    }
}

/// Covers: NP-66
#[tokio::test]
async fn questions_come_further_apart_and_end_after_a_quarter_of_an_hour() {
    let app = start().await;
    let shipment = sent(&app, "stuck").await;
    pass(&app, 1200).await;
    let expected: Vec<i64> = [8, 24, 56].into_iter().chain((116..=900).step_by(60)).collect();
    assert_eq!(questions(&app), expected);
    assert_eq!((app.status(&shipment).await.as_str(), posts(&app)), ("Email_Sending", 1));

    // The service's own pauses are kept to, the one in its first answer as well.
    let ask_after = Some(Duration::from_secs(100));
    let app = TestApp::start_with_cloud(Settings { ask_after, ..settings() }, |_| ()).await;
    sent(&app, "stuck").await;
    pass(&app, 1200).await;
    assert_eq!(questions(&app), (100..=900).step_by(100).collect::<Vec<_>>());
}

/// Covers: NP-60
#[tokio::test]
async fn a_question_that_is_refused_is_asked_later_and_nothing_is_posted_again() {
    let app = start().await;
    // The service answers 429 first, then 500, and only then.
    let shipment = sent(&app, "busy").await;
    pass(&app, 24).await;
    let statuses = |app: &TestApp| -> Vec<u16> {
        app.cloud().asked().all().iter().map(|asked| asked.status.as_u16()).collect()
    };
    assert_eq!((statuses(&app), app.status(&shipment).await.as_str()), (vec![429, 500], "Email_Sending"));
    pass(&app, 32).await;
    assert_eq!(
        (statuses(&app), app.status(&shipment).await.as_str()),
        (vec![429, 500, 200], "Email_Succeeded")
    );
    assert_eq!(posts(&app), 1);
}

/// Covers: NP-59
#[tokio::test]
async fn a_key_that_is_refused_fails_no_email() {
    let app = start().await;
    let mut shipments = Vec::new();
    for local_part in ["denied", "forbidden", "unlinked"] {
        shipments.push(sent(&app, local_part).await);
    }
    for _ in 0..6 {
        app.turn(600);
        app.notify.run_due().await;
    }
    for shipment in &shipments {
        assert_eq!(app.status(shipment).await, "Email_New");
    }
    assert!(app.cloud().captured().all().iter().all(|mail| !mail.taken));
}

#[tokio::test]
async fn an_operation_that_fails_ends_the_email_as_its_code_says() {
    let app = start().await;
    for (local_part, expected) in [
        ("dropped", "Email_Failed_SuppressedRecipient"),
        ("failing", "Email_Failed"),
        ("canceled", "Email_Failed"),
    ] {
        let shipment = sent(&app, local_part).await;
        pass(&app, 24).await;
        let manifest = app.manifest(&shipment).await;
        assert_eq!(manifest["recipients"][0]["status"], expected);
        assert_eq!(manifest["status"], "Order_Completed");
    }
    assert_eq!(posts(&app), 3);

    // Whom the service does not send to is not tried again.
    let again = sent(&app, "dropped").await;
    assert_eq!(app.status(&again).await, "Email_Failed_SuppressedRecipient");
    assert_eq!(posts(&app), 3);
}

#[tokio::test]
async fn a_service_that_fails_twice_gets_the_email_the_third_time() {
    let app = start().await;
    let shipment = sent(&app, "transient").await;
    assert_eq!(app.status(&shipment).await, "Email_New");
    pass(&app, 60).await;
    assert_eq!(app.status(&shipment).await, "Email_Succeeded");
    let taken: Vec<bool> = app.cloud().captured().all().iter().map(|mail| mail.taken).collect();
    assert_eq!(taken, [false, false, true]);
}

#[tokio::test]
async fn what_the_service_has_taken_though_it_failed_is_not_posted_again() {
    let app = start().await;
    let shipment = sent(&app, "broken").await;
    assert_eq!(app.status(&shipment).await, "Email_Sending");
    pass(&app, 60).await;
    assert_eq!((app.status(&shipment).await.as_str(), posts(&app)), ("Email_Succeeded", 1));
}

/// Reports as the service itself pushes them, the handshake included.
#[tokio::test]
async fn the_services_own_reports_arrive_in_either_schema() {
    for schema in [Schema::EventGrid, Schema::CloudEvents] {
        let app = start().await;
        let url = format!("http://{}{EVENTS}?code=event%20secret", app.address);
        let url = url.parse().expect("a URL");
        app.cloud().report_to(Some(ReportTarget { url, header: None, schema }));
        for (local_part, expected) in
            [("early", "Email_Delivered"), ("bounced", "Email_Failed_Bounced"), ("double", "Email_Delivered")]
        {
            let shipment = sent(&app, local_part).await;
            app.wait_for(&shipment, "Order_Completed").await;
            assert_eq!(app.status(&shipment).await, expected, "{local_part}");
        }
        assert!(app.cloud().pushed().wait_for_total(5, PATIENCE).await);
        pass(&app, 60).await;
        let first = app.cloud().captured().get(0).expect("a message").operation.clone();
        let results: Vec<String> = rows(&app, "SELECT result FROM notify_notifications ORDER BY id").await;
        assert_eq!(results, ["Delivered", "Failed_Bounced", "Delivered"], "{first}");
    }
}

/// Covers: NA-198
#[tokio::test]
async fn what_was_delivered_stays_delivered_whatever_is_said_later() {
    let app = start().await;
    let email = app.post(EMAIL, &instant_email("e", "silent@fjord.example")).await.shipment();
    let sms = app.post("/future/orders/instant/sms", &instant_sms("s", "+4740000008")).await.shipment();
    let names = [(last_reference(&app), "acs"), (app.last_reference(), "pswin")];
    let says = |results: [Reported; 2]| {
        let report = |((reference, route), reported): ((String, &'static str), Reported)| {
            let about = About::Reference(reference);
            (route, vec![Report { about, reported, state: "said".to_owned(), occurred: None }])
        };
        names.clone().into_iter().zip(results).map(report)
    };
    for results in [
        [Reported::Email(EmailResult::Delivered), Reported::Sms(SmsResult::Delivered)],
        [Reported::Email(EmailResult::Succeeded), Reported::Sms(SmsResult::Accepted)],
        [Reported::Email(EmailResult::Sending), Reported::Sms(SmsResult::Sending)],
    ] {
        for (route, reports) in says(results) {
            app.notify.take(route, reports).await.expect("on disk");
        }
        assert_eq!(app.status(&email).await, "Email_Delivered");
        assert_eq!(app.status(&sms).await, "SMS_Delivered");
    }
    let kept: Vec<String> = rows(&app, "SELECT result FROM notify_reports WHERE applied = 0").await;
    assert_eq!(kept.len(), 4, "what came too late is on record");
}

/// The process dies after the acceptance: the question is on disk with it, and another node asks.
#[tokio::test]
async fn an_email_is_followed_by_whoever_is_left() {
    let app = start().await;
    let shipment = sent(&app, "silent").await;
    app.turn(8);
    // One worker takes the question and is never heard of again.
    let claim = Claim { worker: "lost".to_owned(), now: app.clock.now(), lease: Duration::from_secs(120) };
    let lost = app.store.write(move |tx| jobs::claim(tx, notify::FOLLOW, &claim, 10)).await;
    let lost: Result<_, store::Error> = lost.map(|taken| taken.len());
    assert_eq!(lost.expect("a claim"), 1);

    let other = app.another().await;
    pass(&other, 116).await;
    assert_eq!((app.status(&shipment).await.as_str(), questions(&app).len()), ("Email_Sending", 0));
    pass(&other, 60).await;
    assert_eq!(app.status(&shipment).await, "Email_Succeeded");
    assert_eq!(posts(&app), 1);
}

/// An e-mail that nobody hears of again has timed out like any other.
#[tokio::test]
async fn what_is_never_decided_times_out() {
    let app = start().await;
    let shipment = sent(&app, "stuck").await;
    pass(&app, 900).await;
    app.clock.advance(Duration::try_from(SignedDuration::from_hours(48)).expect("a time"));
    app.notify.run_due().await;
    let manifest = app.manifest(&shipment).await;
    assert_eq!(manifest["recipients"][0]["status"], "Email_Failed_TTL");
    assert_eq!(manifest["status"], "Order_Completed");
}

/// Covers: NP-61
#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_before_anything_is_posted_again() {
    for (local_part, expected_posts) in [("lost", 1), ("doubt", 1), ("cutoff", 2)] {
        let app = start().await;
        let shipment = sent(&app, local_part).await;
        assert_eq!(app.status(&shipment).await, "Email_Sending", "{local_part}");
        pass(&app, 400).await;
        assert_eq!(app.status(&shipment).await, "Email_Succeeded", "{local_part}");
        assert_eq!(posts(&app), expected_posts, "{local_part}");
        let taken = app.cloud().captured().all().iter().filter(|mail| mail.taken).count();
        assert_eq!(taken, 1, "{local_part}");
        // The first two answers say that nobody knows it, if it had to be posted again.
        let unknown = app.cloud().asked().all().iter().filter(|asked| asked.status == 404).count();
        assert_eq!(unknown, if expected_posts == 1 { 0 } else { 2 }, "{local_part}");
    }
}
