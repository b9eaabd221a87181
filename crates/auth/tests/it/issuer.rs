//! The embedded issuer: what it gives, and what it refuses.

use std::collections::BTreeSet;
use std::time::Duration;

use auth::local_issuer::{
    AllowedScopes, Client, ClientCredential, Environment, GrantForm, LocalIssuerConfig, LocalIssuerError,
    TokenResponse, WhoMayAsk,
};
use auth::{LocalIssuer, SigningKey, TokenKind, Verifier};
use serde_json::{Value, json};
use types::Secret;
use types::random::Random;
use types::time::Clock;
use url::Url;

use crate::support::{clock, config, directory, issuer, key, org, other_key, part};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// An issuer that knows one client, which signs with `other_key`.
fn with_client(clock: &Clock) -> LocalIssuer {
    let issuer = issuer(clock, WhoMayAsk::RegisteredClients);
    issuer.register(Client {
        id: "client".to_owned(),
        org: org("310000001"),
        credential: ClientCredential::Key(Box::new(other_key().public_jwk().clone())),
        scopes: AllowedScopes::Only(BTreeSet::from(["mine".to_owned(), "also".to_owned()])),
        acts_for: BTreeSet::from([org("310000002")]),
    });
    issuer
}

/// A good grant with these changes; `null` removes a claim.
fn grant(clock: &Clock, changes: &Value) -> Value {
    let now = clock.now().as_second();
    let mut claims = json!({"aud": "http://localhost:9999/", "iss": "client", "scope": "mine",
        "iat": now, "exp": now + 120, "jti": Random::system().uuid_v4().to_string()});
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    claims
}

fn ask(issuer: &LocalIssuer, key: &SigningKey, claims: &Value) -> Result<TokenResponse, (String, u16)> {
    let form = GrantForm { grant_type: GRANT.to_owned(), assertion: key.sign(claims).expect("signed") };
    let code = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    issuer.token(&form).map_err(|error| (code(&error.error_description), error.status))
}

fn refused(changes: &Value) -> String {
    let clock = clock();
    let (code, _) = ask(&with_client(&clock), &other_key(), &grant(&clock, changes)).expect_err("refused");
    code
}

#[test]
fn a_good_grant_brings_a_token_with_the_agreed_claims() {
    let clock = clock();
    let issuer = with_client(&clock);
    let now = clock.now().as_second();

    let answer = ask(&issuer, &other_key(), &grant(&clock, &json!({"scope": "also mine"}))).expect("a token");

    let mut claims = part(answer.access_token.reveal(), 1);
    assert!(claims["jti"].take().is_string());
    assert_eq!(
        claims,
        json!({"iss": "http://localhost:9999/", "client_id": "client", "client_amr": "private_key_jwt",
            "consumer": {"authority": "iso6523-actorid-upis", "ID": "0192:310000001"}, "jti": null,
            "scope": "also mine", "iat": now, "exp": now + 119, "token_type": "Bearer"})
    );
    let body = serde_json::to_value(answer.body()).expect("JSON");
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(119)));
    assert!(!format!("{answer:?}").contains(answer.access_token.reveal()));
}

/// Covers: NP-96, ET-70
#[test]
fn used_overlong_misaddressed_unknown_and_foreign_grants_are_refused() {
    let clock = clock();
    let issuer = with_client(&clock);
    let now = clock.now().as_second();
    let once = grant(&clock, &json!({}));
    ask(&issuer, &other_key(), &once).expect("the first time");
    assert_eq!(ask(&issuer, &other_key(), &once).expect_err("the second").0, "MP-011");

    assert_eq!(refused(&json!({"exp": now + 121})), "MP-130");
    assert_eq!(refused(&json!({"aud": "http://localhost:9999"})), "MP-110");
    assert_eq!(refused(&json!({"aud": "https://maskinporten.no/"})), "MP-110");
    assert_eq!(refused(&json!({"sub": "anything"})), "MP-122");
    assert_eq!(refused(&json!({"scope": "mine foreign"})), "MP-130");
}

