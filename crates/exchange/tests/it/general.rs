//! Credentials, error bodies, paths, paging and capabilities.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};

use crate::app::{A, Answer, B, alone, avtalt, world, world_with};

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Covers: IP-2
#[tokio::test]
async fn credentials_are_needed_and_a_token_of_the_right_organization_will_do() {
    let world = world().await;
    let url = world.a.url.join("api/statuses").expect("a path");

    let none = Answer::of(world.a.http.get(url.clone())).await;
    assert_eq!(none.status, 401);
    assert!(none.headers["www-authenticate"].to_str().expect("text").starts_with("Basic"));
    assert!(none.json().get("exception").is_none());
    let wrong = Answer::of(world.a.http.get(url.clone()).basic_auth("budstikke", Some("wrong"))).await;
    assert_eq!(wrong.status, 401);

    let bearer = |number: &str, scope: &str| {
        let token = world.token(number, scope);
        Answer::of(world.a.http.get(url.clone()).bearer_auth(token))
    };
    assert_eq!(bearer(A, "move/dpo.read").await.status, 200);
    assert_eq!(bearer(B, "move/dpo.read").await.status, 403);
    assert_eq!(bearer(A, "something:else").await.status, 403);
}

/// Covers: IP-4
#[tokio::test]
async fn nobody_is_asked_when_credentials_are_switched_off() {
    let world = world_with(|config| config.require_credentials = false).await;
    let answer = Answer::of(world.a.http.get(world.a.url.join("api/statuses").expect("a path"))).await;
    assert_eq!(answer.status, 200);
}

/// Covers: IP-5, IP-6, IP-7, IP-8, IP-9, IP-10
#[tokio::test]
async fn an_error_body_has_the_keys_of_the_contract() {
    let world = world().await;

    let unknown = world.a.get("api/messages/out/5f0a2f0e-6f0c-4c3e-9d35-2a6f2f6f7a10?x=y").await;
    let body = unknown.json();
    assert_eq!(unknown.status, 404);
    assert_eq!(keys(&body), BTreeSet::from(["timestamp", "status", "error", "message", "path", "exception"]));
    assert_eq!(body["exception"], "no.difi.meldingsutveksling.exceptions.MessageNotFoundException");
    assert_eq!(body["path"], "/api/messages/out/5f0a2f0e-6f0c-4c3e-9d35-2a6f2f6f7a10");
    assert_eq!(body["timestamp"], "2026-03-02T11:15:00+01:00");
    assert_eq!((&body["status"], &body["error"]), (&json!(404), &json!("Not Found")));
    assert_eq!(unknown.headers["x-content-type-options"], "nosniff");

    let nowhere = world.a.get("api/nothing/here").await;
    assert_eq!(nowhere.refusal(), (404, "NoResourceFoundException".to_owned()));
}

/// Covers: IP-12, IP-13, IP-14
#[tokio::test]
async fn wrong_methods_trailing_slashes_and_unknown_parameters() {
    let world = world().await;

    let wrong = Answer::of(world.a.request(Method::PATCH, "api/statuses")).await;
    assert_eq!(wrong.refusal(), (405, "HttpRequestMethodNotSupportedException".to_owned()));
    assert!(wrong.headers.contains_key("allow"));
    for path in ["api/statuses/", "api/messages/in/", "api/conversations/", "api/subscriptions/"] {
        assert_eq!(world.a.get(path).await.status, 200, "{path}");
    }
    assert_eq!(world.a.get("api/messages/in/peek/").await.status, 204);
    assert_eq!(world.a.get("api/statuses?something=else").await.status, 200);
    let head = Answer::of(world.a.request(Method::HEAD, "api/messages/in/peek")).await;
    assert_eq!(head.status, 405, "looking at the head of an answer must not lock a message");
}

