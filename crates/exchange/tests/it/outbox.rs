//! Creating, filling, sending and discarding messages, and everything that can be wrong with one.

use http::Method;
use serde_json::{Value, json};

use crate::app::{A, Answer, PROCESS, arkivmelding, avtalt, message_id, sbd, world, world_with};

pub const HEADER: &str = "standardBusinessDocumentHeader";
pub const SOME_ID: &str = "5f0a2f0e-6f0c-4c3e-9d35-2a6f2f6f7a10";

/// A message with one value changed; null takes it away.
pub fn with(path: &str, value: Value) -> Value {
    let mut sbd = avtalt();
    let (parent, key) = path.rsplit_once('/').expect("a path");
    let parent = sbd.pointer_mut(&format!("/{HEADER}{parent}")).expect("it is there");
    match (parent, value) {
        (Value::Object(object), Value::Null) => drop(object.remove(key)),
        (Value::Object(object), value) => drop(object.insert(key.to_owned(), value)),
        (other, _) => panic!("no object: {other}"),
    }
    sbd
}

pub fn fields(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
}

/// Covers: IP-50, IP-53, IP-54, IP-55, IP-56, IP-58, IP-59
#[tokio::test]
async fn what_a_client_leaves_out_is_filled_in_and_what_is_unknown_is_dropped() {
    let world = world().await;
    let mut sbd = with("/unknown", json!("x"));
    sbd["avtalt"]["unknown"] = json!("y");

    let answer = world.a.post_json("api/messages/out", &sbd).await.json();

    let header = &answer[HEADER];
    assert_eq!(header["sender"][0]["identifier"]["value"], format!("0192:{A}"));
    assert_eq!(message_id(&answer).len(), 36);
    assert!(header["documentIdentification"]["creationDateAndTime"].is_string());
    let scope = &header["businessScope"]["scope"][0];
    assert_eq!(scope["instanceIdentifier"].as_str().map(str::len), Some(36));
    let deadline = &scope["scopeInformation"][0]["expectedResponseDateTime"];
    assert_eq!(deadline, "2026-03-03T11:15:00+01:00");
    assert!(!answer.to_string().contains("unknown"));
}

/// Covers: IP-51, IP-52, IP-57
#[tokio::test]
async fn a_sender_on_behalf_of_another_and_a_deadline_are_echoed_as_the_contract_says() {
    let world = world().await;
    for given in ["0192:310000007", "0192:310000001:310000007"] {
        let mut sbd = with(
            "/sender",
            json!([{ "identifier": {
            "value": given, "authority": "iso6523-actorid-upis" } }]),
        );
        let deadline = json!([{ "expectedResponseDateTime": "2026-03-04T10:15:00.5+05:00" }]);
        sbd[HEADER]["businessScope"]["scope"][0]["scopeInformation"] = deadline.clone();

        let answer = world.a.post_json("api/messages/out", &sbd).await.json();

        let header = &answer[HEADER];
        assert_eq!(header["sender"][0]["identifier"]["value"], "0192:310000001:310000007");
        assert_eq!(header["businessScope"]["scope"][0]["scopeInformation"], deadline);
    }
    let page = world.a.get("api/messages/out?senderIdentifier=310000007").await.json();
    assert_eq!(page["totalElements"], 2);
}

/// Covers: IP-39, IP-40, IP-41, IP-42, IP-43, IP-44, IP-45, IP-46, IP-47, IP-48, IP-49, IP-62
#[tokio::test]
async fn every_broken_rule_is_named_with_its_place() {
    let world = world().await;
    let two = json!([
        { "identifier": { "value": "0192:310000001", "authority": "iso6523-actorid-upis" } },
        { "identifier": { "value": "0192:310000002", "authority": "iso6523-actorid-upis" } },
    ]);
    let scope = "businessScope.scope";
    for (path, value, field) in [
        ("/headerVersion", Value::Null, "headerVersion"),
        ("/documentIdentification", Value::Null, "documentIdentification"),
        ("/documentIdentification/standard", Value::Null, "documentIdentification.standard"),
        ("/documentIdentification/typeVersion", Value::Null, "documentIdentification.typeVersion"),
        ("/documentIdentification/type", Value::Null, "documentIdentification.type"),
        ("/documentIdentification/type", json!("strange"), "documentIdentification.type"),
        (
            "/documentIdentification/instanceIdentifier",
            json!("x"),
            "documentIdentification.instanceIdentifier",
        ),
        ("/businessScope", Value::Null, "businessScope"),
        ("/businessScope/scope", json!([]), scope),
        ("/businessScope/scope", json!([{ "type": "SenderRef" }]), scope),
        ("/sender", two.clone(), "sender"),
        ("/receiver", two, "receiver"),
    ] {
        let answer = world.a.post_json("api/messages/out", &with(path, value)).await;
        assert_eq!(answer.refusal(), (400, "MethodArgumentNotValidException".to_owned()), "{path}");
        assert_eq!(fields(&answer), [format!("{HEADER}.{field}")], "{path}");
    }
    let id = |more: Value| with("/businessScope/scope", json!([more]));
    for (scope, field) in [
        (json!({ "type": "Strange" }), "businessScope.scope[].type"),
        (
            json!({ "type": "ConversationId", "instanceIdentifier": "x" }),
            "businessScope.scope[].instanceIdentifier",
        ),
    ] {
        let answer = world.a.post_json("api/messages/out", &id(scope)).await;
        assert!(fields(&answer).contains(&format!("{HEADER}.{field}")), "{answer:?}");
    }
    let late = json!([{ "expectedResponseDateTime": "2026-03-02T10:14:59Z" }]);
    let late = id(json!({ "type": "ConversationId", "identifier": PROCESS, "scopeInformation": late }));
    let answer = world.a.post_json("api/messages/out", &late).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["code"]), (400, &json!("Future")));
}

