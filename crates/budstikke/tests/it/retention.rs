//! What is kept for how long, as the command tells it, and removing it.

use serde_json::Value;

use trials::{Place, instant_sms, run};

async fn retention(place: &Place, arguments: &[&str]) -> String {
    let data = place.data().display().to_string();
    let said = run(place.folder(), &[&["retention", "--data-dir", &data], arguments].concat()).await;
    assert!(said.status.success(), "{}", said.err);
    said.out
}

fn kind<'k>(kept: &'k Value, name: &str) -> &'k Value {
    let found = kept.as_array().and_then(|all| all.iter().find(|kept| kept["kind"] == name));
    found.unwrap_or_else(|| panic!("{name} is not in {kept}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_data_has_its_rule_and_a_preview_and_applying_it_is_noted() {
    let place = Place::new().with("notify.keep_orders_days", "30").with("exchange.keep_drafts_days", "7");
    let server = place.start().await;
    // A gateway that refuses the number ends the order at once.
    let code =
        server.post("/future/orders/instant/sms", &instant_sms("a", "+4740000011", "Koden er 1.")).await;
    assert_eq!(code.status, 201, "{code:?}");

    let now: Value = serde_json::from_str(&retention(&place, &["--json"]).await).expect("JSON");
    assert_eq!(kind(&now, "orders")["due"], 0, "{now}");
    assert_eq!(kind(&now, "drafts")["days"], 7, "{now}");
    for name in [
        "feed",
        "bulks",
        "suppressions",
        "keys",
        "figures",
        "conversations",
        "queued",
        "received",
        "webhooks",
        "messages",
        "blobs",
        "audit",
    ] {
        assert!(kind(&now, name)["what"].is_string(), "{name}");
    }
    let then = retention(&place, &["--json", "--by", "2199-01-01"]).await;
    let then: Value = serde_json::from_str(&then).expect("JSON");
    assert_eq!(kind(&then, "orders")["due"], 1, "{then}");

    let said = retention(&place, &["--apply"]).await;
    assert!(said.contains("has been removed") && said.contains("notify.keep_orders_days"), "{said}");
    assert_eq!(
        server.get(&format!("/future/shipment/{}", code.shipment())).await.status,
        200,
        "it is not due"
    );
    let password = server.password.clone();
    let log =
        reqwest::Client::new().get(server.url("/console/audit")).basic_auth("budstikke", Some(password));
    trials::eventually("the entry of the audit log", || async {
        let log = log.try_clone().expect("a request").send().await.ok()?.text().await.ok()?;
        log.contains("removed what was due").then_some(())
    })
    .await;
    server.stop().await;
}
