//! Very many orders in one call.

use std::time::Duration;

use axum::body::Bytes;
use futures_util::{StreamExt as _, stream};
use http::StatusCode;
use jobs::{Claim, Round, claim_in_turn};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::app::{API, Answer, CREATE, KARI, PATIENCE, RESERVED, TestApp, sms_order};

const PATH: &str = "/future/orders/bulk";

fn template() -> String {
    let settings = json!({ "body": "Hei, $who$. Du har fått brev.", "sendingTimePolicy": "Anytime" });
    json!({ "template": { "sendersReference": "alle", "recipient": { "recipientSms": { "smsSettings": settings } } } })
        .to_string()
}

fn line(key: &str, number: &str) -> String {
    let recipient = json!({ "recipientSms": { "phoneNumber": number } });
    json!({ "idempotencyId": key, "recipient": recipient, "fields": { "who": key } }).to_string()
}

async fn take(app: &TestApp, query: &str, lines: &[String]) -> Answer {
    let request = app.request(Method::POST, &format!("{API}{PATH}{query}")).bearer_auth(app.bym());
    let request = request.header("content-type", "application/x-ndjson");
    TestApp::send(request.body(lines.join("\n"))).await
}

fn answers(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn counts(summary: &Value) -> [u64; 4] {
    ["lines", "accepted", "known", "refused"].map(|name| summary[name].as_u64().expect("a number"))
}

#[tokio::test]
async fn lines_become_orders_and_a_repeated_call_finds_them_known() {
    let app = TestApp::start().await;
    let mut lines = vec![template(), line("Kari", "+4740000001"), line("Ola", "+4740000001")];
    lines.push(sms_order("whole", "+4740000001").to_string());

    let first = answers(&take(&app, "?answers=all", &lines).await);
    assert_eq!((&first[0]["type"], &first[1]["type"]), (&json!("begun"), &json!("accepted")));
    assert_eq!((&first[1]["line"], &first[1]["idempotencyId"]), (&json!(2), &json!("Kari")));
    let summary = first.last().expect("a summary");
    assert_eq!((&summary["type"], counts(summary)), (&json!("complete"), [3, 3, 0, 0]));

    app.notify.run_due().await;
    let texts: Vec<_> = app.gateway.captured().all().iter().map(|sms| sms.text.clone()).collect();
    assert!(texts.contains(&"Hei, Kari. Du har fått brev.".to_owned()), "{texts:?}");
    let shipment = first[1]["receipt"]["notification"]["shipmentId"].as_str().expect("an id");
    let manifest = app.manifest(shipment).await;
    assert_eq!(
        (&manifest["status"], &manifest["sendersReference"]),
        (&json!("Order_Completed"), &json!("alle"))
    );

    lines.push(line("Per", "+4740000001"));
    let again = answers(&take(&app, "?answers=all", &lines).await);
    assert_eq!((&again[1]["known"], &again[1]["receipt"]), (&json!(true), &first[1]["receipt"]));
    let summary = again.last().expect("a summary");
    assert_eq!(counts(summary), [4, 1, 3, 0]);

    let bulk = app.get(&format!("{PATH}/{}", summary["bulkId"].as_str().expect("an id"))).await.json();
    assert_eq!((&bulk["state"], counts(&bulk)), (&json!("complete"), [4, 1, 3, 0]));
    assert_eq!(bulk["orders"], json!({ "Order_Completed": 3, "Order_Registered": 1 }));
}

#[tokio::test]
async fn what_is_refused_is_named_by_line_and_key_and_harms_no_other() {
    let app = TestApp::start().await;
    let person = |key: &str, id: &str| {
        let settings = json!({ "body": "Hei" });
        let person = json!({ "nationalIdentityNumber": id, "channelSchema": "Sms", "smsSettings": settings });
        json!({ "idempotencyId": key, "recipient": { "recipientPerson": person } }).to_string()
    };
    let lines = [
        person("a", KARI),
        "{".to_owned(),
        String::new(),
        line("b", "+4740000001"),
        person("e", "99999999999"),
        person("f", RESERVED),
        template(),
        line("c", "no number"),
        json!({ "idempotencyId": "d", "fields": 7 }).to_string(),
    ];
    let told = answers(&take(&app, "", &lines).await);
    let refused: Vec<_> = told.iter().filter(|answer| answer["type"] == "refused").collect();
    assert_eq!(refused.len(), 5, "{told:?}");
    let errors = |line: u64| {
        let found = refused.iter().find(|refused| refused["line"] == line).expect("a refused line");
        found["problem"]["errors"].as_object().map(|errors| errors.keys().cloned().collect::<Vec<_>>())
    };
    assert_eq!(errors(2), Some(vec!["$".to_owned()]));
    assert_eq!(errors(4), Some(vec!["$.recipient.recipientSms".to_owned()]));
    assert_eq!(errors(8), Some(vec!["Recipient.RecipientSms.PhoneNumber".to_owned()]));
    assert_eq!(errors(9), Some(vec!["Fields".to_owned()]));
    assert!(refused.iter().any(|one| one["problem"]["code"] == "NOT-00001" && one["idempotencyId"] == "e"));
    let end = told.last().expect("a summary");
    assert_eq!(counts(end), [7, 2, 0, 5]);
    assert_eq!(end["type"], "complete");
}

#[tokio::test]
async fn the_call_is_guarded_like_every_order() {
    let app = TestApp::start().await;
    let request =
        app.request(Method::POST, &format!("{API}{PATH}")).header("content-type", "application/x-ndjson");
    assert_eq!(TestApp::send(request).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.post(PATH, &json!({})).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(take(&app, "?answers=some", &[]).await.keys(), ["Answers"]);

    let done = answers(&take(&app, "", &[line("x", "+4740000001")]).await);
    let path = format!("{PATH}/{}", done[0]["bulkId"].as_str().expect("an id"));
    let ttd = app.token("ttd", CREATE);
    assert_eq!(app.get_as(&ttd, &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&format!("{PATH}/no-id")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&path).await.status, StatusCode::OK);
}

/// Every order of a bulk stands behind one turn, and its creator's other orders do not stand behind it.
#[tokio::test]
async fn a_single_order_does_not_wait_for_a_bulk_of_the_same_creator() {
    let app = TestApp::start().await;
    let lines: Vec<_> =
        std::iter::once(template()).chain((0..300).map(|at| line(&at.to_string(), "+4740000001"))).collect();
    let end = answers(&take(&app, "", &lines).await);
    assert_eq!(counts(end.last().expect("a summary")), [300, 300, 0, 0]);
    let single = app.post("/future/orders", &sms_order("single", "+4740000001")).await;
    assert_eq!(single.status, StatusCode::CREATED);

    let now = app.clock.now();
    let taken = app.store.write(move |tx| {
        let claim = Claim { worker: "test".to_owned(), now, lease: Duration::from_secs(60) };
        claim_in_turn(tx, notify::ORDERS, &claim, 2, &Round::default())
    });
    let taken: Result<_, store::Error> = taken.await;
    let mut owners: Vec<_> = taken.expect("jobs").taken.into_iter().map(|taken| taken.owner).collect();
    owners.sort_unstable();
    assert_eq!(owners, ["bym", "bym bulk"]);
}

/// Sends a stream piece by piece; what has been told by the time it breaks off stays accepted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_breaks_off_is_made_again_and_goes_on() {
    let app = TestApp::start().await;
    let lines: Vec<_> = (0..900).map(|at| line(&at.to_string(), "+4740000001")).collect();
    let (pieces, body) = mpsc::channel::<Result<Bytes, std::io::Error>>(4);
    let body = stream::unfold(body, |mut body| async move { Some((body.recv().await?, body)) });
    let request = app.request(Method::POST, &format!("{API}{PATH}?answers=all")).bearer_auth(app.bym());
    let request =
        request.header("content-type", "application/x-ndjson").body(reqwest::Body::wrap_stream(body));
    let whole = [template(), lines[..450].join("\n"), String::new()].join("\n");
    pieces.send(Ok(whole.into())).await.expect("it is read");
    let response = request.send().await.expect("an answer");
    let mut told = response.bytes_stream().boxed();
    let mut text = String::new();
    let reading = async {
        while text.matches("\"accepted\",\"line\"").count() < 400 {
            let piece = told.next().await.expect("more").expect("a piece");
            text.push_str(std::str::from_utf8(&piece).expect("text"));
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("lines are accepted while more come");
    drop((pieces, told));

    let all: Vec<_> = std::iter::once(template()).chain(lines).collect();
    let end = answers(&take(&app, "", &all).await);
    let [lines, accepted, known, refused] = counts(end.last().expect("a summary"));
    assert_eq!((lines, accepted + known, refused), (900, 900, 0));
    assert!(known >= 400);
}

/// How many lines one call has. For trials by hand it can be more.
fn many() -> u32 {
    std::env::var("BUDSTIKKE_BULK_LINES").map_or(20_000, |lines| lines.parse().expect("a number of lines"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn very_many_lines_go_in_one_call_while_codes_go_through() {
    let count = many();
    let app = TestApp::start().await;
    let lines = (0..count).map(|at| line(&format!("line-{at}"), "+4740000001") + "\n");
    let pieces = std::iter::once(template() + "\n").chain(lines).collect::<Vec<_>>();
    let pieces: Vec<_> = pieces.chunks(100).map(|some| Ok::<_, std::io::Error>(some.concat())).collect();
    let request = app.request(Method::POST, &format!("{API}{PATH}")).bearer_auth(app.bym());
    let request = request.header("content-type", "application/x-ndjson");
    let bulk = TestApp::send(request.body(reqwest::Body::wrap_stream(stream::iter(pieces))));
    let codes = async {
        for at in 0..10 {
            let code = crate::app::instant_sms(&format!("code-{at}"), "+4740000001");
            let sent = app.post("/future/orders/instant/sms", &code).await;
            assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text);
        }
    };
    let (bulk, ()) = tokio::join!(bulk, codes);
    let end = answers(&bulk);
    let summary = end.last().expect("a summary");
    assert_eq!((&summary["type"], counts(summary)), (&json!("complete"), [count.into(), count.into(), 0, 0]));
    let shown = app.get(&format!("{PATH}/{}", summary["bulkId"].as_str().expect("an id"))).await.json();
    assert_eq!(shown["orders"], json!({ "Order_Registered": count }));
}
