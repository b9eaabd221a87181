//! The embedded registry, and the client that asks it over HTTP.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use asic::Certificate;
use auth::authority::{Credential, Profile, Subject};
use auth::caller::TokenKind;
use auth::local_issuer::{DevToken, LocalTokens};
use auth::{Authority, LocalIssuer};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use exchange::registry::embedded::{
    self, ARKIVMELDING, ARKIVMELDING_PROCESSES, ARKIVMELDING_RESPONSE, EmbeddedRegistry, RegisterError,
    Registration,
};
use exchange::registry::hosted::{self, HostedRegistry, SignatureTrust};
use exchange::registry::{Identifier, LookUpError, Question, Registry, ServiceIdentifier, choose};
use http::StatusCode;
use serde_json::Value;
use store::Store;
use types::time::Clock;
use types::{OrgNumber, Secret};

use crate::support::{Answer, Served, answer, clock, issuer, receiver, sender, serve, stranger, verifier};

const ADMINISTRATION: &str = ARKIVMELDING_PROCESSES[0];

/// Certificates of two organizations and two registries; making keys takes a while.
static CREDENTIALS: LazyLock<Vec<Credential>> = LazyLock::new(|| {
    let authority = Authority::generate(clock()).expect("an authority");
    let named = |org: OrgNumber, name: &str| Subject { org, name: name.to_owned(), profile: Profile::Both };
    let subjects = [
        named(sender(), "Avsender"),
        named(receiver(), "Mottaker"),
        named(stranger(), "Register"),
        named(stranger(), "Register, fornyet"),
    ];
    authority.issue_all(&subjects).expect("certificates")
});

pub fn certificate_of(org: OrgNumber) -> String {
    CREDENTIALS[usize::from(org != sender())].certificate_pem()
}

/// What stands between registry and client.
#[derive(Clone, Default)]
struct Between {
    /// Answers with this instead.
    instead: Arc<Mutex<Option<(StatusCode, String)>>>,
    /// Changes the payload of signed answers.
    tampers: Arc<Mutex<bool>>,
    /// Paths that were asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

async fn between(State(between): State<Between>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    between.asked.lock().expect("no panic").push(path.clone());
    let instead = between.instead.lock().expect("no panic").clone();
    if let Some((status, body)) = instead {
        return Response::builder().status(status).body(Body::from(body)).expect("a response");
    }
    let response = next.run(request).await;
    let tampers = *between.tampers.lock().expect("no panic");
    if !tampers || path.ends_with("/jwk") {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let whole = web::body::read(body, 1 << 20).await.expect("a body");
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(tampered(&whole)))
}

/// The same signature around another payload: one letter in its middle is changed.
fn tampered(token: &[u8]) -> Bytes {
    let mut parts: Vec<Vec<u8>> = token.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
    let middle = parts[1].len() / 2;
    parts[1][middle] = if parts[1][middle] == b'A' { b'B' } else { b'A' };
    parts.join(&b'.').into()
}

pub struct Town {
    pub registry: EmbeddedRegistry,
    pub store: Store,
    clock: Clock,
    issuer: LocalIssuer,
    between: Between,
    served: Served,
    /// The router in use; a renewed registry takes its place.
    current: Arc<Mutex<Router>>,
}

fn embedded(
    store: &Store,
    clock: &Clock,
    issuer: &LocalIssuer,
    signing: usize,
    config: embedded::Config,
) -> EmbeddedRegistry {
    EmbeddedRegistry::new(embedded::Parts {
        store: store.clone(),
        verifier: verifier(issuer, clock),
        signing: CREDENTIALS[signing].clone(),
        clock: clock.clone(),
        config,
    })
    .expect("a registry")
}

async fn town() -> Town {
    town_with(embedded::Config::default()).await
}

pub async fn town_with(config: embedded::Config) -> Town {
    let (clock, store) = (clock(), testkit::stores::temporary());
    let issuer = issuer(&clock);
    let registry = embedded(&store, &clock, &issuer, 2, config);
    for org in [sender(), receiver()] {
        let registration = Registration::standard(
            org,
            format!("Etat {org}"),
            certificate_of(org),
            "http://broker.localhost",
        );
        registry.register(registration).await.expect("registered");
    }
    let current = Arc::new(Mutex::new(registry.router()));
    let routed = current.clone();
    let forward = move |request: Request| {
        let now = routed.lock().expect("no panic").clone();
        async move { tower::ServiceExt::oneshot(now, request).await.expect("infallible") }
    };
    let between = Between::default();
    let layer = middleware::from_fn_with_state(between.clone(), self::between);
    let served = serve(Router::new().fallback(forward).layer(layer)).await;
    Town { registry, store, clock, issuer, between, served, current }
}

/// The certificate of the first registry, and no other.
fn pinned() -> SignatureTrust {
    let certificate = Certificate::from_der(CREDENTIALS[2].certificate()).expect("a certificate");
    SignatureTrust::Pinned(vec![certificate])
}

impl Town {
    fn published(&self) -> SignatureTrust {
        SignatureTrust::Published(self.served.url.join("adressetjeneste/jwk").expect("a URL"))
    }