#[test]
fn times_missing_claims_and_wrong_types_are_refused() {
    let now = clock().now().as_second();
    assert_eq!(refused(&json!({"iat": now - 11, "exp": now + 60})), "MP-012");
    assert_eq!(refused(&json!({"iat": now + 11})), "MP-012");
    assert_eq!(refused(&json!({"exp": now})), "MP-130");
    assert_eq!(refused(&json!({"jti": null})), "MP-122");
    assert_eq!(refused(&json!({"jti": ""})), "MP-011");
    assert_eq!(refused(&json!({"aud": ["http://localhost:9999/"]})), "MP-122");
    assert_eq!(refused(&json!({"scope": " "})), "MP-130");

    let clock = clock();
    let form = GrantForm { grant_type: "password".to_owned(), assertion: Secret::new(String::new()) };
    let error = with_client(&clock).token(&form).expect_err("another grant");
    assert_eq!((error.error, error.status), ("unsupported_grant_type", 400));
}

#[test]
fn strangers_and_wrong_keys_are_refused() {
    let clock = clock();
    let issuer = with_client(&clock);
    let good = grant(&clock, &json!({}));
    let stranger = grant(&clock, &json!({"iss": "MOVE_IP_310000001"}));
    let pem = key().to_pkcs8_pem().expect("PEM");
    let disguised = SigningKey::from_pem(pem.reveal(), Some(other_key().kid().to_owned())).expect("a key");

    let refusal = |key: &SigningKey, claims| ask(&issuer, key, claims).expect_err("refused");

    assert_eq!(refusal(&other_key(), &stranger), ("MP-100".to_owned(), 401));
    assert_eq!(refusal(&key(), &good), ("MP-120".to_owned(), 401));
    assert_eq!(refusal(&disguised, &good), ("MP-124".to_owned(), 400));
}

#[test]
fn delegation_names_the_one_acted_for_as_consumer_and_the_client_as_supplier() {
    let clock = clock();
    let issuer = with_client(&clock);
    let delegated = grant(&clock, &json!({"consumer_org": "310000002"}));

    let token = ask(&issuer, &other_key(), &delegated).expect("a token").access_token;

    let claims = part(token.reveal(), 1);
    assert_eq!(claims["consumer"]["ID"], "0192:310000002");
    assert_eq!(claims["supplier"]["ID"], "0192:310000001");
    assert!(claims["delegation_source"].is_string());
    assert_eq!(refused(&json!({"consumer_org": "310000003"})), "MP-201");
    assert_eq!(refused(&json!({"consumer_org": "310000002", "iss_onbehalfof": "310000002"})), "MP-200");
    let user = json!({"type": "urn:altinn:systemuser",
        "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": "0192:310000003"}});
    assert_eq!(refused(&json!({"authorization_details": [user]})), "MP-201");
}

#[test]
fn without_proof_anybody_is_who_the_client_id_says_but_a_shown_certificate_must_have_signed() {
    let clock = clock();
    let issuer = issuer(&clock, WhoMayAsk::AnybodyWithoutProof);
    let open = json!({"iss": "MOVE_IP_310000001", "scope": "anything"});
    let token = ask(&issuer, &key(), &grant(&clock, &open)).expect("a token").access_token;
    assert_eq!(part(token.reveal(), 1)["consumer"]["ID"], "0192:310000001");
    let nameless = grant(&clock, &json!({"iss": "somebody"}));
    assert_eq!(ask(&issuer, &key(), &nameless).expect_err("no number").0, "MP-100");

    let authority = auth::Authority::generate(clock.clone()).expect("an authority");
    let subject = auth::authority::Subject {
        org: org("310000001"),
        name: "Etat".to_owned(),
        profile: auth::authority::Profile::Both,
    };
    let credential = authority.issue(&subject).expect("a certificate");
    let show = |key: &SigningKey| {
        let signed = key.sign_with_certificates(&credential.chain, &grant(&clock, &open)).expect("signed");
        issuer.token(&GrantForm { grant_type: GRANT.to_owned(), assertion: signed })
    };

    assert!(show(&credential.key).is_ok());
    assert!(show(&key()).is_err_and(|error| error.error_description.starts_with("MP-124")));
}

