//! Keys that are fetched over HTTP, kept and exchanged.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::issuer_keys::{IssuerKeys, KeyLocation, KeyPatience};
use auth::{Refusal, SigningKey, TokenKind, TrustedIssuer, Verifier};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use futures_util::future::join_all;
use jsonwebtoken::jwk::JwkSet;
use serde_json::json;
use types::time::Clock;
use url::Url;

use crate::support::{clock, directory, http, key, other_key, serve};

const ISSUER: &str = "https://issuer.example/";

/// An issuer whose published keys and moods the test decides.
#[derive(Clone)]
struct Publisher {
    keys: Arc<Mutex<Vec<SigningKey>>>,
    asked: Arc<AtomicUsize>,
    down: Arc<AtomicBool>,
    address: Url,
}

impl Publisher {
    async fn start() -> Self {
        let keys = Arc::new(Mutex::new(vec![key()]));
        let asked = Arc::new(AtomicUsize::new(0));
        let down = Arc::new(AtomicBool::new(false));
        let (published, count, broken) = (Arc::clone(&keys), Arc::clone(&asked), Arc::clone(&down));
        let jwks = get(async move || {
            count.fetch_add(1, Ordering::SeqCst);
            if broken.load(Ordering::SeqCst) {
                return Err(StatusCode::BAD_GATEWAY);
            }
            let keys = published.lock().expect("not poisoned");
            let keys = keys.iter().map(|key| key.public_jwk().clone()).collect();
            Ok(Json(JwkSet { keys }))
        });
        let address = serve(Router::new().route("/jwks", jwks)).await;
        Self { keys, asked, down, address }
    }

    fn publish(&self, keys: Vec<SigningKey>) {
        *self.keys.lock().expect("not poisoned") = keys;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn verifier(&self, clock: &Clock) -> Verifier {
        let jwks = self.address.join("jwks").expect("an address");
        verifier(KeyLocation::Jwks(jwks), clock)
    }
}

fn verifier(location: KeyLocation, clock: &Clock) -> Verifier {
    let keys = IssuerKeys::fetched(location, KeyPatience::default(), http(), clock.clone());
    Verifier::new(vec![TrustedIssuer::maskinporten(ISSUER, keys)], directory(), clock.clone())
}

async fn verify(verifier: &Verifier, key: &SigningKey, clock: &Clock) -> Result<(), Refusal> {
    let now = clock.now().as_second();
    let token = key.sign(&json!({"iss": ISSUER, "iat": now, "exp": now + 60,
        "consumer": {"authority": "iso6523-actorid-upis", "ID": "0192:310000001"}}));
    let token = token.expect("signed");
    verifier.verify(token.reveal(), &[TokenKind::Maskinporten]).await.map(|_| ())
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_once_and_not_again_for_five_minutes() {
    let (publisher, clock) = (Publisher::start().await, clock());
    let verifier = publisher.verifier(&clock);

    verify(&verifier, &key(), &clock).await.expect("the published key");
    assert_eq!(verify(&verifier, &other_key(), &clock).await, Err(Refusal::UnknownKey));
    assert_eq!(publisher.asked(), 2);
    // rotated, but the issuer was just asked
    publisher.publish(vec![other_key()]);
    clock.advance(Duration::from_secs(299));
    assert_eq!(verify(&verifier, &other_key(), &clock).await, Err(Refusal::UnknownKey));
    assert_eq!(publisher.asked(), 2);
    clock.advance(Duration::from_secs(1));

    verify(&verifier, &other_key(), &clock).await.expect("the new key");
    assert_eq!(verify(&verifier, &key(), &clock).await, Err(Refusal::UnknownKey));
    assert_eq!(publisher.asked(), 3);
}

#[tokio::test]
async fn a_rotation_soon_after_the_first_fetch_is_noticed_at_once() {
    let (publisher, clock) = (Publisher::start().await, clock());
    let verifier = publisher.verifier(&clock);
    verify(&verifier, &key(), &clock).await.expect("the published key");

    publisher.publish(vec![other_key(), key()]);

    verify(&verifier, &other_key(), &clock).await.expect("the new key");
    verify(&verifier, &key(), &clock).await.expect("the old key");
}

#[tokio::test]
async fn fifty_first_callers_make_one_request() {
    let (publisher, clock) = (Publisher::start().await, clock());
    let verifier = publisher.verifier(&clock);

    let ours = key();
    let outcomes = join_all((0..50).map(|_| verify(&verifier, &ours, &clock))).await;

    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(publisher.asked(), 1);
}

#[tokio::test]
async fn old_keys_serve_while_the_issuer_is_away_but_not_for_ever() {
    let (publisher, clock) = (Publisher::start().await, clock());
    let verifier = publisher.verifier(&clock);
    verify(&verifier, &key(), &clock).await.expect("fetched");
    publisher.down.store(true, Ordering::SeqCst);

    clock.advance(Duration::from_hours(25));
    verify(&verifier, &key(), &clock).await.expect("a day old, and the issuer is away");
    assert_eq!(publisher.asked(), 2);
    verify(&verifier, &key(), &clock).await.expect("and is left alone for ten seconds");
    assert_eq!(publisher.asked(), 2);
    clock.advance(Duration::from_hours(24 * 7));
    let refusal = verify(&verifier, &key(), &clock).await.expect_err("too old");
    assert!(matches!(refusal, Refusal::KeysUnavailable(_)), "{refusal}");
    publisher.down.store(false, Ordering::SeqCst);
    clock.advance(Duration::from_secs(10));

    verify(&verifier, &key(), &clock).await.expect("the issuer is back");
}

#[tokio::test]
async fn metadata_must_speak_of_the_issuer_byte_for_byte() {
    let (publisher, clock) = (Publisher::start().await, clock());
    let jwks = publisher.address.join("jwks").expect("an address");
    let document = |issuer: &str| Json(json!({"issuer": issuer, "jwks_uri": jwks}));
    let (right, wrong) = (document(ISSUER), document("https://issuer.example"));
    let routes = Router::new()
        .route("/right", get(async move || right.clone()))
        .route("/wrong", get(async move || wrong.clone()));
    let address = serve(routes).await;
    let outcome = async |path: &str| {
        let url = address.join(path).expect("an address");
        let location = KeyLocation::Metadata { url, issuer: ISSUER.to_owned() };
        verify(&verifier(location, &clock), &key(), &clock).await
    };

    assert_eq!(outcome("right").await, Ok(()));
    assert!(matches!(outcome("wrong").await, Err(Refusal::KeysUnavailable(_))));
}