    fn client(&self, trust: SignatureTrust) -> HostedRegistry {
        let tokens = LocalTokens::new(self.issuer.clone(), sender(), TokenKind::Maskinporten);
        HostedRegistry::new(hosted::Parts {
            http: web::plain_client().expect("a client"),
            tokens: Some(Arc::new(tokens)),
            trust,
            clock: self.clock.clone(),
            config: hosted::Config {
                url: self.served.url.join("adressetjeneste").expect("a URL"),
                scopes: ["dpo", "dpi"].map(|channel| format!("eformidling:{channel}")).to_vec(),
                ..hosted::Config::default()
            },
        })
        .expect("a client")
    }

    pub async fn get(&self, path: &str, accept: &str, scopes: &str) -> Answer {
        answer(self.request(path, accept, scopes)).await
    }

    pub fn request(&self, path: &str, accept: &str, scopes: &str) -> reqwest::RequestBuilder {
        let wanted = DevToken {
            kind: TokenKind::Maskinporten,
            org: sender(),
            name: None,
            supplier: None,
            scopes: scopes.to_owned(),
            lifetime: Duration::from_mins(10),
        };
        let token = self.issuer.issue_as(&wanted).expect("a token");
        let url = self.served.url.join(&format!("adressetjeneste/{path}")).expect("a URL");
        let request = web::plain_client().expect("a client").get(url).header("accept", accept);
        request.bearer_auth(token.reveal())
    }

