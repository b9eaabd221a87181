//! Killed while a cloud mail service works on what it has taken.

use std::time::Duration;

use serde_json::json;
use simulators::MailCloud;
use simulators::mail_cloud::{ACCESS_KEY, Settings};
use tokio_util::sync::CancellationToken;
use trials::Place;
use types::random::Random;
use types::time::Clock;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_email_that_was_taken_before_the_server_was_killed_is_followed_and_not_posted_again() {
    let cloud = MailCloud::new(Settings::default(), Clock::system(), Random::system()).expect("a service");
    let bound = web::server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let (address, stop) = (bound.local_addr, CancellationToken::new());
    tokio::spawn(bound.serve(cloud.router(), web::Limits::default(), stop.clone()));
    let _stop = stop.drop_guard();

    let mut place = Place::new();
    place.set("embedded.mail", "false");
    let account = format!("endpoint=\"http://{address}/\",access_key=\"{ACCESS_KEY}\"");
    place.set("providers.email", format!("{{kind=\"acs\",{account},poll_first_seconds=2}}"));
    place.set("notify.event_grid_secrets", "[\"hemmelig\"]");
    let server = place.start().await;
    let email = json!({
        "idempotencyId": "a",
        "recipientEmail": {
            "emailAddress": "silent@fjord.example",
            "emailSettings": { "subject": "Kode", "body": "Koden er 402117." },
        },
    });
    let answer = server.post("/future/orders/instant/email", &email).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let shipment = answer.shipment();
    server.kill().await;
    assert_eq!((cloud.captured().total(), cloud.asked().total()), (1, 0));

    let server = place.start().await;
    assert!(cloud.asked().wait_for_total(1, trials::PATIENCE).await, "{}", place.log());
    let succeeded = async {
        while server.recipient_status(&shipment).await.as_deref() != Some("Email_Succeeded") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(trials::PATIENCE, succeeded).await;
    assert!(waited.is_ok(), "{}", place.log());
    assert_eq!(cloud.captured().total(), 1);

    // A report that nobody understands is shown to operators.
    let reference = cloud.captured().get(0).expect("a message").operation.clone();
    let event = json!([{
        "eventType": "Microsoft.Communication.EmailDeliveryReportReceived",
        "data": { "messageId": reference, "status": "Greylisted" },
    }]);
    let path = "/notifications/email/api/v1/reports/event-grid?code=hemmelig";
    let http = reqwest::Client::new();
    let pushed = http.post(server.url(path)).json(&event).send().await.expect("an answer");
    assert_eq!(pushed.status(), 200);
    let page = server.sign_in().await.get("/console").await.text;
    assert!(page.contains("UNRECOGNIZED_SEND_RESULT") && page.contains(&reference), "{page}");
}
