//! Erasing what there is about one recipient: by the command, and by the console; and the page of the rules.

use serde_json::{Value, json};
use trials::{Answer, Place, Said, Server, eventually, instant_sms, run, run_with_input};

/// The gateway refuses it, so that its order is at its end at once.
const NUMBER: &str = "+4740000011";
/// The gateway takes it, and says nothing more.
const OPEN: &str = "+4740000029";
const PERSON: &str = "13858130624";

async fn forget(place: &Place, arguments: &[&str]) -> Said {
    let data = place.data().display().to_string();
    run(place.folder(), &[&["forget", "--data-dir", &data], arguments].concat()).await
}

fn kind<'r>(report: &'r Value, name: &str) -> &'r Value {
    let found = report["shares"].as_array().and_then(|all| all.iter().find(|share| share["kind"] == name));
    found.unwrap_or_else(|| panic!("{name} is not in {report}"))
}

async fn send(server: &Server, key: &str, to: &str) -> String {
    let sent = server.post("/future/orders/instant/sms", &instant_sms(key, to, "Koden er 402117.")).await;
    assert_eq!(sent.status, 201, "{sent:?}");
    sent.shipment()
}

/// Entries of the audit log about erasures, once there are so many.
async fn audited(server: &Server, number: usize) -> Vec<Value> {
    eventually("entries in the audit log", async || {
        let log = reqwest::Client::new().get(server.url("/console/audit"));
        let log = Answer::of(log.basic_auth("budstikke", Some(&server.password))).await.ok()?;
        assert!(!log.text.contains("40000011"), "the number is in the log: {}", log.text);
        let entries = log.text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let entries: Vec<Value> = entries.filter(|entry| entry["subject"] == "erasure").collect();
        (entries.len() >= number).then_some(entries)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_shows_what_there_is_and_erases_it_only_when_told_to() {
    let place = Place::new();
    let server = place.start().await;
    let shipment = send(&server, "a", NUMBER).await;
    let path = format!("/future/shipment/{shipment}");
    let destination = async || server.get(&path).await.json()["recipients"][0]["destination"].clone();

    let shown = forget(&place, &["400 00 011"]).await;
    assert!(shown.status.success(), "{}", shown.err);
    for wanted in ["+4740****11", "notifications        1       0", "captured             1", "--yes erases"]
    {
        assert!(shown.out.contains(wanted), "{wanted} in {}", shown.out);
    }
    assert!(!shown.out.contains("40000011"), "{}", shown.out);
    assert_eq!(destination().await, NUMBER, "nothing has changed");

    let data = place.data().display().to_string();
    let arguments = ["forget", "-", "--yes", "--json", "--data-dir", &data];
    let erased = run_with_input(place.folder(), &arguments, NUMBER).await;
    assert!(erased.status.success(), "{}", erased.err);
    let report: Value = serde_json::from_str(&erased.out).expect("JSON");
    assert_eq!((&report["erased"], &report["recipient"]), (&json!(true), &json!("+4740****11")));
    for name in ["notifications", "orders", "log", "attempts", "feed", "captured"] {
        assert_eq!(kind(&report, name)["goes"], 1, "{name} in {report}");
    }
    assert_eq!(destination().await, "erased");
    let feed = server.get("/future/shipment/feed").await;
    assert!(feed.text.contains("\"erased\"") && !feed.text.contains("40000011"), "{}", feed.text);

    let nothing = forget(&place, &[NUMBER, "--yes"]).await;
    assert!(nothing.out.contains("notifications        0       0"), "{}", nothing.out);
    let wrong = forget(&place, &["Kari"]).await;
    assert_eq!(wrong.status.code(), Some(2), "{}", wrong.err);
    assert!(wrong.err.contains("not a recipient"), "{}", wrong.err);

    let entries = audited(&server, 2).await;
    assert_eq!(entries[0]["detail"], "looked at what there is about +4740****11");
    let erased = entries[1]["detail"].as_str().expect("words");
    assert!(erased.starts_with("erased of +4740****11: notifications 1, log 1"), "{erased}");
    assert_eq!(entries[1]["actor"], "operator budstikke");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_shows_it_first_and_only_those_who_administer_may() {
    let place = Place::new();
    let server = place.start().await;
    let (shipment, open) = (send(&server, "a", NUMBER).await, send(&server, "b", OPEN).await);
    let console = server.sign_in().await;
    let asked = console.get("/console/erasure?lang=nb").await;
    assert!(
        asked.text.contains("Slett en mottaker") && asked.text.contains("name=\"recipient\""),
        "{}",
        asked.text
    );

    let preview = console.post("/console/erasure", &[("recipient", "40000011")]).await;
    assert_eq!(preview.status, 200, "{}", preview.text);
    assert!(preview.text.contains("Erase for good"), "{}", preview.text);
    let wrong = console.post("/console/erasure", &[("recipient", "Kari")]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let waits = console.post("/console/erasure", &[("recipient", OPEN)]).await;
    assert!(waits.text.contains(&open) && waits.text.contains("they are on their way"), "{}", waits.text);
    let stale =
        console.post_with("/console/erasure/confirm", &[("recipient", NUMBER)], "another token").await;
    assert_eq!(stale.status, 403);

    let fields = [("login", "drift"), ("password", "a long enough password"), ("role", "operate")];
    assert_eq!(console.post("/console/users", &fields).await.status, 200);
    let operator = server.sign_in_as("drift", "a long enough password").await;
    assert_eq!(operator.get("/console/erasure").await.status, 403);
    assert_eq!(operator.post("/console/erasure", &[("recipient", NUMBER)]).await.status, 403);
    assert_eq!(operator.post("/console/erasure/confirm", &[("recipient", NUMBER)]).await.status, 403);
    assert!(!operator.get("/console/retention").await.text.contains("/console/erasure"), "no link for them");

    let erased = console.post("/console/erasure/confirm", &[("recipient", NUMBER)]).await;
    assert!(erased.text.contains("Erased:") && !erased.text.contains("40000011"), "{}", erased.text);
    let manifest = server.get(&format!("/future/shipment/{shipment}")).await.json();
    assert_eq!(manifest["recipients"][0]["destination"], "erased");
    let story = console.get(&format!("/console/shipments/{shipment}")).await;
    assert_eq!(story.status, 200, "{}", story.text);
    assert!(story.text.contains("erased"), "{}", story.text);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_asked_of_both_products() {
    let place = Place::new();
    let server = place.start().await;
    let register = place.folder().join("persons.csv");
    let persons = format!("nationalIdentityNumber;email\n{PERSON};kari@fjord.example\n");
    std::fs::write(&register, persons).expect("a file");
    let data = place.data().display().to_string();
    let brought = run(place.folder(), &["import", "persons.csv", "--data-dir", &data]).await;
    assert!(brought.status.success(), "{}", brought.err);

    let shown = forget(&place, &[PERSON, "--json"]).await;
    let report: Value = serde_json::from_str(&shown.out).expect("JSON");
    for (name, goes) in
        [("notifications", 0), ("contacts", 1), ("messages", 0), ("drafts", 0), ("registry", 0)]
    {
        assert_eq!(kind(&report, name)["goes"], goes, "{name} in {report}");
    }
    assert_eq!((&report["recipient"], &report["erased"]), (&json!("13*********"), &json!(false)));
    let erased = forget(&place, &[PERSON, "--yes", "--json"]).await;
    let report: Value = serde_json::from_str(&erased.out).expect("JSON");
    assert_eq!(kind(&report, "contacts")["goes"], 1, "{report}");
    let export = run(place.folder(), &["export", "contacts.json", "--data-dir", &data]).await;
    assert!(export.status.success(), "{}", export.err);
    let left = std::fs::read_to_string(place.folder().join("contacts.json")).expect("a file");
    assert!(!left.contains(PERSON), "{left}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rules_have_a_page_that_looks_ahead_and_a_button_for_those_who_administer() {
    let place = Place::new().with("notify.keep_orders_days", "30").with("notify.feed_days", "1");
    let server = place.start().await;
    send(&server, "a", NUMBER).await;
    let console = server.sign_in().await;
    let page = console.get("/console/retention?lang=en").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for wanted in
        ["How long things are kept", "<td>30 days</td><td>0</td>", "notify.keep_orders_days", "(+30)"]
    {
        assert!(page.text.contains(wanted), "{wanted} in {}", page.text);
    }
    assert!(!page.text.contains("Remove now what is due"), "nothing is due: {}", page.text);
    let ahead = console.get("/console/retention?days=31&lang=nb").await;
    assert!(ahead.text.contains("<td>30 dager</td><td>0</td><td>1</td>"), "{}", ahead.text);
    assert!(ahead.text.contains("aria-current=\"page\">Oppbevaring"), "{}", ahead.text);
    let odd = console.get("/console/retention?days=-3x").await;
    assert!(odd.text.contains("(+30)"), "what is no number of days is the usual one: {}", odd.text);

    let done = console.post("/console/retention/apply", &[]).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert!(done.text.contains("What was due has been removed."), "{}", done.text);
    let fields = [("login", "leser"), ("password", "a long enough password"), ("role", "read")];
    assert_eq!(console.post("/console/users", &fields).await.status, 200);
    let reader = server.sign_in_as("leser", "a long enough password").await;
    assert_eq!(reader.get("/console/retention").await.status, 200);
    assert_eq!(reader.post("/console/retention/apply", &[]).await.status, 403);
    server.stop().await;
}