#[test]
fn a_client_registered_with_a_certificate_must_show_that_one() {
    let clock = clock();
    let issuer = issuer(&clock, WhoMayAsk::RegisteredClients);
    let authority = auth::Authority::generate(clock.clone()).expect("an authority");
    let subject = auth::authority::Subject {
        org: org("310000001"),
        name: "Etat".to_owned(),
        profile: auth::authority::Profile::Both,
    };
    let made = authority.issue_all(&[subject.clone(), subject]).expect("certificates");
    issuer.register(Client {
        id: "client".to_owned(),
        org: org("310000001"),
        credential: ClientCredential::Certificate(made[0].certificate().to_vec()),
        scopes: AllowedScopes::Any,
        acts_for: BTreeSet::new(),
    });
    let show = |number: usize| {
        let claims = grant(&clock, &json!({}));
        let signed = made[number].key.sign_with_certificates(&made[number].chain, &claims).expect("signed");
        issuer.token(&GrantForm { grant_type: GRANT.to_owned(), assertion: signed })
    };

    let token = show(0).expect("its own certificate").access_token;
    assert_eq!(part(token.reveal(), 1)["client_amr"], "virksomhetssertifikat");
    assert!(show(1).is_err_and(|error| error.error_description.starts_with("MP-121")));
}

/// Covers: NP-101
#[test]
fn there_is_no_embedded_issuer_in_production_nor_under_a_real_name() {
    let new = |config| LocalIssuer::new(config, key(), clock(), Random::system()).map(|_| ());
    let at = |address: &str| {
        let address = Url::parse(address).expect("an address");
        new(LocalIssuerConfig { address, ..config() })
    };

    let production = new(LocalIssuerConfig { environment: Environment::Production, ..config() });
    assert!(matches!(production, Err(LocalIssuerError::InProduction)));
    for real in ["https://maskinporten.no/", "https://test.maskinporten.no/", "https://platform.altinn.no/"] {
        assert!(matches!(at(real), Err(LocalIssuerError::LooksReal(_))), "{real}");
    }
    assert!(matches!(at("http://localhost/issuer"), Err(LocalIssuerError::NoBaseAddress)));
    assert!(at("http://localhost:8080/issuer/").is_ok());
}

#[tokio::test]
async fn after_a_rotation_both_keys_are_published_and_old_tokens_stay_good() {
    let clock = clock();
    let issuer = issuer(&clock, WhoMayAsk::RegisteredClients);
    let trusted = vec![issuer.trusted(TokenKind::Altinn)];
    let verifier = Verifier::new(trusted, directory(), clock.clone());
    let issue = || issuer.issue(org("991825827"), "one", Duration::from_mins(5)).expect("signed");
    let before = issue();

    issuer.rotate_to(other_key());

    let kids: Vec<_> = issuer.jwks().keys.into_iter().filter_map(|jwk| jwk.common.key_id).collect();
    assert_eq!(kids, [other_key().kid(), key().kid()]);
    for token in [before, issue()] {
        let caller = verifier.verify(token.reveal(), &[TokenKind::Altinn]).await.expect("believed");
        assert_eq!((caller.org, caller.name.as_deref()), (org("991825827"), Some("ttd")));
        assert!(caller.has_scope("one"));
    }
}

#[tokio::test]
async fn only_its_own_living_maskinporten_tokens_are_exchanged() {
    let clock = clock();
    let issuer = with_client(&clock);
    let token = ask(&issuer, &other_key(), &grant(&clock, &json!({}))).expect("a token").access_token;
    let altinn = issuer.exchange(token.reveal()).await.expect("exchanged");

    assert!(issuer.exchange(altinn.reveal()).await.is_err(), "an exchanged token is not exchanged again");
    assert!(issuer.exchange("garbage").await.is_err());
    clock.advance(Duration::from_secs(130));
    assert!(issuer.exchange(token.reveal()).await.is_err(), "it has expired");
}

#[test]
fn metadata_names_the_endpoints_below_the_issuer() {
    let address = Url::parse("http://localhost:8080/issuer/").expect("an address");
    let config = LocalIssuerConfig { address, ..config() };
    let issuer = LocalIssuer::new(config, key(), clock(), Random::system()).expect("an issuer");

    let metadata = serde_json::to_value(issuer.metadata()).expect("JSON");

    assert_eq!(metadata["issuer"], "http://localhost:8080/issuer/");
    assert_eq!(metadata["token_endpoint"], "http://localhost:8080/issuer/token");
    assert_eq!(metadata["jwks_uri"], "http://localhost:8080/issuer/jwks");
    assert_eq!(metadata["grant_types_supported"], json!([GRANT]));
}
