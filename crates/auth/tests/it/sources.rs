//! Getting tokens for ourselves, from an endpoint that the test holds in its hand.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::local_issuer::{GrantForm, LocalTokens, WhoMayAsk};
use auth::maskinporten::{ClientKey, MaskinportenClient};
use auth::{
    AltinnExchange, LocalIssuer, Maskinporten, SystemUser, TokenError, TokenKind, TokenRequest, TokenSource,
    Verifier,
};
use axum::extract::Form;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::future::join_all;
use serde_json::json;
use types::random::Random;
use types::time::Clock;
use types::{OrgNumber, Secret};
use url::Url;

use crate::support::{clock, directory, http, issuer, key, org, part, serve};

const SCOPE: &str = "altinn:broker.write";

/// A token endpoint and an exchange over the embedded issuer, which note what they are asked.
#[derive(Clone)]
struct Endpoint {
    issuer: LocalIssuer,
    assertions: Arc<Mutex<Vec<String>>>,
    exchanged: Arc<Mutex<Vec<String>>>,
    /// How many of the next exchanges are refused.
    refuse_exchanges: Arc<AtomicUsize>,
    /// Answers to give instead of asking the issuer.
    faults: Arc<Mutex<VecDeque<(StatusCode, &'static str)>>>,
}

impl Endpoint {
    async fn start(clock: &Clock) -> (Self, Url) {
        let endpoint = Self {
            issuer: issuer(clock, WhoMayAsk::AnybodyWithoutProof),
            assertions: Arc::default(),
            exchanged: Arc::default(),
            refuse_exchanges: Arc::default(),
            faults: Arc::default(),
        };
        let (tokens, exchange) = (endpoint.clone(), endpoint.clone());
        let routes = Router::new()
            .route("/token", post(async move |Form(form): Form<GrantForm>| tokens.answer(&form)))
            .route("/exchange", get(async move |headers: HeaderMap| exchange.exchange(headers).await));
        (endpoint, serve(routes).await)
    }

    fn answer(&self, form: &GrantForm) -> Response {
        self.assertions.lock().expect("not poisoned").push(form.assertion.reveal().clone());
        if let Some((status, body)) = self.faults.lock().expect("not poisoned").pop_front() {
            return (status, body).into_response();
        }
        match self.issuer.token(form) {
            Ok(token) => Json(token.body()).into_response(),
            Err(error) => {
                let status = StatusCode::from_u16(error.status).expect("a status");
                (status, Json(error)).into_response()
            }
        }
    }

