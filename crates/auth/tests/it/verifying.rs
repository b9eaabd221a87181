//! Tokens that are believed, and every way of not being believed.

use std::time::Duration;

use auth::local_issuer::{DevToken, WhoMayAsk};
use auth::verify::{Algorithm, RefusalKind, bearer};
use auth::{IssuerKeys, Refusal, TokenKind, TrustedIssuer, Verifier};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use types::time::Clock;

use crate::support::{clock, directory, issuer, key, org, other_key};

const MASKINPORTEN: &str = "https://test.maskinporten.no/";
const ALTINN: &str = "https://platform.example/authentication/api/v1/openid/";
const BEARER: [TokenKind; 2] = [TokenKind::Altinn, TokenKind::Maskinporten];

fn keys() -> IssuerKeys {
    IssuerKeys::fixed(&JwkSet { keys: vec![key().public_jwk().clone()] })
}

fn verifier(clock: &Clock) -> Verifier {
    let trusted = vec![
        TrustedIssuer::maskinporten(MASKINPORTEN, keys()),
        TrustedIssuer::altinn(ALTINN, keys()),
        TrustedIssuer::any_platform(keys()),
    ];
    Verifier::new(trusted, directory(), clock.clone())
}

/// Claims of a good token, with these on top; `null` removes one.
fn claims(iss: &str, clock: &Clock, changes: &Value) -> Value {
    let now = clock.now().as_second();
    let mut claims = json!({
        "iss": iss, "iat": now, "exp": now + 120, "scope": "one two",
        "consumer": {"authority": "iso6523-actorid-upis", "ID": "0192:310000001"},
    });
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    claims
}

async fn refusal(iss: &str, changes: Value) -> Refusal {
    let clock = clock();
    let token = key().sign(&claims(iss, &clock, &changes)).expect("signed");
    verifier(&clock).verify(token.reveal(), &BEARER).await.expect_err("a refusal")
}

/// Covers: ET-69
#[tokio::test]
async fn a_maskinporten_token_tells_consumer_supplier_and_scopes() {
    let clock = clock();
    let supplied = json!({"supplier": {"authority": "iso6523-actorid-upis", "ID": "0192:310000009"}});
    let token = key().sign(&claims(MASKINPORTEN, &clock, &supplied)).expect("signed");

    let caller = verifier(&clock).verify(token.reveal(), &BEARER).await.expect("believed");

    assert_eq!((caller.org, caller.actor()), (org("310000001"), org("310000009")));
    assert_eq!(caller.on_behalf_of(), Some(org("310000001")));
    assert!(caller.has_scope("one") && caller.has_scope("two") && !caller.has_scope("on"));
    assert_eq!((caller.kind, caller.name), (TokenKind::Maskinporten, None));
    // the issuer is compared byte for byte, and only RS256, RS384 and RS512 may sign
    assert_eq!(refusal("https://test.maskinporten.no", json!({})).await, Refusal::UnknownIssuer);
    assert_eq!(verify_signed_by_curve(MASKINPORTEN).await, Err(Refusal::AlgorithmNotAllowed));
}

#[tokio::test]
async fn a_system_user_speaks_for_its_organization_through_the_consumer() {
    let clock = clock();
    let user = json!({"authorization_details": [{"type": "urn:altinn:systemuser",
        "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": "0192:310000002"}}],
        "urn:altinn:orgNumber": "310000003"});
    let token = key().sign(&claims(ALTINN, &clock, &user)).expect("signed");

    let caller = verifier(&clock).verify(token.reveal(), &BEARER).await.expect("believed");

    assert_eq!((caller.org, caller.supplier), (org("310000002"), Some(org("310000001"))));
}

#[tokio::test]
async fn scopes_are_whole_words_between_spaces() {
    let clock = clock();
    let scopes = json!({"scope": "a altinn:serviceowner/notifications.create b x:longer"});
    let token = key().sign(&claims(ALTINN, &clock, &scopes)).expect("signed");

    let caller = verifier(&clock).verify(token.reveal(), &BEARER).await.expect("believed");

    assert!(caller.has_scope("altinn:serviceowner/notifications.create"));
    assert!(!caller.has_scope("x:long"));
}

