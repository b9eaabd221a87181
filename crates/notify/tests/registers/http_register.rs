use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use notify::recipients::ResourceRight;
use notify::recipients::registers::{
    ContactRegister as _, HttpRegister, HttpRegisterConfig, KnownName, Named, RegisterError,
};
use serde_json::{Value, json};
use simulators::ContactRegister;
use types::{NationalId, OrgNumber, Secret};

use crate::{Running, nobody, noon, start};

const PERSONS: &[u8] = br#"[
  { "nationalIdentityNumber": "13858130624",
    "email": { "value": "kari@fjord.example", "touched": "2026-01-01T00:00:00Z" },
    "mobile": { "value": "99999999", "touched": "2020-01-01T00:00:00Z" } },
  { "nationalIdentityNumber": "07906636225", "reserved": true,
    "mobile": { "value": "+4740000000", "touched": "2026-01-01T00:00:00Z" } },
  { "nationalIdentityNumber": "01010050053",
    "email": { "value": "old@fjord.example", "touched": "2020-01-01T00:00:00Z" } }
]"#;

fn register(server: &Running, chunk: usize) -> HttpRegister {
    let config = HttpRegisterConfig { profile_url: server.url("/"), chunk, ..HttpRegisterConfig::default() };
    HttpRegister::from_config(config).expect("a client")
}

fn ids(texts: &[&str]) -> Vec<NationalId> {
    texts.iter().map(|text| text.parse().expect("a number")).collect()
}

#[tokio::test]
async fn persons_are_read_as_the_profile_service_tells_them() {
    let simulated = ContactRegister::from_json(PERSONS, noon()).expect("persons");
    let server = start(simulated.router()).await;
    let register = register(&server, 1000);
    let ids = ids(&["01010050053", "07906636225", "13858130624", "31129956715"]);

    let fresh = register.persons(&ids, false).await.expect("an answer");
    let stale = register.persons(&ids, true).await.expect("an answer");

    let shown: Vec<_> = fresh
        .iter()
        .map(|found| (found.id.reveal(), found.reserved, found.email.is_some(), found.mobile.is_some()))
        .collect();
    assert_eq!(shown, [("07906636225", true, false, true), ("13858130624", false, true, false)]);
    assert_eq!(stale.len(), 3);
    let kari = stale.iter().find(|found| found.id == ids[2]).expect("Kari");
    assert_eq!(kari.mobile.as_ref().map(types::PhoneNumber::reveal), Some("+4799999999"));
    assert_eq!(simulated.requests(), 2);
}

#[tokio::test]
async fn an_outage_is_never_mistaken_for_an_empty_register() {
    let simulated = ContactRegister::from_json(PERSONS, noon()).expect("persons");
    let server = start(simulated.router()).await;
    let register = register(&server, 1000);
    let ids = ids(&["13858130624"]);

    for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::TOO_MANY_REQUESTS] {
        simulated.outage(Some(status));
        let error = register.persons(&ids, false).await.expect_err("an outage");
        assert!(matches!(error, RegisterError::Passing { .. }), "{error:?}");
    }
    simulated.outage(Some(StatusCode::FORBIDDEN));
    let error = register.persons(&ids, false).await.expect_err("a closed door");
    assert!(matches!(error, RegisterError::Misconfigured(_)), "{error:?}");
    simulated.outage(None);
    assert_eq!(register.persons(&ids, false).await.expect("an answer").len(), 1);

    let profile_url = format!("http://{}/", nobody().await).parse().expect("a URL");
    let config = HttpRegisterConfig { profile_url, ..HttpRegisterConfig::default() };
    let error = HttpRegister::from_config(config).expect("a client").persons(&ids, false).await;
    assert!(matches!(error, Err(RegisterError::Passing { .. })), "{error:?}");
}

/// A platform that answers from a script and remembers what it was asked.
#[derive(Clone, Default)]
struct Platform {
    asked: Arc<Mutex<Vec<(String, Value, HeaderMap)>>>,
}

impl Platform {
    async fn start(&self) -> Running {
        let routes = [
            "/profile/api/v1/users/contactpoint/lookup",
            "/profile/api/v1/users/contactpoint/lookupsi",
            "/profile/api/v1/organizations/notificationaddresses/lookup",
            "/profile/api/v1/units/contactpoint/lookup",
            "/register/api/v1/parties/nameslookup",
            "/authorization/api/v1/decision",
        ];
        let routes = routes.into_iter().fold(Router::new(), |all, path| all.route(path, post(answer)));
        start(routes.with_state(self.clone())).await
    }

