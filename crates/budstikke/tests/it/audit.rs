//! What must be answered for is in the audit log, and whoever changes the log is found out.

use serde_json::{Value, json};
use store::{Options, Store, params};
use trials::{Place, Said, Server, eventually, run};

const RESERVED: &str = "01010050053";

async fn audit(place: &Place, more: &[&str]) -> Said {
    let data = place.data().display().to_string();
    run(place.folder(), &[&["audit"], more, &["--data-dir", &data]].concat()).await
}

/// The log's entries, once there are so many.
async fn entries(place: &Place, count: usize) -> Vec<Value> {
    eventually("the entries to be in the chain", || async {
        let said = audit(place, &["export"]).await;
        assert!(said.status.success(), "{}", said.err);
        let lines: Vec<Value> =
            said.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        (lines.len() >= count).then_some(lines)
    })
    .await
}

async fn import_a_reserved_person(place: &Place) {
    let file = place.folder().join("contacts.json");
    let person = json!({ "persons": [{ "nationalIdentityNumber": RESERVED, "name": "Kari Nordmann",
        "reserved": true, "email": "kari@fjord.example", "lastConfirmed": "2100-01-01T00:00:00Z" }] });
    std::fs::write(&file, person.to_string()).expect("a file");
    let data = place.data().display().to_string();
    let said = run(place.folder(), &["import", &file.display().to_string(), "--data-dir", &data]).await;
    assert!(said.status.success(), "{}", said.err);
}

async fn order_for_the_reserved_person(server: &Server, ignore: bool) -> String {
    let order = json!({ "idempotencyId": format!("reserved-{ignore}"), "recipient": { "recipientPerson": {
        "nationalIdentityNumber": RESERVED, "channelSchema": "Email", "ignoreReservation": ignore,
        "emailSettings": { "subject": "Hei", "body": "Hei" } } } });
    let answer = server.post("/future/orders", &order).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.shipment()
}

async fn instant(server: &Server, id: &str) -> String {
    let sms = json!({ "idempotencyId": id, "recipientSms": { "phoneNumber": "+4799999999",
        "timeToLiveInSeconds": 300, "smsSettings": { "body": "Koden er 402117." } } });
    let answer = server.post("/future/orders/instant/sms", &sms).await;
    assert!(answer.status == 201 || answer.status == 200, "{}", answer.text);
    answer.shipment()
}

#[tokio::test]
async fn every_instant_message_and_every_overridden_reservation_is_in_the_log_once() {
    let place = Place::new();
    let server = place.start().await;
    import_a_reserved_person(&place).await;
    let kept = order_for_the_reserved_person(&server, false).await;
    let overridden = order_for_the_reserved_person(&server, true).await;
    let first = instant(&server, "code-1").await;
    assert_eq!(instant(&server, "code-1").await, first);
    let second = instant(&server, "code-2").await;

    let log = entries(&place, 3).await;
    let mut told: Vec<(&str, &str)> = log
        .iter()
        .map(|entry| (entry["action"].as_str().expect("text"), entry["subject"].as_str().expect("text")))
        .collect();
    told.sort_unstable();
    let mut expected = vec![
        ("instant.accepted", first.as_str()),
        ("instant.accepted", &second),
        ("reservation.overridden", &overridden),
    ];
    expected.sort_unstable();
    assert_eq!(told, expected);
    assert!(log.iter().all(|entry| entry["actor"] == "fjord" && entry["subject"] != kept.as_str()));
    let text = serde_json::to_string(&log).expect("JSON");
    assert!(!text.contains(RESERVED) && !text.contains("99999999") && !text.contains("kari@"), "{text}");

    let whole = audit(&place, &["verify"]).await;
    assert!(whole.status.success() && whole.out.contains("3 entries"), "{}{}", whole.out, whole.err);
}

#[tokio::test]
async fn a_log_that_was_changed_cut_or_made_anew_is_broken() {
    let place = Place::new();
    let server = place.start().await;
    for id in ["code-1", "code-2", "code-3"] {
        instant(&server, id).await;
    }
    entries(&place, 3).await;
    let said = audit(&place, &["verify"]).await;
    let anchor = said.out.lines().last().expect("an anchor").to_owned();
    instant(&server, "code-4").await;
    entries(&place, 4).await;
    server.stop().await;
    let exported = place.folder().join("log.ndjson");
    std::fs::write(&exported, audit(&place, &["export"]).await.out).expect("a file");

    let verdict = async |more: &[&str]| {
        let said = audit(&place, &[&["verify"], more].concat()).await;
        (said.status.code(), format!("{}{}", said.out, said.err))
    };
    let file = exported.display().to_string();
    assert_eq!(verdict(&["--anchor", &anchor]).await.0, Some(0));
    assert_eq!(verdict(&["--anchor", &anchor, "--file", &file]).await.0, Some(0));

    let changed = std::fs::read_to_string(&exported).expect("a file").replacen("fjord", "skd", 1);
    std::fs::write(&exported, changed).expect("a file");
    let (code, words) = verdict(&["--file", &file]).await;
    assert!(code == Some(3) && words.contains("link 1 has been changed"), "{words}");

    write(&place, "DELETE FROM audit_log WHERE number = 4").await;
    let (code, words) = verdict(&[]).await;
    assert!(code == Some(3) && words.contains("the chain ends at 3:"), "{words}");
    // Whoever moves the head back, too, is found out by what was written down elsewhere.
    write(&place, "UPDATE audit_head SET number = 2, hash = (SELECT hash FROM audit_log WHERE number = 2)")
        .await;
    write(&place, "DELETE FROM audit_log WHERE number = 3").await;
    assert_eq!(verdict(&[]).await.0, Some(0));
    let (code, words) = verdict(&["--anchor", &anchor]).await;
    assert!(code == Some(3) && words.contains("does not go through the anchor"), "{words}");

    let (code, words) = verdict(&["--anchor", "three"]).await;
    assert!(code == Some(2) && words.contains("number"), "{words}");
}

async fn write(place: &Place, sql: &'static str) {
    let store = Store::open(&place.data().join("budstikke.db"), Options::default()).expect("the store");
    let changed: Result<u64, store::Error> = store.write(move |tx| tx.execute(sql, params![])).await;
    assert_eq!(changed.expect("a change"), 1);
}
