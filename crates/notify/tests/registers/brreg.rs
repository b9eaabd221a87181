//! The copy of the national feed of organizations' notification addresses.

use std::sync::{Arc, Mutex};

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use notify::recipients::registers::{
    EmbeddedRegister, OrganizationsFrom, RegisterError, RegisterParts, Registers, RegistersConfig,
};
use serde_json::{Value, json};
use testkit::serving::{Running, start};
use testkit::stepped_clock;
use types::OrgNumber;

use crate::NumberedTokens;

/// A feed that answers page after page from a script, and remembers what it was asked.
#[derive(Clone, Default)]
struct Feed {
    pages: Arc<Mutex<Vec<Value>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Feed {
    async fn start(&self) -> Running {
        start(Router::new().fallback(answer).with_state(self.clone())).await
    }

    fn will_answer(&self, pages: impl IntoIterator<Item = Value>) {
        self.pages.lock().expect("no panic").extend(pages);
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("no panic"))
    }
}

async fn answer(State(feed): State<Feed>, RawQuery(query): RawQuery) -> Response {
    feed.asked.lock().expect("no panic").push(query.unwrap_or_default());
    let mut pages = feed.pages.lock().expect("no panic");
    if pages.is_empty() {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    Json(pages.remove(0)).into_response()
}

fn entry(id: &str, org: &str, user: &str) -> Value {
    let content = json!({ "Kontaktinformasjon": { "identifikator": id,
        "digitalVarslingsinformasjon": { "epostadresse": { "brukernavn": user, "domenenavn": "fjord.example" } },
        "kontaktinformasjonForEnhet": { "enhetsidentifikator": { "verdi": org, "type": "ORGANISASJONSNUMMER" } } } });
    json!({ "id": id, "title": "x", "updated": format!("2026-01-01T00:00:0{}Z", id.len()), "isdeleted": false,
        "content": content.to_string() })
}

fn org(text: &str) -> OrgNumber {
    text.parse().expect("a number")
}

#[tokio::test]
async fn the_feed_is_copied_from_where_it_was_left_and_answers_only_when_it_is_whole() {
    let (feed, clock) = (Feed::default(), stepped_clock());
    let server = feed.start().await;
    let embedded = EmbeddedRegister::new(testkit::stores::temporary(), clock.clone());
    let units = json!({ "organizations": [{ "organizationNumber": "310000027", "mainUnit": "310000019" }] });
    embedded.import(units.to_string().as_bytes()).await.expect("an import");
    let mut config =
        RegistersConfig { organizations: OrganizationsFrom::Brreg, ..RegistersConfig::default() };
    config.brreg.url = server.url("/feed");
    let parts = RegisterParts {
        embedded,
        client: web::plain_client().expect("a client"),
        tokens: Arc::new(NumberedTokens::default()),
        clock,
    };
    let register = Registers::from_config(&config, &parts).expect("registers");
    let copy = Registers::feed(&config, &parts);
    let emails = async |number: &str| {
        let found = register.organizations(&[org(number)]).await.expect("an answer").pop();
        found.map(|found| {
            let emails: Vec<_> = found.emails.iter().map(|email| email.reveal().to_owned()).collect();
            (found.origin.to_string(), emails)
        })
    };
    let some = |origin: &str, users: &[&str]| {
        let emails = users.iter().map(|user| format!("{user}@fjord.example")).collect::<Vec<_>>();
        Some((origin.to_owned(), emails))
    };

    // The first page comes, the second does not.
    feed.will_answer([
        json!({ "entries": [entry("a", "310000019", "post")], "nextPage": "/feed?pageSize=5000&page=2" }),
    ]);
    assert!(matches!(copy.read().await, Err(RegisterError::Passing { .. })));
    assert_eq!(feed.asked(), ["pageSize=5000", "pageSize=5000&page=2"]);
    let half = register.organizations(&[org("310000019")]).await;
    assert!(matches!(half, Err(RegisterError::Passing { .. })), "{half:?}");

    // The rest, then a change and a tombstone.
    feed.will_answer([
        json!({ "entries": [entry("bb", "310000019", "drift"), entry("ccc", "310000035", "tredje")] }),
    ]);
    assert_eq!(copy.read().await, Ok(2));
    assert_eq!(feed.asked(), ["pageSize=5000&since=2026-01-01T00%3A00%3A01Z"]);
    assert_eq!(emails("310000019").await, some("310000019", &["post", "drift"]));
    assert_eq!(emails("310000027").await, some("310000019", &["post", "drift"]), "by its main unit");
    assert_eq!(emails("310000043").await, None);

    let mut gone = entry("a", "310000019", "post");
    gone["isdeleted"] = true.into();
    let again = entry("ccc", "310000035", "ny");
    feed.will_answer([json!({ "entries": [gone, again.clone(), again] }), json!({ "entries": [] })]);
    assert_eq!(copy.read().await, Ok(3));
    assert_eq!(emails("310000019").await, some("310000019", &["drift"]));
    assert_eq!(emails("310000035").await, some("310000035", &["ny"]));
    feed.asked();
    assert_eq!(copy.read().await, Ok(0));
    assert_eq!(feed.asked(), ["pageSize=5000&since=2026-01-01T00%3A00%3A03Z"]);

    feed.will_answer([json!({ "entries": [], "nextPage": "http://elsewhere.example/feed" })]);
    assert!(matches!(copy.read().await, Err(RegisterError::Misconfigured(_))));
}