    fn asked(&self, path: &str) -> Vec<Value> {
        let asked = self.asked.lock().expect("no panic");
        asked.iter().filter(|(found, _, _)| found.ends_with(path)).map(|(_, body, _)| body.clone()).collect()
    }
}

impl Platform {
    /// How often it was asked with this header.
    fn asked_with(&self, header: &str) -> usize {
        let asked = self.asked.lock().expect("no panic");
        asked.iter().filter(|(_, _, headers)| headers.contains_key(header)).count()
    }
}

async fn answer(
    State(platform): State<Platform>,
    uri: http::Uri,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    platform.asked.lock().expect("no panic").push((uri.path().to_owned(), body.clone(), headers));
    match uri.path().rsplit_once("/api/v1/").map(|(_, rest)| rest) {
        Some("users/contactpoint/lookup") => persons(&body),
        Some("users/contactpoint/lookupsi") => Json(json!({ "contactPointsList": [
            { "externalIdentity": body["externalIdentities"][0], "email": "ola@fjord.example", "mobileNumber": null } ] }))
        .into_response(),
        Some("organizations/notificationaddresses/lookup") => Json(json!({ "contactPointsList": [
            { "organizationNumber": "310000019", "addressOrigin": "310000019", "partyId": 0,
              "mobileNumberList": ["40000000", "22222222"], "emailList": ["post@fjord.example", ""] } ] }))
        .into_response(),
        Some("units/contactpoint/lookup") => {
            let users: Vec<_> = (1..=501).map(|user| json!({ "userId": user, "email": format!("u{user}@fjord.example") })).collect();
            Json(json!({ "contactPointsList": [
                { "organizationNumber": "310000019", "partyId": 500_700, "userContactPoints": users } ] }))
            .into_response()
        }
        Some("parties/nameslookup") => names(&body),
        _ => decisions(&body),
    }
}