    fn asked(&self, end: &str) -> usize {
        self.between.asked.lock().expect("no panic").iter().filter(|path| path.ends_with(end)).count()
    }
}

fn about(org: OrgNumber) -> Question {
    Question::about(Identifier::from(org))
}

/// Covers: ET-57, ET-60
#[tokio::test]
async fn a_receiver_is_looked_up_over_http() {
    let town = town().await;
    for trust in [pinned(), town.published()] {
        let client = town.client(trust);

        let entry = client.look_up(&about(receiver()).for_process(ADMINISTRATION)).await.expect("an entry");
        let record = choose(&entry.records, Some(ADMINISTRATION), ARKIVMELDING).expect("a route");

        assert_eq!(entry.info.name.as_deref(), Some("Etat 310000002"));
        assert_eq!(record.service.identifier, ServiceIdentifier::Dpo);
        assert_eq!(record.service.resource.as_deref(), Some("eformidling-dpo-meldingsutveksling"));
        assert_eq!(record.certificate_pem, Some(certificate_of(receiver())));
    }
}

#[tokio::test]
async fn the_same_questions_can_be_asked_within_the_process() {
    let town = town().await;
    let client: Box<dyn Registry> = Box::new(town.client(pinned()));
    let own: Box<dyn Registry> = Box::new(town.registry.clone());

    let everything = own.look_up(&about(receiver())).await.expect("an entry");

    assert_eq!(everything.records.len(), 14);
    assert_eq!(client.look_up(&about(receiver())).await, Ok(everything));
    let who = Identifier::from(receiver());
    assert_eq!(client.info(&who).await, own.info(&who).await);
    assert_eq!(client.certificate(receiver()).await, own.certificate(receiver()).await);
}

/// Covers: ET-63
#[tokio::test]
async fn receipts_and_statuses_find_their_way_back_to_every_sender() {
    let town = town().await;
    for org in [sender(), receiver()] {
        let entry = town.registry.look_up(&about(org).for_process(ARKIVMELDING_RESPONSE)).await;
        let records = entry.expect("an entry").records;
        for document_type in
            ["urn:no:difi:arkivmelding:xsd::arkivmelding_kvittering", "urn:no:difi:eformidling:xsd::status"]
        {
            let record = choose(&records, Some(ARKIVMELDING_RESPONSE), document_type).expect("a route");
            assert_eq!(record.service.identifier, ServiceIdentifier::Dpo);
        }
    }
}

/// Covers: ET-64
#[tokio::test]
async fn an_organization_finds_its_own_certificate() {
    let town = town().await;
    let own = Certificate::from_der(CREDENTIALS[0].certificate()).expect("a certificate");

    let pem = town.client(pinned()).certificate(sender()).await.expect("a certificate");

    let found = Certificate::from_pem(&pem).expect("PEM");
    assert_eq!(found.serial_decimal(), own.serial_decimal());
}

/// Covers: ET-58
#[tokio::test]
async fn answers_are_signed_for_those_who_take_signatures() {
    let config = embedded::Config { sas_token: Some(Secret::new("key".to_owned())), ..Default::default() };
    let town = town_with(config).await;
    let process = format!("identifier/310000002/process/{ADMINISTRATION}");
    let paths = [
        ("identifier/310000002", "{"),
        (&process, "{"),
        ("info/0192:310000002", "{"),
        ("virksert/310000002", "-----BEGIN CERTIFICATE-----"),
        ("sastoken", "key"),
    ];
    for (path, begins) in paths {
        let plain = town.get(path, "application/json, text/plain", "eformidling:dpe").await;
        let signed = town.get(path, "application/json, application/jose", "eformidling:dpe").await;

        assert_eq!((plain.status, signed.status), (200, 200), "{path}: {}", plain.text);
        assert!(plain.text.starts_with(begins), "{path}: {}", plain.text);
        assert_eq!(signed.header("content-type"), "application/jose", "{path}");
        assert_eq!(signed.text.split('.').count(), 3, "{path}");
    }
    assert_eq!(town.get("sastoken", "text/plain", "eformidling:dpo").await.status, 401);
}

/// Covers: ET-59
#[tokio::test]
async fn one_key_is_published_and_it_is_the_one_that_signs() {
    let town = town().await;
    let url = town.served.url.join("adressetjeneste/jwk").expect("a URL");

    let keys = answer(web::plain_client().expect("a client").get(url)).await.json();
    let signed = town.get("info/310000002", "application/jose", "").await.text;

    let keys = keys["keys"].as_array().expect("a list").clone();
    assert_eq!(keys.len(), 1);
    assert_eq!(
        (&keys[0]["kty"], &keys[0]["use"], &keys[0]["alg"]),
        (&"RSA".into(), &"sig".into(), &"RS256".into())
    );
    let header = signed.split('.').next().expect("a header");
    let header = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header);
    let header: Value = serde_json::from_slice(&header.expect("base64")).expect("JSON");
    assert_eq!((&header["alg"], &header["kid"]), (&"RS256".into(), &keys[0]["kid"]));
    assert_eq!(header["x5c"], keys[0]["x5c"]);
}