#[tokio::test]
async fn every_fault_has_its_own_refusal() {
    let now = clock().now().as_second();
    for (changes, expected) in [
        (json!({"exp": null}), Refusal::NoExpiry),
        (json!({"exp": "soon"}), Refusal::Malformed),
        (json!({"exp": now - 10}), Refusal::Expired),
        (json!({"nbf": now + 11}), Refusal::NotYetValid),
        (json!({"iat": now + 11}), Refusal::NotYetValid),
        (json!({"iss": null}), Refusal::UnknownIssuer),
        (json!({"consumer": null}), Refusal::NoOrganization),
        (json!({"consumer": {"authority": "x", "ID": "9908:310000001"}}), Refusal::NoOrganization),
    ] {
        assert_eq!(refusal(MASKINPORTEN, changes.clone()).await, expected, "{changes}");
    }
    assert_eq!(Refusal::NoOrganization.kind(), RefusalKind::Forbidden);
    assert_eq!(Refusal::Expired.kind(), RefusalKind::Unauthenticated);
    assert_eq!(Refusal::KeysUnavailable(String::new()).kind(), RefusalKind::Unavailable);
}

#[tokio::test]
async fn altinn_tokens_get_no_clock_tolerance_and_maskinporten_tokens_ten_seconds() {
    let clock = clock();
    let altinn = key().sign(&claims(ALTINN, &clock, &json!({}))).expect("signed");
    let maskinporten = key().sign(&claims(MASKINPORTEN, &clock, &json!({}))).expect("signed");
    let verifier = verifier(&clock);

    clock.advance(Duration::from_secs(119));
    verifier.verify(altinn.reveal(), &BEARER).await.expect("the last second");
    clock.advance(Duration::from_secs(1));
    assert_eq!(verifier.verify(altinn.reveal(), &BEARER).await, Err(Refusal::Expired));
    clock.advance(Duration::from_secs(9));
    verifier.verify(maskinporten.reveal(), &BEARER).await.expect("within ten seconds");
    clock.advance(Duration::from_secs(1));

    assert_eq!(verifier.verify(maskinporten.reveal(), &BEARER).await, Err(Refusal::Expired));
}

#[tokio::test]
async fn signatures_of_strangers_and_changed_contents_are_refused() {
    let clock = clock();
    let good = key().sign(&claims(ALTINN, &clock, &json!({}))).expect("signed");
    let stranger = other_key().sign(&claims(ALTINN, &clock, &json!({}))).expect("signed");
    // a stranger who claims the name of our key
    let disguised = auth::SigningKey::from_pem(
        other_key().to_pkcs8_pem().expect("PEM").reveal(),
        Some(key().kid().to_owned()),
    );
    let disguised = disguised.expect("a key").sign(&claims(ALTINN, &clock, &json!({}))).expect("signed");
    let richer = URL_SAFE_NO_PAD.encode(claims(ALTINN, &clock, &json!({"scope": "all"})).to_string());
    let parts: Vec<_> = good.reveal().split('.').collect();
    let changed = format!("{}.{richer}.{}", parts[0], parts[2]);
    let verifier = verifier(&clock);

    let outcome = async |token: &str| verifier.verify(token, &BEARER).await.map(|caller| caller.org);
    assert_eq!(outcome(good.reveal()).await, Ok(org("310000001")));
    assert_eq!(outcome(stranger.reveal()).await, Err(Refusal::UnknownKey));
    assert_eq!(outcome(disguised.reveal()).await, Err(Refusal::BadSignature));
    assert_eq!(outcome(&changed).await, Err(Refusal::BadSignature));
    for malformed in ["", "garbage", "a.b", "a.b.c", &parts[..2].join(".")] {
        assert_eq!(outcome(malformed).await, Err(Refusal::Malformed), "{malformed}");
    }
}

#[tokio::test]
async fn unsigned_tokens_and_shared_secrets_are_refused() {
    let clock = clock();
    let content = claims(ALTINN, &clock, &json!({}));
    let payload = URL_SAFE_NO_PAD.encode(content.to_string());
    let none = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "kid": key().kid()}).to_string());
    let unsigned = format!("{none}.{payload}.");
    let public = serde_json::to_vec(key().public_jwk()).expect("JSON");
    let mut header = Header::new(jsonwebtoken::Algorithm::HS256);
    header.kid = Some(key().kid().to_owned());
    let shared = jsonwebtoken::encode(&header, &content, &EncodingKey::from_secret(&public));
    let verifier = verifier(&clock);

    assert_eq!(verifier.verify(&unsigned, &BEARER).await, Err(Refusal::Malformed));
    let shared = shared.expect("signed with a shared secret");
    assert_eq!(verifier.verify(&shared, &BEARER).await, Err(Refusal::AlgorithmNotAllowed));
}

#[tokio::test]
async fn a_critical_header_that_we_do_not_know_is_refused() {
    let clock = clock();
    let key = EncodingKey::from_rsa_pem(key().to_pkcs8_pem().expect("PEM").reveal().as_bytes());
    let mut header = Header::new(jsonwebtoken::Algorithm::RS256);
    header.kid = Some(crate::support::key().kid().to_owned());
    header.crit = Some(vec!["exp".to_owned()]);
    let content = claims(ALTINN, &clock, &json!({}));
    let token = jsonwebtoken::encode(&header, &content, &key.expect("a key")).expect("signed");

    assert_eq!(verifier(&clock).verify(&token, &BEARER).await, Err(Refusal::Malformed));
}

