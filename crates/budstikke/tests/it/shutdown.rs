//! SIGTERM: what is in flight is finished and answered, then the process goes in peace.

use std::sync::Arc;
use std::time::Duration;
use trials::{Outside, Place, instant_sms};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_in_flight_is_answered_before_the_server_goes() {
    let outside = Outside::start().await;
    outside.slow_down(Duration::from_millis(700));
    let mut place = Place::new();
    outside.lead_to(&mut place);
    let server = Arc::new(place.start().await);
    let asking = Arc::clone(&server);
    let asked = tokio::spawn(async move {
        asking.post("/future/orders/instant/sms", &instant_sms("a", "+4799999901", "Koden er 1.")).await
    });
    let captured = outside.gateway().captured();
    assert!(captured.wait_for_total(1, trials::PATIENCE).await, "the gateway was not called");
    server.signal("TERM").await;

    let answer = asked.await.expect("no panic");
    assert_eq!(answer.status, 201, "{answer:?}");
    let mut server = Arc::into_inner(server).expect("nobody else holds it");
    assert_eq!(server.ended().await.code(), Some(0), "{}", place.log());
    assert!(!place.data().join("addresses.json").exists(), "the addresses of nobody are still there");

    let server = place.start().await;
    let status = server.recipient_status(&answer.shipment()).await;
    assert_eq!(status.as_deref(), Some("SMS_Accepted"), "its hand-over was recorded before the end");
}