/// Covers: IP-15, IP-16, IP-17, IP-18, IP-19, IP-20, IP-21, IP-22, IP-23, IP-24, IP-25, IP-26, IP-27
#[tokio::test]
async fn pages_have_the_shape_and_the_limits_of_the_contract() {
    let world = world().await;

    let empty = world.a.get("api/statuses").await.json();
    let page_keys =
        "content pageable last totalElements totalPages size number sort first numberOfElements empty";
    assert_eq!(keys(&empty), page_keys.split(' ').collect());
    let pageable = "pageNumber pageSize offset paged unpaged sort";
    assert_eq!(keys(&empty["pageable"]), pageable.split(' ').collect());
    assert_eq!((&empty["totalPages"], &empty["empty"]), (&json!(0), &json!(true)));
    assert_eq!((&empty["first"], &empty["last"]), (&json!(true), &json!(true)));
    for (query, size, number) in [
        ("", 10, 0),
        ("?size=5000", 2000, 0),
        ("?size=0", 10, 0),
        ("?size=-1", 10, 0),
        ("?size=abc&page=abc", 10, 0),
        ("?page=-1", 10, 0),
        ("?page=7&size=3", 3, 7),
    ] {
        let page = world.a.get(&format!("api/statuses{query}")).await.json();
        assert_eq!((&page["size"], &page["number"]), (&json!(size), &json!(number)), "{query}");
    }

    for _ in 0..3 {
        world.a.draft(&avtalt()).await;
        world.pass(1);
    }
    let ids = async |query: &str| -> Vec<i64> {
        let page = world.a.get(query).await.json();
        page["content"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|it| it["id"].as_i64().expect("an id"))
            .collect()
    };
    let ascending = ids("api/statuses").await;
    assert!(ascending.is_sorted() && ascending.len() == 3);
    let mut descending = ids("api/statuses?sort=id,desc").await;
    descending.reverse();
    assert_eq!(descending, ascending);
    assert_eq!(ids("api/statuses?sort=lastUpdated").await, ascending);
    let mut conversations = ids("api/conversations").await;
    conversations.reverse();
    assert!(conversations.is_sorted(), "the latest is first");
    let beyond = world.a.get("api/statuses?page=9").await.json();
    assert_eq!((&beyond["content"], &beyond["last"]), (&json!([]), &json!(true)));
    assert_eq!(beyond["sort"]["sorted"], true);
    assert_eq!(world.a.get("api/conversations").await.json()["sort"]["sorted"], true);
    let unsorted = world.a.get("api/messages/in").await.json();
    assert_eq!(unsorted["sort"], json!({ "sorted": false, "unsorted": true, "empty": true }));
    assert_eq!(world.a.get("api/statuses?sort=strange").await.status, 400);
}

/// Covers: IP-28, IP-29, IP-30, IP-32, IP-33
#[tokio::test]
async fn capabilities_tell_what_a_receiver_takes() {
    let world = world().await;

    let all = world.a.get(&format!("api/capabilities/{B}")).await;
    assert_eq!(all.status, 200);
    assert_eq!(keys(&all.json()), BTreeSet::from(["capabilities"]));
    let text = all.json().to_string();
    assert!(!text.contains("postAddress") && !text.contains("digitalPostAddress"));
    let one = world.a.get(&format!("api/capabilities/{B}?process={}", crate::app::PROCESS)).await.json();
    let expected = json!([{
        "process": crate::app::PROCESS, "serviceIdentifier": "DPO",
        "documentTypes": [{ "type": "arkivmelding", "standard": "urn:no:difi:arkivmelding:xsd::arkivmelding" }],
    }]);
    assert_eq!(one["capabilities"], expected);

    let unknown = world.a.get("api/capabilities/310000009").await;
    assert_eq!(unknown.refusal(), (404, "IdentifierNotFoundException".to_owned()));
    assert_eq!(world.a.get(&format!("api/capabilities/{B}?securityLevel=abc")).await.status, 400);
}

#[tokio::test]
async fn a_path_that_is_no_text_is_refused_in_the_contracts_shape() {
    let world = alone(|_| {}).await;
    for path in ["/api/messages/out/%FF", "/api/statuses/%C3"] {
        let answer = world.gateway.get(path).await;
        assert_eq!(answer.refusal(), (400, "RequestRejectedException".to_owned()), "{path}");
    }
}