/// Covers: ET-57
#[tokio::test]
async fn an_answer_that_was_tampered_with_is_not_believed() {
    let town = town().await;
    *town.between.tampers.lock().expect("no panic") = true;
    for trust in [pinned(), town.published()] {
        let outcome = town.client(trust).look_up(&about(receiver())).await;
        assert!(matches!(outcome, Err(LookUpError::Untrusted(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_signed_by_another_or_by_nobody_is_not_believed() {
    let town = town().await;
    let other = embedded(&town.store, &town.clock, &town.issuer, 3, embedded::Config::default());
    let plain = town.get("identifier/310000002", "application/json", "").await;

    *town.current.lock().expect("no panic") = other.router();
    let by_another = town.client(pinned()).look_up(&about(receiver())).await;
    *town.between.instead.lock().expect("no panic") = Some((StatusCode::OK, plain.text));
    let by_nobody = town.client(pinned()).look_up(&about(receiver())).await;

    assert!(matches!(by_another, Err(LookUpError::Untrusted(_))), "{by_another:?}");
    assert!(matches!(by_nobody, Err(LookUpError::Untrusted(_))), "{by_nobody:?}");
}

/// Covers: ET-57
#[tokio::test]
async fn keys_are_kept_and_fetched_again_for_a_name_we_do_not_know() {
    let town = town().await;
    let client = town.client(town.published());
    client.look_up(&about(receiver())).await.expect("an entry");
    client.look_up(&about(sender())).await.expect("an entry");
    let fetched_before = town.asked("/jwk");

    let renewed = embedded(&town.store, &town.clock, &town.issuer, 3, embedded::Config::default());
    *town.current.lock().expect("no panic") = renewed.router();
    town.clock.advance(Duration::from_mins(1));
    let after = client.look_up(&about(receiver()).for_process(ADMINISTRATION)).await;

    assert_eq!(fetched_before, 1);
    assert!(after.is_ok(), "{after:?}");
    assert_eq!(town.asked("/jwk"), 2);
}

/// Covers: ET-57, ET-62
#[tokio::test]
async fn not_found_and_not_reachable_are_told_apart() {
    let town = town().await;
    let client = town.client(pinned());
    let citizen: Identifier = "01010050053".parse().expect("a person");
    let agreed = "urn:no:difi:profile:einnsyn:meeting:ver1.0";

    let unknown = client.look_up(&about(stranger())).await;
    let person = client.look_up(&Question::about(citizen)).await;
    let process = client.look_up(&about(receiver()).for_process(agreed)).await;
    let certificate = client.certificate(stranger()).await;
    *town.between.instead.lock().expect("no panic") =
        Some((StatusCode::SERVICE_UNAVAILABLE, "{\"error_description\":\"later\"}".to_owned()));
    let down = client.look_up(&about(receiver())).await;

    assert!(matches!(unknown, Err(LookUpError::NotFound(_))), "{unknown:?}");
    assert!(matches!(process, Err(LookUpError::NotFound(_))), "{process:?}");
    assert!(matches!(certificate, Err(LookUpError::NotFound(_))), "{certificate:?}");
    assert!(matches!(down, Err(LookUpError::Unavailable(_))), "{down:?}");
    let Err(LookUpError::NotFound(reason)) = person else { panic!("{person:?}") };
    assert!(!reason.contains("50053"), "{reason}");
}

#[tokio::test]
async fn answers_are_kept_for_five_minutes_and_failures_are_not() {
    let town = town().await;
    let client = town.client(pinned());
    let question = about(receiver()).in_conversation(uuid::Uuid::new_v4());
    let missing = client.look_up(&about(stranger())).await;
    client.look_up(&question).await.expect("an entry");

    assert!(town.registry.remove(receiver()).await.expect("a store"));
    let registration =
        Registration::standard(stranger(), "Ny etat", CREDENTIALS[2].certificate_pem(), "http://x");
    town.registry.register(registration).await.expect("registered");

    assert!(missing.is_err());
    assert!(client.look_up(&about(stranger())).await.is_ok());
    town.clock.advance(Duration::from_secs(299));
    assert!(client.look_up(&about(receiver())).await.is_ok(), "whatever the conversation");
    town.clock.advance(Duration::from_secs(1));
    assert!(matches!(client.look_up(&about(receiver())).await, Err(LookUpError::NotFound(_))));
}

#[tokio::test]
async fn the_last_answer_serves_for_an_hour_of_outage_but_not_what_is_encrypted_to() {
    let town = town().await;
    let client = town.client(pinned());
    client.look_up(&about(receiver())).await.expect("an entry");
    town.clock.advance(Duration::from_mins(6));
    *town.between.instead.lock().expect("no panic") = Some((StatusCode::SERVICE_UNAVAILABLE, String::new()));

    let known = client.look_up(&about(receiver())).await;
    let fresh = client.look_up(&about(receiver()).fresh()).await;
    let never_asked = client.look_up(&about(sender())).await;
    town.clock.advance(Duration::from_mins(60));
    let too_old = client.look_up(&about(receiver())).await;

    assert!(known.is_ok(), "{known:?}");
    for other in [fresh, never_asked, too_old] {
        assert!(matches!(other, Err(LookUpError::Unavailable(_))), "{other:?}");
    }
}

#[tokio::test]
async fn nobody_asks_without_a_token_unless_the_registry_is_open() {
    let (closed, open) =
        (town().await, town_with(embedded::Config { open: true, ..Default::default() }).await);
    let ask = async |town: &Town, path: &str| {
        let url = town.served.url.join(&format!("adressetjeneste/{path}")).expect("a URL");
        answer(web::plain_client().expect("a client").get(url)).await
    };

    let refused = ask(&closed, "identifier/310000002").await;

    assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"));
    assert!(refused.json()["error_description"].is_string());
    assert_eq!(ask(&open, "identifier/310000002").await.status, 200);
    assert_eq!(ask(&open, "sastoken").await.status, 401, "a secret needs its scope");
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let town = town().await;

    let level = town.get("identifier/310000002?securityLevel=high", "*/*", "").await;
    let nobody = town.get("identifier/12345", "*/*", "").await;

    assert_eq!((level.status, nobody.status), (400, 404));
    assert_eq!(nobody.json()["error_code"], "");
}

#[tokio::test]
async fn the_altinn_inbox_is_offered_to_those_without_an_installation() {
    let config = embedded::Config { correspondence_resource: Some("inbox".to_owned()), ..Default::default() };
    let town = town_with(config).await;
    let mut registration =
        Registration::standard(stranger(), "Bedrift", CREDENTIALS[2].certificate_pem(), "http://x");
    registration.processes.clear();
    town.registry.register(registration).await.expect("registered");
    let client = town.client(pinned());

    let entry = client.look_up(&about(stranger()).for_process(ADMINISTRATION)).await.expect("an entry");
    let strict = client.look_up(&about(stranger()).for_process(ADMINISTRATION).at_level(Some(4))).await;

    assert_eq!(entry.records[0].service.identifier, ServiceIdentifier::Dpv);
    assert_eq!(entry.records[0].service.resource.as_deref(), Some("inbox"));
    assert!(matches!(strict, Err(LookUpError::Refused { status: 400, .. })), "{strict:?}");
}

#[tokio::test]
async fn a_registration_needs_a_certificate_of_its_own() {
    let town = town().await;
    let with = |pem: String| Registration::standard(stranger(), "Etat", pem, "http://x");

    let foreign = town.registry.register(with(certificate_of(sender()))).await;
    let none = town.registry.register(with("no certificate".to_owned())).await;
    let mut empty = with(CREDENTIALS[2].certificate_pem());
    empty.processes[0].document_types.clear();
    let empty = town.registry.register(empty).await;

    assert!(matches!(foreign, Err(RegisterError::SomebodyElses { .. })), "{foreign:?}");
    assert!(matches!(none, Err(RegisterError::Certificate { .. })), "{none:?}");
    assert!(matches!(empty, Err(RegisterError::NoDocumentTypes(_))), "{empty:?}");
    assert!(town.registry.look_up(&about(stranger())).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_register_the_same_organization_at_once_do_not_disturb_each_other() {
    let town = town().await;
    let register = || {
        let name = format!("Etat {}", receiver());
        let url = "http://broker.localhost";
        town.registry.register(Registration::standard(receiver(), name, certificate_of(receiver()), url))
    };

    for registered in futures_util::future::join_all((0..8).map(|_| register())).await {
        registered.expect("registered");
    }

    let question = Question::about(Identifier::Organization(receiver()));
    let entry = town.registry.look_up(&question).await.expect("an entry");
    assert_eq!(entry.records.len(), embedded::standard_processes().len());
}
