//! E-mail with nothing configured: the embedded mail server reports to the server that it is embedded in.

use std::time::{Duration, Instant};

use serde_json::json;
use trials::{Place, Server};

/// Waits for an e-mail's final status in its shipment.
async fn outcome(server: &Server, key: &str, address: &str) -> String {
    let order = json!({
        "idempotencyId": key,
        "recipientEmail": {
            "emailAddress": address,
            "emailSettings": { "subject": "Kode", "body": "Koden er 402117." },
        },
    });
    let answer = server.post("/future/orders/instant/email", &order).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let shipment = answer.json()["notification"]["shipmentId"].as_str().expect("a shipment").to_owned();
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let status = server.recipient_status(&shipment).await.unwrap_or_default();
        if status != "Email_Succeeded" && status != "Email_Sending" {
            return status;
        }
        assert!(Instant::now() < until, "{address} stays {status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_bounce_and_a_delivery_show_from_end_to_end_with_nothing_configured() {
    let place = Place::new();
    let server = place.start().await;
    assert_eq!(outcome(&server, "a", "kari@fjord.example").await, "Email_Delivered");
    for key in ["b", "c"] {
        let status = outcome(&server, key, "bounced@fjord.example").await;
        assert_eq!(status, "Email_Failed_Bounced", "a magic address does the same each time");
    }
}

#[tokio::test]
async fn with_return_paths_of_ones_own_dead_addresses_are_left_alone() {
    let place = Place::new()
        .with("listen.bounces", "127.0.0.1:0")
        .with("bounces.domain", "bounce.fjord.example")
        .with("bounces.key", "a key for the test")
        .with("notify.suppress_bounced_days", "90");
    let server = place.start().await;
    assert_eq!(outcome(&server, "a", "bounced@fjord.example").await, "Email_Failed_Bounced");
    assert_eq!(outcome(&server, "b", "bounced@fjord.example").await, "Email_Failed_SuppressedRecipient");
}

#[tokio::test]
async fn half_a_configuration_of_bounces_is_refused_at_the_start() {
    let said = |settings: &'static [&'static str]| async move {
        let place = Place::new();
        let mut arguments = vec!["serve"];
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        let said = trials::run(place.folder(), &arguments).await;
        assert!(!said.status.success());
        said.err
    };
    let alone = said(&["listen.bounces=127.0.0.1:0"]).await;
    assert!(alone.contains("bounces.domain"), "{alone}");
    let half = said(&["bounces.domain=bounce.fjord.example"]).await;
    assert!(half.contains("bounces.key"), "{half}");
    let short = said(&["bounces.domain=bounce.fjord.example", "bounces.key=short"]).await;
    assert!(short.contains("16 characters") && !short.contains("short\""), "{short}");
}
