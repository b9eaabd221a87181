//! Whatever is posted, the answer is the contract's: never a panic, never a 500. And every limit lies where
//! it is said to lie.

use http::{StatusCode, header};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{
    Answer, FJORD, KARI, TestApp, email_order, instant_email, instant_sms, person_order, sms_order,
};

const ORDERS: &str = "/future/orders";
const SMS: &str = "/future/orders/instant/sms";
const EMAIL: &str = "/future/orders/instant/email";
const EITHER: &str = "/future/orders/instant";

/// What the endpoints take.
fn good_requests(key: &str) -> Vec<(&'static str, Value)> {
    let mut with_reminder = person_order(key, KARI, "EmailPreferred");
    with_reminder["reminders"] =
        json!([{ "delayDays": 3, "recipient": sms_order(key, "+4740000008")["recipient"] }]);
    with_reminder["requestedSendTime"] = "2026-09-01T08:00:00Z".into();
    with_reminder["conditionEndpoint"] = "https://tjeneste.eksempel.no/skal-varsles".into();
    let mut organization = person_order(key, KARI, "EmailAndSms");
    let person = organization["recipient"]["recipientPerson"].take();
    organization["recipient"] = json!({ "recipientOrganization": person });
    organization["recipient"]["recipientOrganization"]["orgNumber"] = FJORD.into();
    organization["recipient"]["recipientOrganization"]["resourceId"] = "urn:altinn:resource:x".into();
    let either = json!({ "idempotencyId": key, "recipient": { "recipientSms": instant_sms(key, "+4740000008")["recipientSms"] } });
    vec![
        (ORDERS, sms_order(key, "+4740000008")),
        (ORDERS, email_order(key, "kari@fjord.example")),
        (ORDERS, with_reminder),
        (ORDERS, organization),
        (SMS, instant_sms(key, "+4740000008")),
        (EMAIL, instant_email(key, "kari@fjord.example")),
        (EITHER, either),
    ]
}

/// Any JSON, with what tends to be forgotten more often than chance would have it.
fn anything() -> impl Strategy<Value = Value> {
    let odd = prop::sample::select(vec![
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("\u{feff}\u{202e}\u{1f600}"),
        json!("9999-12-31T23:59:59.9999999Z"),
        json!("0001-01-01T00:00:00Z"),
        json!("2026-02-30T00:00:00Z"),
        json!("+4740000008"),
        json!("http://[::1"),
        json!("urn:altinn:person:idporten-email:%ff"),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e308),
        json!(0.5),
        json!("x".repeat(3000)),
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        odd,
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-zA-Z]{0,8}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The place of every value in a document, but for the document itself.
fn places(value: &Value) -> Vec<String> {
    let below = |name: &str, child: &Value| {
        let here = format!("/{name}");
        let mut all = vec![here.clone()];
        all.extend(places(child).into_iter().map(|place| format!("{here}{place}")));
        all
    };
    match value {
        Value::Object(members) => members.iter().flat_map(|(name, child)| below(name, child)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(at, child)| below(&at.to_string(), child)).collect()
        }
        _ => Vec::new(),
    }
}

/// The same document with some of its values replaced.
fn spoiled(mut document: Value, changes: &[(Index, Value)]) -> Value {
    for (place, value) in changes {
        let places = places(&document);
        if !places.is_empty() {
            *document.pointer_mut(&places[place.index(places.len())]).expect("a place") = value.clone();
        }
    }
    document
}