/// One number is enough to refuse a call.
fn persons(body: &Value) -> Response {
    let ids = body["nationalIdentityNumbers"].as_array().expect("a list");
    if ids.iter().any(|id| id == "00000000007") {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let found: Vec<_> = ids
        .iter()
        .rev()
        .map(|id| json!({ "nationalIdentityNumber": id, "isReserved": false, "email": "a@fjord.example" }))
        .collect();
    Json(json!({ "contactPointsList": found })).into_response()
}

fn names(body: &Value) -> Response {
    let parties = body["parties"].as_array().expect("a list");
    let names: Vec<_> = parties
        .iter()
        .map(|party| match party["ssn"].as_str() {
            Some("13858130624") => json!({ "ssn": "13858130624", "name": "NORDMANN KARI",
                "personName": { "firstName": "KARI", "middleName": null, "lastName": "NORDMANN" } }),
            Some(other) => json!({ "ssn": other, "name": null }),
            None => json!({ "orgNo": party["orgNo"], "name": "FJORD AS" }),
        })
        .collect();
    Json(json!({ "partyNames": names })).into_response()
}

/// Even users may.
fn decisions(body: &Value) -> Response {
    let references = body["Request"]["MultiRequests"]["RequestReference"].as_array().expect("a list");
    let results: Vec<_> = references
        .iter()
        .map(|reference| {
            let number = |at: usize, prefix: &str| {
                reference["ReferenceId"][at]
                    .as_str()
                    .and_then(|id| id.strip_prefix(prefix))
                    .expect("an id")
                    .to_owned()
            };
            let (user, party) = (number(0, "subject"), number(2, "resource"));
            let even = user.parse::<u32>().expect("a number").is_multiple_of(2);
            json!({ "Decision": if even { "Permit" } else { "NotApplicable" }, "Category": [
                { "Attribute": [{ "AttributeId": "urn:altinn:userid", "Value": user }] },
                { "Attribute": [{ "AttributeId": "urn:altinn:partyid", "Value": party }] } ] })
        })
        .collect();
    Json(json!({ "Response": results })).into_response()
}

fn numbered(count: u32) -> Vec<NationalId> {
    (0..count).map(|number| format!("{number:011}").parse().expect("a number")).collect()
}

#[tokio::test]
async fn many_are_asked_about_in_parts_and_one_bad_number_spoils_nothing() {
    let platform = Platform::default();
    let server = platform.start().await;
    let mut wanted = numbered(2500);
    wanted.retain(|id| id.reveal() != "00000000007");

    let found = register(&server, 1000).persons(&wanted, false).await.expect("an answer");
    let mut sizes: Vec<_> = platform
        .asked("users/contactpoint/lookup")
        .iter()
        .map(|body| body["nationalIdentityNumbers"].as_array().map_or(0, Vec::len))
        .collect();
    sizes.sort_unstable();
    assert_eq!(found.len(), 2499);
    assert_eq!(sizes, [499, 1000, 1000]);

    let found = register(&server, 1000).persons(&numbered(1000), false).await.expect("an answer");
    assert_eq!(found.len(), 999);
    assert!(found.iter().all(|found| found.id.reveal() != "00000000007"));
}

#[tokio::test]
async fn organizations_and_external_identities_are_read_with_care() {
    let platform = Platform::default();
    let server = platform.start().await;
    let register = register(&server, 1000);
    let number: OrgNumber = "310000019".parse().expect("a number");

    let found = register.organizations(&[number]).await.expect("an answer");
    assert_eq!((found[0].number, found[0].emails.len(), found[0].mobiles.len()), (number, 1, 1));

    let identity = "urn:altinn:username:ola%20nordmann".parse().expect("an identity");
    let found = register.external_identities(&[identity]).await.expect("an answer");
    assert_eq!(found.len(), 1);
    let asked = &platform.asked("lookupsi")[0];
    assert_eq!(asked, &json!({ "externalIdentities": ["urn:altinn:username:ola%20nordmann"] }));
}

/// Covers: NP-91
#[tokio::test]
async fn more_than_five_hundred_pairs_are_asked_about_in_two_calls() {
    let platform = Platform::default();
    let server = platform.start().await;
    let config = HttpRegisterConfig {
        profile_url: server.url("/"),
        authorization_url: Some(server.url("/authorization/")),
        subscription_key: Some(Secret::new("key".to_owned())),
        ..HttpRegisterConfig::default()
    };
    let register = HttpRegister::from_config(config).expect("a client");
    let number: OrgNumber = "310000019".parse().expect("a number");
    let right = ResourceRight::new("urn:altinn:resource:demo-resource", None);

    let found = register.users(&[number], &right).await.expect("an answer");

    let mut users: Vec<u32> = found
        .iter()
        .filter_map(|user| user.email.as_ref()?.reveal().strip_prefix('u')?.split('@').next()?.parse().ok())
        .collect();
    users.sort_unstable();
    assert_eq!(users, (1..=250).map(|half| half * 2).collect::<Vec<_>>());
    let sizes: Vec<_> = platform
        .asked("decision")
        .iter()
        .map(|body| body["Request"]["MultiRequests"]["RequestReference"].as_array().map_or(0, Vec::len))
        .collect();
    assert_eq!(sizes, [500, 1]);
    assert_eq!(platform.asked_with("ocp-apim-subscription-key"), 2);

    let closed = self::register(&server, 1000).users(&[number], &right).await.expect("an answer");
    assert!(closed.is_empty(), "without authorization nobody is let through");
}

/// Covers: NP-92
#[tokio::test]
async fn names_are_read_and_a_wrong_number_blanks_nobody_else() {
    let platform = Platform::default();
    let server = platform.start().await;
    let config = HttpRegisterConfig {
        register_url: Some(server.url("/register")),
        timeout_seconds: 10,
        ..HttpRegisterConfig::default()
    };
    let register = HttpRegister::from_config(config).expect("a client");
    let of = [
        Named::Person("13858130624".parse().expect("a number")),
        Named::Person("13858130625".parse().expect("a number")),
        Named::Person("07906636225".parse().expect("a number")),
        Named::Organization("310000019".parse().expect("a number")),
    ];

    let names = register.names(&of).await.expect("names");

    let known = |of: &Named, name: Option<&str>| KnownName { of: of.clone(), name: name.map(str::to_owned) };
    let expected =
        [known(&of[0], Some("KARI NORDMANN")), known(&of[2], None), known(&of[3], Some("FJORD AS"))];
    assert_eq!(names, expected);
    let asked = &platform.asked("nameslookup")[0]["parties"];
    assert_eq!(asked.as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_register_that_asks_for_patience_says_how_long() {
    let busy = || async { (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "7")]) };
    let server = start(Router::new().fallback(busy)).await;

    let error = register(&server, 10).persons(&numbered(1), false).await.expect_err("busy");

    assert!(
        matches!(error, RegisterError::Passing { after: Some(after), .. } if after == Duration::from_secs(7)),
        "{error:?}"
    );
}
