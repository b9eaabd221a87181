//! The list of addresses that are no longer sent to, as senders see it.

use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{API, CREATE, TestApp, instant_email};

const LIST: &str = "/future/suppressions";
const EMAIL: &str = "/future/orders/instant/email";

fn addresses(all: &[&str]) -> Value {
    json!({ "emailAddresses": all })
}

async fn delete(app: &TestApp, token: &str, id: &str) -> StatusCode {
    let request = app.request(Method::DELETE, &format!("{API}{LIST}/{id}")).bearer_auth(token);
    TestApp::send(request).await.status
}

#[tokio::test]
async fn what_a_sender_lists_is_not_sent_to_until_it_is_lifted() {
    let app = TestApp::start().await;
    let answer = app
        .post(LIST, &addresses(&["Kari@Blåbær.example", "kari@blåbær.example", "ola@fjord.example"]))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let listed = answer.json();
    assert_eq!(listed["suppressions"].as_array().map(Vec::len), Some(2), "one mailbox is one entry");
    assert!(!answer.text.contains('@'), "an entry holds no address");

    let stopped = app.post(EMAIL, &instant_email("a", "kari@blåbær.example")).await;
    assert_eq!(app.status(&stopped.shipment()).await, "Email_Failed_SuppressedRecipient");
    assert_eq!(app.mail.captured().total(), 0);
    let ttd = app.token("ttd", CREATE);
    app.post_as(&ttd, EMAIL, &instant_email("a", "kari@blåbær.example")).await;
    assert!(app.mail.captured().total() > 0, "the list is one sender's own");

    let answer =
        app.post(&format!("{LIST}/lift"), &addresses(&["kari@blåbær.example", "per@fjord.example"])).await;
    assert_eq!(answer.json(), json!({ "lifted": 1 }));
    let sent = app.post(EMAIL, &instant_email("b", "kari@blåbær.example")).await;
    assert_eq!(app.status(&sent.shipment()).await, "Email_Succeeded");
}

#[tokio::test]
async fn a_bulk_does_not_send_to_whom_its_creator_has_listed() {
    let app = TestApp::start().await;
    app.post(LIST, &addresses(&["kari@fjord.example"])).await;
    let settings = json!({ "subject": "Hei", "body": "Hei" });
    let line = json!({ "idempotencyId": "a", "recipient": { "recipientEmail": {
        "emailAddress": "kari@fjord.example", "emailSettings": settings } } });
    let bulk = app
        .request(Method::POST, &format!("{API}/future/orders/bulk?answers=all"))
        .bearer_auth(app.bym())
        .header("Content-Type", "application/x-ndjson")
        .body(line.to_string());
    let answer = TestApp::send(bulk).await;
    let accepted = answer.text.lines().find(|line| line.contains("accepted\",")).expect("an order");
    let accepted: Value = serde_json::from_str(accepted).expect("JSON");
    let shipment = accepted["receipt"]["notification"]["shipmentId"].as_str().expect("an id");
    app.notify.run_due().await;

    assert_eq!(app.status(shipment).await, "Email_Failed_SuppressedRecipient");
    assert_eq!(app.mail.captured().total(), 0);
}

#[tokio::test]
async fn entries_are_looked_up_listed_in_pages_and_lifted_by_id() {
    let app = TestApp::start().await;
    let wish = json!({
        "emailAddresses": ["a@fjord.example", "b@fjord.example", "c@fjord.example"],
        "reason": "HardBounce",
        "expires": "2026-04-01T12:00:00+02:00",
    });
    assert_eq!(app.post(LIST, &wish).await.status, StatusCode::OK);
    let found =
        app.post(&format!("{LIST}/lookup"), &addresses(&["B@fjord.example", "d@fjord.example"])).await.json();
    let found = &found["suppressions"];
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert_eq!(found[0]["emailAddress"], "B@fjord.example");
    for (member, value) in [
        ("reason", "HardBounce"),
        ("scope", "Creator"),
        ("channel", "Email"),
        ("expires", "2026-04-01T10:00:00Z"),
    ] {
        assert_eq!(found[0][member], value, "{found}");
    }

    let first = app.get(&format!("{LIST}?pageSize=2")).await.json();
    let next = first["next"].as_str().expect("another page");
    let second = app.get(&format!("{LIST}?pageSize=2&after={next}")).await.json();
    assert_eq!(second["suppressions"].as_array().map(Vec::len), Some(1));
    assert!(second["next"].is_null());
    let ids =
        [&first["suppressions"][0]["id"], &first["suppressions"][1]["id"], &second["suppressions"][0]["id"]];
    let mut distinct: Vec<_> = ids.iter().filter_map(|id| id.as_str()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 3);

    let (bym, ttd) = (app.bym(), app.token("ttd", CREATE));
    assert_eq!(delete(&app, &ttd, distinct[0]).await, StatusCode::NOT_FOUND, "somebody else's");
    assert_eq!(delete(&app, &bym, distinct[0]).await, StatusCode::NO_CONTENT);
    assert_eq!(delete(&app, &bym, distinct[0]).await, StatusCode::NOT_FOUND);
    assert_eq!(delete(&app, &bym, "own-12").await, StatusCode::NOT_FOUND);
    assert_eq!(app.get_as(&ttd, LIST).await.json(), json!({ "suppressions": [] }));

    app.turn(40 * 24 * 3600);
    app.notify.run_due().await;
    assert_eq!(app.get(LIST).await.json(), json!({ "suppressions": [] }), "their time is up");
}

