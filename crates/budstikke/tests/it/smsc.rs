//! The embedded message centre: switched on with one setting, and SMS go over SMPP.

use std::time::Duration;

use trials::{Answer, Place, instant_sms};

#[tokio::test]
async fn with_one_setting_texts_go_over_smpp_and_are_reported() {
    let place = Place::new()
        .with("embedded.smsc", "true")
        .with("listen.smsc", "127.0.0.1:0")
        .with("embedded.sms_report_after_ms", "1");
    let server = place.start().await;

    let sent = server.post("/future/orders/instant/sms", &instant_sms("a", "+4799990001", "Kode 7")).await;

    assert_eq!(sent.status, 201, "{sent:?}");
    let shipment = sent.shipment();
    let delivered = async {
        while server.recipient_status(&shipment).await.as_deref() != Some("SMS_Delivered") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), delivered).await.expect("a delivery");
    let addresses = std::fs::read(place.data().join("addresses.json")).expect("the addresses");
    let addresses: serde_json::Value = serde_json::from_slice(&addresses).expect("JSON");
    let services = addresses["services"].as_str().expect("an address");
    let listed = reqwest::Client::new().get(format!("http://{services}/smsc/messages"));
    let listed = Answer::of(listed).await.expect("a list").json();
    assert_eq!(listed["total"], 1);
    assert_eq!(listed["messages"][0]["text"], "Kode 7");
    assert_eq!(listed["messages"][0]["validity"], "000000000500000R");
    server.stop().await;
    assert!(place.log().contains("bound at the message centre"), "{}", place.log());
}