    async fn exchange(&self, headers: HeaderMap) -> Response {
        let header = headers["authorization"].to_str().expect("ASCII");
        let token = auth::verify::bearer(Some(header)).expect("a bearer token");
        self.exchanged.lock().expect("not poisoned").push(token.to_owned());
        let one_less = |left: usize| left.checked_sub(1);
        if self.refuse_exchanges.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok() {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        match self.issuer.exchange(token).await {
            Ok(token) => token.reveal().clone().into_response(),
            Err(_) => StatusCode::UNAUTHORIZED.into_response(),
        }
    }

    fn asked(&self) -> usize {
        self.assertions.lock().expect("not poisoned").len()
    }

    fn assertion(&self) -> String {
        self.assertions.lock().expect("not poisoned").last().expect("asked").clone()
    }

    fn fail_next(&self, times: usize, status: StatusCode, body: &'static str) {
        let mut faults = self.faults.lock().expect("not poisoned");
        faults.extend(std::iter::repeat_n((status, body), times));
    }
}

fn source(address: &Url, client_key: ClientKey, clock: &Clock) -> Arc<Maskinporten> {
    let client = MaskinportenClient {
        token_endpoint: address.join("token").expect("an address"),
        audience: "http://localhost:9999/".to_owned(),
        client_id: "MOVE_IP_310000001".to_owned(),
        key: client_key,
    };
    Arc::new(Maskinporten::new(client, http(), clock.clone(), Random::system()))
}

async fn start(clock: &Clock) -> (Endpoint, Arc<Maskinporten>) {
    let (endpoint, address) = Endpoint::start(clock).await;
    (endpoint, source(&address, ClientKey::Registered(key()), clock))
}

/// Covers: ET-65
#[tokio::test]
async fn a_grant_holds_the_agreed_claims_and_no_others() {
    let clock = clock();
    let (endpoint, address) = Endpoint::start(&clock).await;
    let now = clock.now().as_second();
    let wanted = TokenRequest::scope(SCOPE).on_behalf_of(org("310000002")).for_resource("https://r.example");

    let by_kid = source(&address, ClientKey::Registered(key()), &clock);
    by_kid.token(&wanted).await.expect("a token");
    let grant = endpoint.assertion();
    let mut claims = part(&grant, 1);
    let jti = claims["jti"].take();
    assert!(jti.as_str().is_some_and(|jti| jti.len() == 36));
    assert_eq!(
        claims,
        json!({"aud": "http://localhost:9999/", "iss": "MOVE_IP_310000001", "scope": SCOPE, "iat": now,
            "exp": now + 60, "jti": null, "resource": ["https://r.example"], "consumer_org": "310000002"})
    );
    assert_eq!(part(&grant, 0), json!({"alg": "RS256", "typ": "JWT", "kid": key().kid()}));

    let authority = auth::Authority::generate(clock.clone()).expect("an authority");
    let subject = auth::authority::Subject {
        org: org("310000001"),
        name: "Etat".to_owned(),
        profile: auth::authority::Profile::Both,
    };
    let credential = authority.issue(&subject).expect("a certificate");
    let leaf = vec![credential.certificate().to_vec()];
    let by_certificate = ClientKey::Certificate { key: credential.key.clone(), chain: leaf };
    source(&address, by_certificate, &clock).token(&TokenRequest::scope(SCOPE)).await.expect("a token");
    let header = part(&endpoint.assertion(), 0);
    assert!(header["x5c"].as_array().is_some_and(|chain| chain.len() == 1) && header["kid"].is_null());
    assert!(part(&endpoint.assertion(), 1)["consumer_org"].is_null());
}

/// Covers: ET-66
#[tokio::test]
async fn each_sending_organization_has_its_own_system_user_grant() {
    let clock = clock();
    let (endpoint, source) = start(&clock).await;

    for digits in ["310000001", "310000002"] {
        let wanted = TokenRequest::scope(SCOPE).as_system_user(SystemUser::default_for(org(digits)));
        let token = source.token(&wanted).await.expect("a token");

        let asked = &part(&endpoint.assertion(), 1)["authorization_details"];
        let expected = json!({"type": "urn:altinn:systemuser",
            "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": format!("0192:{digits}")},
            "externalRef": format!("{digits}_integrasjonspunkt_systembruker_{digits}")});
        assert_eq!(*asked, json!([expected]));
        let got = &part(token.reveal(), 1)["authorization_details"][0];
        assert_eq!(got["systemuser_org"], expected["systemuser_org"]);
        assert!(got["systemuser_id"].is_array() && got["system_id"].is_string());
    }
    assert_eq!(endpoint.asked(), 2);
}

/// Covers: ET-68
#[tokio::test]
async fn fifty_callers_share_one_fetch_per_request_and_renewal_comes_ahead() {
    let clock = clock();
    let (endpoint, source) = start(&clock).await;
    let wanted = TokenRequest::scope(SCOPE);
    let ask = async || join_all((0..50).map(|_| source.token(&wanted))).await;

    let first = ask().await;
    assert!(first.iter().all(|token| *token == first[0]) && first[0].is_ok());
    assert_eq!(endpoint.asked(), 1);
    // another scope or organization is another token
    source.token(&TokenRequest::scope("altinn:broker.read")).await.expect("a token");
    source.token(&wanted.clone().on_behalf_of(org("310000002"))).await.expect("a token");
    assert_eq!(endpoint.asked(), 3);

    clock.advance(Duration::from_secs(95));
    assert_eq!(source.token(&wanted).await, first[0], "80 % of 119 seconds are not over");
    clock.advance(Duration::from_secs(1));
    let during = ask().await;
    assert_eq!(endpoint.asked(), 4, "one renews while the others go on");
    assert_eq!(during.iter().filter(|token| **token == first[0]).count(), 49);
    assert_ne!(source.token(&wanted).await, first[0]);

    clock.advance(Duration::from_mins(10));
    assert!(ask().await.iter().all(Result::is_ok));
    assert_eq!(endpoint.asked(), 5, "long expired: again one fetch for all");
}

#[tokio::test]
async fn a_good_token_outlives_a_failing_endpoint_and_failures_pause_longer_each_time() {
    let clock = clock();
    let (endpoint, source) = start(&clock).await;
    let wanted = TokenRequest::scope(SCOPE);
    let first = source.token(&wanted).await.expect("a token");
    endpoint.fail_next(3, StatusCode::BAD_GATEWAY, "");

    clock.advance(Duration::from_secs(96));
    assert_eq!(source.token(&wanted).await.as_ref(), Ok(&first), "renewal failed, the token is still good");
    assert_eq!(endpoint.asked(), 2);
    clock.advance(Duration::from_secs(3));
    let error = source.token(&wanted).await.expect_err("spent, and the endpoint is down");
    assert!(matches!(error, TokenError::Refused { status: 502, .. }) && error.is_temporary());
    assert_eq!(endpoint.asked(), 3);
    // the second pause lasts four seconds
    clock.advance(Duration::from_secs(3));
    assert_eq!(source.token(&wanted).await, Err(error), "not asked again");
    assert_eq!(endpoint.asked(), 3);
    clock.advance(Duration::from_secs(1));
    source.token(&wanted).await.expect_err("asked again, still down");
    clock.advance(Duration::from_secs(8));

    assert_ne!(source.token(&wanted).await.expect("up again"), first);
    assert_eq!(endpoint.asked(), 5);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_however_many_say_so() {
    let clock = clock();
    let (endpoint, source) = start(&clock).await;
    let wanted = TokenRequest::scope(SCOPE);
    let old = source.token(&wanted).await.expect("a token");

    source.refused(&wanted, &old).await;
    let new = source.token(&wanted).await.expect("another token");
    source.refused(&wanted, &old).await;

    assert_ne!(new, old);
    assert_eq!(source.token(&wanted).await, Ok(new));
    assert_eq!(endpoint.asked(), 2);
}

#[tokio::test]
async fn a_grant_refused_as_used_is_signed_anew_once() {
    let clock = clock();
    let (endpoint, source) = start(&clock).await;
    let used = r#"{"error":"invalid_grant","error_description":"MP-011: used before"}"#;
    endpoint.fail_next(1, StatusCode::BAD_REQUEST, used);

    source.token(&TokenRequest::scope(SCOPE)).await.expect("a token");

    let grants = endpoint.assertions.lock().expect("not poisoned").clone();
    assert_eq!(grants.len(), 2);
    assert_ne!(part(&grants[0], 1)["jti"], part(&grants[1], 1)["jti"]);
}

#[tokio::test]
async fn a_misconfigured_client_is_told_what_the_endpoint_said() {
    let clock = clock();
    let (endpoint, source) = start(&clock).await;
    let scope = r#"{"error":"invalid_scope","error_description":"MP-130: no"}"#;
    endpoint.fail_next(1, StatusCode::BAD_REQUEST, scope);

    let error = source.token(&TokenRequest::scope(SCOPE)).await.expect_err("refused");

    assert!(!error.is_temporary());
    assert_eq!(error.to_string(), "the token endpoint answered 400 invalid_scope: MP-130: no");
    assert_eq!(endpoint.asked(), 1);
}

#[tokio::test]
async fn an_unreachable_or_strange_endpoint_is_a_temporary_trouble() {
    let clock = clock();
    let nowhere = Url::parse("http://127.0.0.1:1/").expect("an address");
    let source = source(&nowhere, ClientKey::Registered(key()), &clock);
    let error = source.token(&TokenRequest::scope(SCOPE)).await.expect_err("nobody there");
    assert!(matches!(error, TokenError::Unreachable(_)) && error.is_temporary());

    let (endpoint, source) = start(&clock).await;
    endpoint.fail_next(1, StatusCode::OK, r#"{"access_token":"hush"}"#);
    let error = source.token(&TokenRequest::scope(SCOPE)).await.expect_err("no expires_in");
    assert!(matches!(error, TokenError::Unreadable(_)) && !error.to_string().contains("hush"));
}

async fn organization(issuer: &LocalIssuer, token: &Secret, clock: &Clock) -> (OrgNumber, Option<String>) {
    let trusted = vec![issuer.trusted(TokenKind::Altinn)];
    let verifier = Verifier::new(trusted, directory(), clock.clone());
    let caller = verifier.verify(token.reveal(), &[TokenKind::Altinn]).await.expect("believed");
    (caller.org, caller.name)
}

/// Covers: ET-67
#[tokio::test]
async fn an_exchanged_token_is_bare_text_used_as_it_is_and_kept_for_its_own_life() {
    let clock = clock();
    let (endpoint, address) = Endpoint::start(&clock).await;
    let inner = source(&address, ClientKey::Registered(key()), &clock);
    let exchange = address.join("exchange").expect("an address");
    let raw = inner.token(&TokenRequest::scope(SCOPE)).await.expect("a token");
    let answer = http().get(exchange.clone()).bearer_auth(raw.reveal()).send().await.expect("an answer");
    let text = answer.text().await.expect("text");
    assert!(!text.contains('"') && text.split('.').count() == 3);

    let source = AltinnExchange::new(inner, exchange, http(), clock.clone());
    let wanted = TokenRequest::scope(SCOPE);
    let token = source.token(&wanted).await.expect("a token");
    let known = organization(&endpoint.issuer, &token, &clock).await;
    assert_eq!(known, (org("310000001"), Some("310000001".to_owned())));
    clock.advance(Duration::from_secs(1400));
    assert_eq!(source.token(&wanted).await, Ok(token.clone()), "80 % of 1800 seconds are not over");
    clock.advance(Duration::from_mins(1));

    assert_ne!(source.token(&wanted).await.expect("a token"), token);
    let exchanged = endpoint.exchanged.lock().expect("not poisoned").clone();
    assert_eq!(exchanged[..2], [raw.reveal().clone(), raw.reveal().clone()]);
    assert_eq!(exchanged.len(), 3);
}

#[tokio::test]
async fn a_token_that_the_exchange_refuses_is_replaced_once_and_not_in_a_loop() {
    let clock = clock();
    let (endpoint, address) = Endpoint::start(&clock).await;
    let inner = source(&address, ClientKey::Registered(key()), &clock);
    let exchange = address.join("exchange").expect("an address");
    let source = AltinnExchange::new(inner, exchange, http(), clock.clone());
    let wanted = TokenRequest::scope(SCOPE);

    endpoint.refuse_exchanges.store(1, Ordering::SeqCst);
    source.token(&wanted).await.expect("exchanged at the second try");
    assert_eq!(endpoint.asked(), 2);
    let shown = endpoint.exchanged.lock().expect("not poisoned").clone();
    assert!(shown.len() == 2 && shown[0] != shown[1]);
    endpoint.refuse_exchanges.store(usize::MAX, Ordering::SeqCst);
    let other = TokenRequest::scope("altinn:broker.read");
    let error = source.token(&other).await.expect_err("refused twice");

    assert!(matches!(error, TokenError::Refused { status: 401, .. }));
    assert_eq!((endpoint.asked(), endpoint.exchanged.lock().expect("not poisoned").len()), (4, 4));
}

#[tokio::test]
async fn the_embedded_issuer_is_a_source_by_itself() {
    let clock = clock();
    let issuer = issuer(&clock, WhoMayAsk::RegisteredClients);
    let source = LocalTokens::new(issuer.clone(), org("991825827"), TokenKind::Maskinporten);
    let trusted =
        issuer.trusted(TokenKind::Maskinporten).with_audiences(vec!["https://r.example".to_owned()]);
    let verifier = Verifier::new(vec![trusted], directory(), clock.clone());
    let wanted = TokenRequest::scope(SCOPE).for_resource("https://r.example").on_behalf_of(org("310000002"));

    let token = source.token(&wanted).await.expect("a token");

    let caller = verifier.verify(token.reveal(), &[TokenKind::Maskinporten]).await.expect("believed");
    assert_eq!((caller.org, caller.supplier), (org("310000002"), Some(org("991825827"))));
    assert!(caller.has_scope(SCOPE));
    assert_eq!(source.token(&wanted).await.as_ref(), Ok(&token), "kept");
    source.refused(&wanted, &token).await;
    assert_ne!(source.token(&wanted).await, Ok(token));
}