fn assert_contractual(answer: &Answer, body: &str) {
    assert!(!answer.status.is_server_error(), "{} {} after {body}", answer.status, answer.text);
    if answer.status == StatusCode::BAD_REQUEST {
        let kind = answer.headers[header::CONTENT_TYPE].to_str().expect("text");
        assert!(kind.starts_with("application/problem+json"), "{kind}");
        assert_eq!(answer.json()["status"], 400, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_good_request_spoiled_anywhere_is_answered_as_the_contract_says() {
    let app = TestApp::start().await;
    let mut runner = TestRunner::default();
    let changes = prop::collection::vec((any::<Index>(), anything()), 1..4);
    let mut refused = 0;
    for round in 0..60 {
        for (number, (path, good)) in good_requests(&format!("round {round}")).into_iter().enumerate() {
            let drawn = changes.new_tree(&mut runner).expect("changes").current();
            let mut body = spoiled(good, &drawn);
            // Two requests of one key are one, so that the second would not be looked at.
            if body["idempotencyId"].is_string() {
                body["idempotencyId"] = format!("{round} {number}").into();
            }
            let answer = app.post(path, &body).await;
            assert_contractual(&answer, &format!("{path} {body}"));
            refused += usize::from(answer.status == StatusCode::BAD_REQUEST);
        }
    }
    assert!(refused > 100, "only {refused} were refused");
}

#[tokio::test]
async fn any_json_and_any_bytes_are_answered_as_the_contract_says() {
    let app = TestApp::start().await;
    let mut runner = TestRunner::default();
    let bodies = prop_oneof![
        anything().prop_map(|value| value.to_string().into_bytes()),
        any::<Vec<u8>>(),
        "[\\[\\]{}\",:0-9a-z]{0,40}".prop_map(String::into_bytes),
    ];
    for _ in 0..80 {
        for path in [ORDERS, SMS, EMAIL, EITHER] {
            let body = bodies.new_tree(&mut runner).expect("a body").current();
            let request = app.request(Method::POST, path).bearer_auth(app.bym());
            let request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
            let answer = TestApp::send(request).await;
            assert_contractual(&answer, &String::from_utf8_lossy(&body));
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", String::from_utf8_lossy(&body));
        }
    }
}

/// One value at one place, and whether it is inside the limit.
type Case = (&'static str, usize, &'static str, Value, bool);

#[tokio::test]
async fn every_limit_lies_where_it_is_said_to_lie() {
    let app = TestApp::start().await;
    let person = "/recipient/recipientPerson/nationalIdentityNumber";
    let organization = "/recipient/recipientOrganization/orgNumber";
    let resource = "/recipient/recipientOrganization/resourceId";
    let address = "/recipient/recipientEmail/emailAddress";
    let lifetime = "/recipientSms/timeToLiveInSeconds";
    let delay = "/reminders/0/delayDays";
    let label = |letters: usize| json!(format!("a@{}.no", "b".repeat(letters)));
    let top = |letters: usize| json!(format!("a@b.{}", "n".repeat(letters)));
    let labels = |count: usize| json!(format!("a@{}no", "b.".repeat(count)));
    let cases: Vec<Case> = vec![
        ("TimeToLive", 4, lifetime, json!(59), false),
        ("TimeToLive", 4, lifetime, json!(60), true),
        ("TimeToLive", 4, lifetime, json!(172_800), true),
        ("TimeToLive", 4, lifetime, json!(172_801), false),
        ("DelayDays", 2, delay, json!(0), false),
        ("DelayDays", 2, delay, json!(1), true),
        ("DelayDays", 2, delay, json!(3650), true),
        ("DelayDays", 2, delay, json!(3651), false),
        ("NationalIdentityNumber", 2, person, json!("1385813062"), false),
        ("NationalIdentityNumber", 2, person, json!(KARI), true),
        ("NationalIdentityNumber", 2, person, json!("138581306240"), false),
        ("OrgNumber", 3, organization, json!("31000001"), false),
        ("OrgNumber", 3, organization, json!(FJORD), true),
        ("OrgNumber", 3, organization, json!("3100000190"), false),
        ("ResourceId", 3, resource, json!("urn:altinn:resource:"), false),
        ("ResourceId", 3, resource, json!("urn:altinn:resource:a"), true),
        ("EmailAddress", 1, address, label(0), false),
        ("EmailAddress", 1, address, label(1), true),
        ("EmailAddress", 1, address, label(63), true),
        ("EmailAddress", 1, address, label(64), false),
        ("EmailAddress", 1, address, top(1), false),
        ("EmailAddress", 1, address, top(2), true),
        ("EmailAddress", 1, address, top(14), true),
        ("EmailAddress", 1, address, top(15), false),
        ("EmailAddress", 1, address, labels(9), true),
        ("EmailAddress", 1, address, labels(10), false),
        ("RequestedSendTime", 2, "/requestedSendTime", json!(app.in_seconds(0)), true),
        ("RequestedSendTime", 2, "/requestedSendTime", json!("2026-03-02T09:59:59.999Z"), false),
        ("IdempotencyId", 0, "/idempotencyId", json!("a".repeat(512)), true),
        ("IdempotencyId", 0, "/idempotencyId", json!("a".repeat(513)), false),
        ("SendersReference", 0, "/sendersReference", json!("a".repeat(2048)), true),
        ("SendersReference", 0, "/sendersReference", json!("a".repeat(2049)), false),
    ];
    for (number, (key, request, place, value, is_inside)) in cases.into_iter().enumerate() {
        let (path, mut body) = good_requests(&format!("limit {number}")).swap_remove(request);
        *body.pointer_mut(place).expect("a place") = value.clone();
        let answer = app.post(path, &body).await;
        if is_inside {
            // Nobody may be known by that number: then it has been looked up, and so is a number.
            let taken = [StatusCode::CREATED, StatusCode::UNPROCESSABLE_ENTITY].contains(&answer.status);
            assert!(taken, "{key} {value}: {}", answer.text);
        } else {
            let keys = answer.keys();
            assert!(keys.iter().any(|broken| broken.contains(key)), "{key} {value}: {keys:?}");
        }
    }
    let mut reminders = good_requests("reminders").swap_remove(2).1;
    for (count, expected) in [(100, StatusCode::CREATED), (101, StatusCode::BAD_REQUEST)] {
        let one = reminders["reminders"][0].clone();
        reminders["reminders"] = vec![one; count].into();
        reminders["idempotencyId"] = format!("{count} reminders").into();
        assert_eq!(app.post(ORDERS, &reminders).await.status, expected, "{count} reminders");
    }
}
