//! Searching in the console, and the stories that it leads to, over real HTTP.

use reqwest::Method;
use serde_json::json;
use trials::{Answer, ORG, Place, SignedIn, agreed_envelope, eventually, instant_sms, sms_order};

/// What the console's own forms carry.
async fn search(console: &SignedIn, sought: &str) -> Answer {
    console.post("/console/search", &[("sought", sought)]).await
}

/// The audit log, when it has the look at a recipient.
async fn audit_log(console: &SignedIn) -> String {
    eventually("an entry of the audit log", async || {
        let shown = console.get("/console/audit").await;
        shown.text.contains("looked at the recipient").then_some(shown.text)
    })
    .await
}

#[tokio::test]
async fn a_code_is_found_by_any_spelling_and_its_story_is_told_without_the_number() {
    let place = Place::new();
    let server = place.start().await;
    let sent = server.post("/future/orders/instant/sms", &instant_sms("a", "+4798765432", "Kode 7")).await;
    assert_eq!(sent.status, 201, "{sent:?}");
    let shipment = sent.shipment();
    let console = server.sign_in().await;

    for sought in ["+4798765432", "98765432", "0047 98 76 54 32", "47 987 65 432"] {
        let found = search(&console, sought).await;
        assert_eq!(found.status, 200);
        assert!(found.text.contains(&format!("/console/shipments/{shipment}?recipient=")), "{}", found.text);
        assert!(found.text.contains("+4798****32"), "{}", found.text);
        let shown = found.text.replace(&format!("value=\"{sought}\""), "");
        assert!(!shown.contains("98765432"), "only the box has what was typed");
    }
    let story = search(&console, &shipment).await;
    assert_eq!(story.status, 200);
    for words in
        ["<ol class=\"timeline\">", "<time datetime=", "ordered it", "handed it to the gateway", "took it"]
    {
        assert!(story.text.contains(words), "{words}: {}", story.text);
    }
    assert!(!story.text.contains("98765432"), "{}", story.text);
    let norwegian = console.request(Method::GET, &format!("/console/shipments/{shipment}?lang=nb"));
    let norwegian = Answer::of(norwegian).await.expect("an answer");
    assert!(norwegian.text.contains("Tidslinje") && norwegian.text.contains("lang=\"nb\""), "{norwegian:?}");
    assert!(search(&console, "nobody@fjord.example").await.text.contains("No shipments"));
    let nothing = console.get("/console/shipments/a8d4b6a2-8a54-4b7a-b1cf-6f8e2a7b9c11").await;
    assert_eq!(nothing.status, 404);
    let log = place.log();
    assert!(
        !log.contains("98765432") && !log.contains("nobody@fjord"),
        "what is looked for stands in no log"
    );
}

#[tokio::test]
async fn a_recipient_is_shown_to_operators_who_then_stand_in_the_audit_log() {
    let place = Place::new();
    let server = place.start().await;
    let sent = server.post("/future/orders/instant/sms", &instant_sms("a", "+4798765432", "Kode 7")).await;
    let (shipment, console) = (sent.shipment(), server.sign_in().await);
    let story = console.get(&format!("/console/shipments/{shipment}")).await;
    let (_, rest) = story.text.split_once("name=\"recipient\" value=\"").expect("a recipient");
    let recipient = rest.split_once('"').expect("an id").0.to_owned();

    let path = format!("/console/shipments/{shipment}/reveal");
    let why = "asked by 14817210075 on the phone";
    let shown = console.post(&path, &[("recipient", &recipient), ("why", why)]).await;
    assert_eq!(shown.status, 200);
    assert!(shown.text.contains("<strong>+4798765432</strong>"), "{}", shown.text);
    assert!(shown.text.contains("looked at the recipient"), "the story tells of it at once: {}", shown.text);
    let log = audit_log(&console).await;
    assert!(log.contains("operator admin") && log.contains(&shipment), "{log}");
    assert!(log.contains("asked by 14********* on the phone"), "{log}");
    assert!(!log.contains("14817210075") && !log.contains("98765432"), "{log}");
    // A form of another page's making is refused, and shows nothing.
    let foreign = console.post_with(&path, &[("recipient", &recipient)], "made up").await;
    assert!(foreign.status == 403 && !foreign.text.contains("98765432"), "{foreign:?}");
    let of_another = "/console/shipments/a8d4b6a2-8a54-4b7a-b1cf-6f8e2a7b9c11/reveal";
    let refused = console.post(of_another, &[("recipient", &recipient)]).await;
    assert!(refused.status == 404 && !refused.text.contains("98765432"), "{refused:?}");
}