/// Covers: IP-37, IP-38, IP-60, IP-61
#[tokio::test]
async fn what_is_no_message_is_refused() {
    let world = world().await;
    let post = |kind: &'static str, body: String| {
        let request = world.a.request(Method::POST, "api/messages/out");
        Answer::of(request.header("content-type", kind).body(body))
    };
    assert_eq!(post("text/plain", avtalt().to_string()).await.status, 415);
    for body in ["", "{", "[]", "{}", r#"{"standardBusinessDocumentHeader":7}"#] {
        let answer = post("application/json", body.to_owned()).await;
        assert_eq!(answer.refusal(), (400, "HttpMessageNotReadableException".to_owned()), "{body}");
    }
    let mut third = avtalt();
    third["third"] = json!({});
    let mut other = avtalt();
    other["arkivmelding"] = other.as_object_mut().expect("an object").remove("avtalt").expect("a body");
    let mut unknown = arkivmelding();
    unknown["arkivmelding"]["dpv"] = json!({ "varselType": "Strange" });
    for body in [third, other, unknown] {
        let answer = world.a.post_json("api/messages/out", &body).await;
        assert_eq!(answer.refusal(), (400, "HttpMessageNotReadableException".to_owned()), "{body}");
    }
}

/// Covers: IP-63, IP-64, IP-65, IP-79
#[tokio::test]
async fn a_message_nobody_takes_is_refused_before_it_is_stored() {
    let world = world().await;
    let nobody =
        json!([{ "identifier": { "value": "0192:310000009", "authority": "iso6523-actorid-upis" } }]);
    let process = sbd("avtalt", "urn:no:difi:profile:strange:ver1.0", json!({}));
    let document = with("/documentIdentification/standard", json!("urn:no:difi:strange:xsd::avtalt"));
    for body in [with("/receiver", nobody), process, document] {
        let answer = world.a.post_json("api/messages/out", &body).await;
        assert_eq!(answer.refusal(), (400, "ReceiverDoesNotAcceptProcessException".to_owned()));
        assert!(answer.json()["description"].is_string());
    }
    let answer = world.a.post_json("api/messages/out", &with("/receiver", Value::Null)).await;
    assert_eq!(answer.refusal(), (400, "ServiceNotEnabledException".to_owned()));

    let off = world_with(|config| config.services.clear()).await;
    let answer = off.a.post_json("api/messages/out", &avtalt()).await;
    assert_eq!(answer.refusal(), (400, "ServiceNotEnabledException".to_owned()));
    assert_eq!(off.a.get("api/conversations").await.json()["totalElements"], 0);
}

/// Covers: IP-67, IP-68, IP-69, IP-70, IP-134, IP-135
#[tokio::test]
async fn a_message_id_is_used_once_until_message_and_conversation_are_deleted() {
    let world = world().await;
    let sbd = with("/documentIdentification/instanceIdentifier", json!(SOME_ID));
    let create = async || world.a.post_json("api/messages/out", &sbd).await;
    let taken = (400, "MessageAlreadyExistsException".to_owned());

    assert_eq!(create().await.status, 200);
    assert_eq!(create().await.refusal(), taken);
    assert_eq!(world.a.delete(&format!("api/messages/out/{SOME_ID}")).await.status, 200);
    assert_eq!(world.a.delete(&format!("api/messages/out/{SOME_ID}")).await.status, 200);
    assert_eq!(world.a.get(&format!("api/conversations/messageId/{SOME_ID}")).await.status, 200);
    assert_eq!(create().await.refusal(), taken);
    assert_eq!(world.a.delete(&format!("api/conversations/messageId/{SOME_ID}")).await.status, 200);
    assert_eq!(create().await.status, 200);
    world.a.post(&format!("api/messages/out/{SOME_ID}")).await;
    world.settle().await;
    assert_eq!(create().await.refusal(), taken);
}