/// Signs with a curve (ES256), and lets an issuer of that name publish the curve's key.
async fn verify_signed_by_curve(iss: &str) -> Result<auth::Caller, Refusal> {
    let clock = clock();
    let curve = rcgen::KeyPair::generate().expect("a curve key");
    let curve = EncodingKey::from_ec_der(curve.serialized_der());
    let es256 = jsonwebtoken::Algorithm::ES256;
    let public = Jwk::from_encoding_key(&curve, es256).expect("its public half");
    let keys = IssuerKeys::fixed(&JwkSet { keys: vec![public] });
    let trusted = match iss {
        MASKINPORTEN => TrustedIssuer::maskinporten(iss, keys),
        _ => TrustedIssuer::altinn(iss, keys),
    };
    let content = claims(iss, &clock, &json!({}));
    let token = jsonwebtoken::encode(&Header::new(es256), &content, &curve).expect("signed");
    Verifier::new(vec![trusted], directory(), clock).verify(&token, &BEARER).await
}

#[tokio::test]
async fn altinn_may_sign_with_a_curve() {
    let caller = verify_signed_by_curve(ALTINN).await.expect("believed");

    assert_eq!(caller.org, org("310000001"));
}

#[tokio::test]
async fn an_issuer_may_be_held_to_some_algorithms_and_audiences() {
    let clock = clock();
    let strict = TrustedIssuer::altinn(ALTINN, keys()).with_audiences(vec!["us".to_owned()]);
    let curves_only = TrustedIssuer::altinn(ALTINN, keys()).with_algorithms(vec![Algorithm::Es256]);
    let verify = async |trusted: &TrustedIssuer, aud: Value| {
        let token = key().sign(&claims(ALTINN, &clock, &json!({"aud": aud}))).expect("signed");
        let verifier = Verifier::new(vec![trusted.clone()], directory(), clock.clone());
        verifier.verify(token.reveal(), &BEARER).await.map(|caller| caller.org)
    };

    assert_eq!(verify(&strict, json!("us")).await, Ok(org("310000001")));
    assert_eq!(verify(&strict, json!(["them", "us"])).await, Ok(org("310000001")));
    assert_eq!(verify(&strict, json!("them")).await, Err(Refusal::WrongAudience));
    assert_eq!(verify(&strict, Value::Null).await, Err(Refusal::WrongAudience));
    assert_eq!(verify(&curves_only, json!("us")).await, Err(Refusal::AlgorithmNotAllowed));
}

#[tokio::test]
async fn a_token_of_one_kind_is_never_taken_for_another() {
    let clock = clock();
    let issuer = issuer(&clock, WhoMayAsk::RegisteredClients);
    let kinds = [TokenKind::Altinn, TokenKind::Maskinporten, TokenKind::PlatformAccess];
    let trusted = kinds.map(|kind| issuer.trusted(kind)).to_vec();
    let verifier = Verifier::new(trusted, directory(), clock);

    for shown in kinds {
        let wanted = DevToken {
            kind: shown,
            org: org("991825827"),
            name: Some("ttd".to_owned()),
            supplier: None,
            scopes: "one".to_owned(),
            lifetime: Duration::from_mins(1),
        };
        let token = issuer.issue_as(&wanted).expect("signed");
        for accepted in kinds {
            let outcome = verifier.verify(token.reveal(), &[accepted]).await;
            match outcome {
                Ok(caller) => assert_eq!((caller.kind, caller.org), (shown, org("991825827"))),
                Err(refusal) => assert_eq!(refusal, Refusal::UnknownIssuer),
            }
            let believed = verifier.verify(token.reveal(), &[accepted]).await.is_ok();
            assert_eq!(believed, shown == accepted, "{shown:?} shown where {accepted:?} is accepted");
        }
    }
}

#[tokio::test]
async fn a_platform_component_outside_the_directory_has_no_organization() {
    let clock = clock();
    let token = key().sign(&claims("stranger", &clock, &json!({}))).expect("signed");

    let outcome = verifier(&clock).verify(token.reveal(), &[TokenKind::PlatformAccess]).await;

    assert_eq!(outcome, Err(Refusal::NoOrganization));
}

#[test]
fn only_a_bearer_header_holds_a_token() {
    assert_eq!(bearer(Some("Bearer abc")), Ok("abc"));
    assert_eq!(bearer(Some("bearer  abc ")), Ok("abc"));
    for without in [None, Some(""), Some("Bearer"), Some("Bearer "), Some("Basic abc")] {
        assert_eq!(bearer(without), Err(Refusal::Missing));
    }
}
