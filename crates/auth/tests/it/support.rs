//! What the tests share.

use std::sync::{Arc, LazyLock};

use auth::local_issuer::{Environment, LocalIssuerConfig, WhoMayAsk};
use auth::{Directory, LocalIssuer, Organization, SigningKey};
use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use types::OrgNumber;
use types::random::Random;
use types::time::Clock;
use url::Url;

/// Two keys for all tests: making one takes longer than most tests do.
static KEYS: LazyLock<[SigningKey; 2]> =
    LazyLock::new(|| [0, 1].map(|_| SigningKey::generate().expect("a key can be made")));

pub fn key() -> SigningKey {
    KEYS[0].clone()
}

pub fn other_key() -> SigningKey {
    KEYS[1].clone()
}

pub fn clock() -> Clock {
    Clock::stepped("2026-03-02T10:15:00Z".parse().expect("a moment"))
}

pub fn org(digits: &str) -> OrgNumber {
    digits.parse().expect("nine digits")
}

/// Knows `ttd` and nobody else.
pub fn directory() -> Arc<Directory> {
    Arc::new(Directory::new(vec![Organization { number: org("991825827"), name: "ttd".to_owned() }]))
}

pub fn config() -> LocalIssuerConfig {
    let address = Url::parse("http://localhost:9999/").expect("an address");
    LocalIssuerConfig::at(address, Environment::Development, directory())
}

pub fn issuer(clock: &Clock, who_may_ask: WhoMayAsk) -> LocalIssuer {
    let config = LocalIssuerConfig { who_may_ask, ..config() };
    LocalIssuer::new(config, key(), clock.clone(), Random::system()).expect("a development issuer")
}

/// One part of a token: 0 is the header, 1 the claims.
pub fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).expect("a JWT has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

pub fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// Serves these routes until the test ends; the address ends with a slash.
pub async fn serve(routes: Router) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Url::parse(&format!("http://{address}/")).expect("an address")
}