#[tokio::test]
async fn what_is_dead_for_everybody_can_be_lifted_by_whoever_knows_better() {
    let app = TestApp::start().await;
    app.post(EMAIL, &instant_email("a", "rejected@fjord.example")).await;
    let entries = app.get(LIST).await.json();
    assert_eq!(
        (&entries["suppressions"][0]["scope"], &entries["suppressions"][0]["reason"]),
        (&"Everybody".into(), &"HardBounce".into())
    );
    let ttd = app.token("ttd", CREATE);
    let known =
        app.post_as(&ttd, &format!("{LIST}/lookup"), &addresses(&["rejected@fjord.example"])).await.json();
    let id = known["suppressions"][0]["id"].as_str().expect("an entry").to_owned();
    assert_eq!(delete(&app, &ttd, &id).await, StatusCode::NOT_FOUND, "not by its id");
    let lifted = app.post_as(&ttd, &format!("{LIST}/lift"), &addresses(&["rejected@fjord.example"])).await;
    assert_eq!(lifted.json(), json!({ "lifted": 1 }));
    assert_eq!(app.get(LIST).await.json(), json!({ "suppressions": [] }));
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_nothing_is_listed() {
    let app = TestApp::start().await;
    let many: Vec<String> = (0..1001).map(|n| format!("a{n}@fjord.example")).collect();
    let table = [
        (json!({}), "$"),
        (json!({ "emailAddresses": "a@fjord.example" }), "$.emailAddresses"),
        (json!({ "emailAddresses": [7] }), "$.emailAddresses"),
        (json!({ "emailAddresses": [] }), "EmailAddresses"),
        (json!({ "emailAddresses": many }), "EmailAddresses"),
        (json!({ "emailAddresses": ["a@fjord.example", "nobody"] }), "EmailAddresses[1]"),
        (json!({ "emailAddresses": ["a@fjord.example"], "reason": "Weather" }), "$.reason"),
        (json!({ "emailAddresses": ["a@fjord.example"], "expires": "2026-03-01T00:00:00Z" }), "Expires"),
        (json!({ "emailAddresses": ["a@fjord.example"], "expires": "2026-04-01T00:00:00" }), "Expires"),
    ];
    for (body, key) in table {
        assert_eq!(app.post(LIST, &body).await.keys(), [key]);
    }
    assert_eq!(app.get(&format!("{LIST}?after=x")).await.keys(), ["After"]);
    assert_eq!(app.get(&format!("{LIST}?pageSize=x")).await.keys(), ["PageSize"]);
    assert_eq!(app.get(LIST).await.json(), json!({ "suppressions": [] }));
    let stranger = TestApp::send(app.request(Method::GET, &format!("{API}{LIST}"))).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}

/// Two nodes and two starts of one agree on the hashes, because the store keeps the key.
#[tokio::test]
async fn every_node_recognizes_what_another_has_listed() {
    let app = TestApp::start().await;
    app.post(LIST, &addresses(&["kari@fjord.example"])).await;
    let other = app.another().await;
    let stopped = other.post(EMAIL, &instant_email("a", "kari@fjord.example")).await;
    assert_eq!(other.status(&stopped.shipment()).await, "Email_Failed_SuppressedRecipient");
}