#[tokio::test]
async fn an_order_is_cancelled_from_its_page_and_a_second_time_is_told_so() {
    let place = Place::new();
    let server = place.start().await;
    let mut order = sms_order("a", "+4798765432", "Husk fristen.");
    order["requestedSendTime"] = json!("2099-01-01T10:00:00Z");
    order["sendersReference"] = json!("sak-7781");
    let placed = server.post("/future/orders", &order).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let (shipment, console) = (placed.shipment(), server.sign_in().await);
    let found = search(&console, "sak-7781").await;
    assert!(found.text.contains(&format!("/console/shipments/{shipment}")), "{}", found.text);
    let waiting = console.get(&format!("/console/shipments/{shipment}")).await;
    assert!(waiting.text.contains("Processing begins 2099-01-01 11:00:00"), "{}", waiting.text);

    let path = format!("/console/shipments/{shipment}/act");
    let cancelled = console.post(&path, &[("act", "cancel")]).await;
    assert!(cancelled.text.contains("Done. It is in the audit log."), "{}", cancelled.text);
    assert!(cancelled.text.contains("operator admin") && cancelled.text.contains("cancelled the order"));
    assert!(cancelled.text.contains("Nothing: it is over."), "{}", cancelled.text);
    let again = console.post(&path, &[("act", "cancel")]).await;
    assert!(again.text.contains("It had been done before"), "{}", again.text);
    assert_eq!(console.post(&path, &[("act", "burn")]).await.status, 400);
    let recipient = "a8d4b6a2-8a54-4b7a-b1cf-6f8e2a7b9c11";
    let unsure = console.post(&path, &[("act", "again"), ("recipient", recipient)]).await;
    assert!(unsure.status == 400 && unsure.text.contains("Tick the box"), "{unsure:?}");
}

#[tokio::test]
async fn a_message_is_found_by_its_id_and_its_parties_and_its_story_is_told() {
    let place = Place::new();
    let server = place.start().await;
    let id = "5f0a2f0e-0c1a-4a52-a1c8-0a1b2c3d4e5f";
    let envelope = agreed_envelope(id, ORG, ORG);
    let draft = Answer::of(server.exchange(Method::POST, "/messages/out").json(&envelope)).await;
    let draft = draft.expect("an answer");
    assert_eq!(draft.status, 200, "{draft:?}");

    let console = server.sign_in().await;
    let story = search(&console, id).await;
    assert_eq!(story.status, 200);
    for words in
        [id, "OPPRETTET 1/5: registered here", "<ol class=\"timeline\">", "Its client is to add files"]
    {
        assert!(story.text.contains(words), "{words}: {}", story.text);
    }
    let by_party = search(&console, "310 000 001").await;
    let (_, rest) = by_party.text.split_once("href=\"/console/messages/").expect("a message");
    let number = rest.split_once('"').expect("its number").0;
    let path = format!("/console/messages/{number}");
    assert!(console.get(&path).await.text.contains(id));
    let nothing = console.post(&format!("{path}/act"), &[("act", "release")]).await;
    assert!(nothing.text.contains("There is nothing of that kind to be done any more"), "{}", nothing.text);
    assert_eq!(console.post(&format!("{path}/act"), &[("act", "burn")]).await.status, 400);
    for missing in ["/console/messages/7", "/console/messages/seven"] {
        assert_eq!(console.get(missing).await.status, 404);
    }
}
