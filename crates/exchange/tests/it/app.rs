//! Two gateways, what stands between them, and a client that speaks to them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use asic::{Certificate, Identity, Limits, PrivateKey, TrustAnchors};
use auth::authority::{Credential, Profile, Subject};
use auth::caller::TokenKind;
use auth::directory::Directory;
use auth::local_issuer::{Environment, LocalIssuerConfig, LocalTokens};
use auth::{Authority, LocalIssuer, SigningKey, Verifier};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use exchange::broker::{self, Broker};
use exchange::registry::embedded::{self, EmbeddedRegistry, Registration};
use exchange::registry::hosted::{self, HostedRegistry, SignatureTrust};
use exchange::transports::dpo::{self, Dpo};
use exchange::{Config, Exchange, Parts};
use http::{HeaderMap, Method, StatusCode};
use jobs::Wake;
use reqwest::Client;
use serde_json::{Value, json};
use store::blobs::{Blobs, FileBlobs};
use store::{Engine, Fault, FaultPoint, Faults, Options, Store};
use tempfile::TempDir;
use testkit::stores::{self, Database};
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};
use types::random::Random;
use types::time::Clock;
use types::{OrgNumber, Secret};
use url::Url;
use web::{AllowedNetworks, GuardedClient};

pub const A: &str = "310000001";
pub const B: &str = "310000002";
pub const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
pub const RESPONSE: &str = "urn:no:difi:profile:arkivmelding:response:ver1.0";
pub const AVTALT: &str = "urn:no:difi:profile:avtalt:avtalt:ver1.0";
const START: &str = "2026-03-02T10:15:00Z";
const PASSWORD: &str = "a test's password";

/// Keys take long to make, so all tests share the certificates.
static PKI: LazyLock<Pki> = LazyLock::new(Pki::make);

struct Pki {
    credentials: Vec<Credential>,
    root: Vec<u8>,
}

impl Pki {
    fn make() -> Self {
        let authority = Authority::generate(clock()).expect("an authority");
        let subject = |number: &str| Subject {
            org: org(number),
            name: format!("Organization {number}"),
            profile: Profile::Newer,
        };
        let credentials = authority.issue_all(&[subject(A), subject(B), subject("310000003")]);
        Self { credentials: credentials.expect("certificates"), root: authority.root_der().to_vec() }
    }
}

pub fn org(number: &str) -> OrgNumber {
    number.parse().expect("nine digits")
}

pub fn clock() -> Clock {
    Clock::stepped(START.parse().expect("a moment"))
}

/// A server that stops when it is dropped.
pub struct Served {
    pub url: Url,
    _stop: DropGuard,
}

pub async fn serve(router: Router) -> Served {
    let bound = web::server::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
    let url = Url::parse(&format!("http://{}/", bound.local_addr)).expect("a URL");
    let stop = CancellationToken::new();
    tokio::spawn(bound.serve(router, web::Limits::default(), stop.clone()));
    Served { url, _stop: stop.drop_guard() }
}

/// Stands before the broker, and can hold one upload back.
#[derive(Clone, Default)]
pub struct Gate(Arc<Barrier>);

#[derive(Default)]
struct Barrier {
    shut: AtomicBool,
    reached: Notify,
    opened: Notify,
}

impl Gate {
    /// Holds the next upload back, before the broker sees it.
    pub fn shut(&self) {
        self.0.shut.store(true, Ordering::SeqCst);
    }

    /// Waits until an upload is held back.
    pub async fn reached(&self) {
        let reached = tokio::time::timeout(Duration::from_secs(20), self.0.reached.notified());
        reached.await.expect("an upload");
    }

    /// Lets it through.
    pub fn open(&self) {
        self.0.opened.notify_one();
    }
}

async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if request.uri().path().ends_with("/upload") && gate.0.shut.swap(false, Ordering::SeqCst) {
        gate.0.reached.notify_one();
        gate.0.opened.notified().await;
    }
    next.run(request).await
}

/// Everything there is.
pub struct World {
    pub clock: Clock,
    pub gate: Gate,
    pub a: Gateway,
    pub b: Gateway,
    pub broker_url: Url,
    issuer: LocalIssuer,
    registry_url: Url,
    change: Change,
    broker: Option<Served>,
    #[expect(dead_code, reason = "serves as long as the world is there")]
    registry: Served,
    folder: TempDir,
}

type Change = Box<dyn Fn(&mut Config) + Send + Sync>;

/// What the nodes of one organization share.
#[derive(Clone)]
pub struct Shared {
    rows: Rows,
    blobs: Arc<dyn Blobs>,
}

/// A database that nodes connect to.
#[derive(Clone)]
enum Rows {
    /// Two gateways in one process, over one writer.
    Sqlite(Store),
    Postgres(Database),
}

impl Rows {
    fn new(options: Options) -> Self {
        match stores::chosen() {
            Engine::Sqlite => Self::Sqlite(stores::sqlite(options)),
            Engine::Postgres => Self::Postgres(Database::new()),
        }
    }

    fn connect(&self, options: &Options) -> Store {
        match self {
            Self::Sqlite(store) => store.clone(),
            Self::Postgres(database) => database.connect(options),
        }
    }
}

/// One organization's gateway and a client with its password.
pub struct Gateway {
    pub number: String,
    pub exchange: Exchange,
    pub store: Store,
    pub blobs: Arc<dyn Blobs>,
    pub commits: Arc<Commits>,
    pub url: Url,
    pub http: Client,
    shared: Shared,
    _served: Served,
}

/// Counts a gateway's commits, and lets a fault strike one when a test asks for it.
#[derive(Default)]
pub struct Commits {
    count: AtomicUsize,
    strike: Mutex<Option<Strike>>,
}

/// A fault, and at which commit it strikes: the first at whose time this is so.
struct Strike {
    fault: Fault,
    when: Box<dyn Fn() -> bool + Send>,
}

impl Commits {
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Loses the answer of the first commit at whose time this is so.
    pub fn lose_answer_when(&self, so: impl Fn() -> bool + Send + 'static) {
        self.strike_with(Fault::AnswerLost, so);
    }

    /// Fails the first commit at whose time this is so.
    pub fn fail_when(&self, so: impl Fn() -> bool + Send + 'static) {
        self.strike_with(Fault::DiskFull, so);
    }

    fn strike_with(&self, fault: Fault, so: impl Fn() -> bool + Send + 'static) {
        *self.strike.lock().expect("no panic") = Some(Strike { fault, when: Box::new(so) });
    }

    pub fn were_struck(&self) -> bool {
        self.strike.lock().expect("no panic").is_none()
    }

    fn at(&self, point: FaultPoint) -> Fault {
        let mut strike = self.strike.lock().expect("no panic");
        let wanted = match point {
            FaultPoint::BeforeCommit => Fault::DiskFull,
            FaultPoint::AfterCommit => {
                self.count.fetch_add(1, Ordering::SeqCst);
                Fault::AnswerLost
            }
        };
        if strike.as_ref().is_some_and(|strike| strike.fault == wanted && (strike.when)()) {
            *strike = None;
            return wanted;
        }
        Fault::Pass
    }
}

pub async fn world() -> World {
    world_with(|_| {}).await
}

/// The same with settings of the test's own.
pub async fn world_with(change: impl Fn(&mut Config) + Send + Sync + 'static) -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let places = [A, B].map(|number| folder_for_blobs(&folder, number));
    world_on(folder, places, Box::new(change)).await
}

/// The same with blobs of A and B in places of the test's own.
pub async fn world_on_blobs(places: [Arc<dyn Blobs>; 2]) -> World {
    world_on(tempfile::tempdir().expect("a folder"), places, Box::new(|_| {})).await
}

async fn world_on(folder: TempDir, places: [Arc<dyn Blobs>; 2], change: Change) -> World {
    let clock = clock();
    let issuer = issuer(&clock);
    // Neither knows of the other; one database serves both.
    let outside = stores::temporary();
    let broker = Broker::new(broker::Parts {
        store: outside.clone(),
        blobs: folder_for_blobs(&folder, "broker"),
        verifier: verifier(&issuer, &clock),
        clock: clock.clone(),
        random: Random::system(),
        config: broker::Config::default(),
    });
    let gate = Gate::default();
    let layer = middleware::from_fn_with_state(gate.clone(), pass);
    let broker_server = serve(broker.router().layer(layer)).await;
    let broker_url = broker_server.url.join("broker/api/v1").expect("a URL");
    let registry_server = serve(registry(outside, &issuer, &clock).await.router()).await;
    let registry_url = registry_server.url.join("adressetjeneste").expect("a URL");
    let mut gateways = Vec::new();
    for (number, blobs) in [A, B].into_iter().zip(places) {
        let commits = Arc::<Commits>::default();
        let rows = Rows::new(options(&commits));
        let outside =
            Outside { clock: &clock, issuer: &issuer, broker: &broker_url, registry: &registry_url };
        gateways.push(gateway(number, Shared { rows, blobs }, commits, outside, &change).await);
    }
    let (b, a) = (gateways.pop().expect("two"), gateways.pop().expect("two"));
    let broker = Some(broker_server);
    World {
        clock,
        gate,
        a,
        b,
        broker_url,
        issuer,
        registry_url,
        change,
        broker,
        registry: registry_server,
        folder,
    }
}

fn options(commits: &Arc<Commits>) -> Options {
    let decide = Arc::clone(commits);
    Options { faults: Faults::new(move |point| decide.at(point)), ..stores::in_a_hurry() }
}

fn folder_for_blobs(folder: &TempDir, name: &str) -> Arc<dyn Blobs> {
    Arc::new(FileBlobs::open(&folder.path().join(name)).expect("a folder for blobs"))
}

fn issuer(clock: &Clock) -> LocalIssuer {
    static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().expect("a key"));
    let address = Url::parse("http://issuer.localhost/").expect("a URL");
    let config = LocalIssuerConfig::at(address, Environment::Development, Arc::new(Directory::default()));
    LocalIssuer::new(config, KEY.clone(), clock.clone(), Random::system()).expect("an issuer")
}

fn verifier(issuer: &LocalIssuer, clock: &Clock) -> Verifier {
    let issuers = [TokenKind::Altinn, TokenKind::Maskinporten].map(|kind| issuer.trusted(kind));
    Verifier::new(issuers.into(), Arc::new(Directory::default()), clock.clone())
}

async fn registry(store: Store, issuer: &LocalIssuer, clock: &Clock) -> EmbeddedRegistry {
    let registry = EmbeddedRegistry::new(embedded::Parts {
        store,
        verifier: verifier(issuer, clock),
        signing: PKI.credentials[2].clone(),
        clock: clock.clone(),
        config: embedded::Config { open: true, ..embedded::Config::default() },
    });
    let registry = registry.expect("a registry");
    for (at, number) in [A, B].into_iter().enumerate() {
        let pem = PKI.credentials[at].certificate_pem();
        let registration = Registration::standard(org(number), number, pem, "http://broker.localhost/");
        registry.register(registration).await.expect("it can be registered");
    }
    registry
}

struct Outside<'a> {
    clock: &'a Clock,
    issuer: &'a LocalIssuer,
    broker: &'a Url,
    registry: &'a Url,
}

async fn gateway(
    number: &str,
    shared: Shared,
    commits: Arc<Commits>,
    outside: Outside<'_>,
    change: &Change,
) -> Gateway {
    let credential = &PKI.credentials[usize::from(number != A)];
    let (store, blobs) = (shared.rows.connect(&options(&commits)), Arc::clone(&shared.blobs));
    let http = web::plain_client().expect("a client");
    let mut config = Config { user_password: Some(Secret::new(PASSWORD.to_owned())), ..Config::default() };
    change(&mut config);
    let limits = web::client::CallLimits::default();
    let root = Certificate::from_der(&PKI.root).expect("a certificate");
    let exchange = Exchange::new(Parts {
        store: store.clone(),
        blobs: Arc::clone(&blobs),
        clock: outside.clock.clone(),
        random: Random::system(),
        wake: Wake::new(&store),
        config,
        organization: org(number),
        identities: vec![identity(credential)],
        trust: Some(TrustAnchors::new(vec![root])),
        verifier: Some(verifier(outside.issuer, outside.clock)),
        registry: Arc::new(hosted_registry(&http, &outside)),
        transports: vec![Arc::new(channel(number, &http, &blobs, &outside))],
        client: GuardedClient::new(AllowedNetworks::with_loopback(), limits).expect("a client"),
    });
    let exchange = exchange.expect("a gateway");
    let served = serve(exchange.router()).await;
    let url = served.url.clone();
    Gateway { number: number.to_owned(), exchange, store, blobs, commits, url, http, shared, _served: served }
}

pub fn identity(credential: &Credential) -> Identity {
    let read = |der: &Vec<u8>| Certificate::from_der(der).expect("a certificate");
    let mut chain: Vec<_> = credential.chain.iter().map(read).collect();
    let key = PrivateKey::from_der(credential.key.pkcs8_der().reveal()).expect("a key");
    Identity::new(chain.remove(0), chain, key).expect("they belong together")
}

/// The identity of an organization of the tests; 2 is a stranger's.
pub fn identity_of(at: usize) -> Identity {
    identity(&PKI.credentials[at])
}

fn hosted_registry(http: &Client, outside: &Outside<'_>) -> HostedRegistry {
    let keys = format!("{}/jwk", outside.registry).parse().expect("a URL");
    let config = hosted::Config { url: outside.registry.clone(), ..hosted::Config::default() };
    let registry = HostedRegistry::new(hosted::Parts {
        http: http.clone(),
        tokens: None,
        trust: SignatureTrust::Published(keys),
        clock: outside.clock.clone(),
        config,
    });
    registry.expect("a registry")
}

fn channel(number: &str, http: &Client, blobs: &Arc<dyn Blobs>, outside: &Outside<'_>) -> Dpo {
    let user = dpo::SystemUserConfig { org: org(number), name: None };
    let config = dpo::Config {
        broker_url: outside.broker.clone(),
        system_users: vec![user],
        ..dpo::Config::default()
    };
    let tokens = LocalTokens::new(outside.issuer.clone(), org(number), TokenKind::Altinn);
    let parts = dpo::Parts { http: http.clone(), tokens: Arc::new(tokens), blobs: Arc::clone(blobs), config };
    Dpo::new(parts).expect("a channel")
}

impl World {
    /// Lets everything happen that is due, on both sides, until nothing is.
    pub async fn settle(&self) {
        while self.a.exchange.run_due().await + self.b.exchange.run_due().await > 0 {}
    }

    /// One more node of a gateway's organization: another process, as far as it knows.
    pub async fn another_node(&self, of: &Gateway) -> Gateway {
        let outside = Outside {
            clock: &self.clock,
            issuer: &self.issuer,
            broker: &self.broker_url,
            registry: &self.registry_url,
        };
        gateway(&of.number, of.shared.clone(), Arc::default(), outside, &self.change).await
    }

    /// Takes the broker away for good.
    pub async fn stop_broker(&mut self) {
        self.broker = None;
        let address = format!("127.0.0.1:{}", self.broker_url.port().expect("a port"));
        let gone = async {
            while tokio::net::TcpStream::connect(&address).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), gone).await.expect("it stops");
    }

    /// Where an organization's blobs of a kind are.
    pub fn blob_folder(&self, number: &str, kind: &str) -> PathBuf {
        self.folder.path().join(number).join(kind)
    }

    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A token for this organization with these scopes.
    pub fn token(&self, number: &str, scopes: &str) -> String {
        let token = self.issuer.issue(org(number), scopes, Duration::from_secs(600)).expect("a token");
        token.reveal().clone()
    }

    /// A transfer at the broker whose bytes the test has made, from A to B.
    pub async fn smuggle(&self, reference: &str, bytes: Vec<u8>) {
        let token = self.token(A, "altinn:broker.write altinn:broker.read");
        let announcement = json!({
            "fileName": "sbd.zip", "resourceId": "eformidling-dpo-meldingsutveksling",
            "sendersFileTransferReference": reference, "sender": format!("0192:{A}"),
            "recipients": [format!("0192:{B}")], "propertyList": {}, "checksum": null,
        });
        let base = self.broker_url.as_str();
        let announced = self.a.http.post(format!("{base}/filetransfer")).bearer_auth(&token);
        let announced = announced.json(&announcement).send().await.expect("an answer");
        let body: Value = announced.json().await.expect("JSON");
        let id = body["fileTransferId"].as_str().expect("an id");
        let upload = self.a.http.post(format!("{base}/filetransfer/{id}/upload")).bearer_auth(&token);
        let uploaded = upload.body(bytes).send().await.expect("an answer");
        assert_eq!(uploaded.status(), StatusCode::OK);
    }
}

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.bytes().await.expect("a body").to_vec();
        Self { status, headers, bytes }
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The class name in an error body, without its package.
    pub fn exception(&self) -> String {
        let body = self.json();
        let class = body["exception"].as_str().unwrap_or_default();
        class.rsplit('.').next().unwrap_or_default().to_owned()
    }

    /// Status and class of an error.
    pub fn refusal(&self) -> (u16, String) {
        (self.status.as_u16(), self.exception())
    }
}

impl Gateway {
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = self.url.join(path).expect("a path");
        self.http.request(method, url).basic_auth("budstikke", Some(PASSWORD))
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::POST, path)).await
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put_json(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn attach(&self, id: &str, name: &str, bytes: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::PUT, &format!("api/messages/out/{id}"));
        let disposition = format!("attachment; name=\"{name}\"; filename=\"{name}\"");
        let request = request.header("content-disposition", disposition);
        Answer::of(request.header("content-type", "application/pdf").body(bytes)).await
    }

    /// Creates a draft; answers its id.
    pub async fn draft(&self, sbd: &Value) -> String {
        let answer = self.post_json("api/messages/out", sbd).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        message_id(&answer.json())
    }

    /// Sends a message in one step; answers its id.
    pub async fn send(&self, sbd: &Value, files: &[(&str, Vec<u8>)]) -> String {
        let answer = self.one_step(sbd, files).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        message_id(&answer.json())
    }

    pub async fn one_step(&self, sbd: &Value, files: &[(&str, Vec<u8>)]) -> Answer {
        use reqwest::multipart::{Form, Part};
        let mut form = Form::new().text("sbd", sbd.to_string());
        for (name, bytes) in files {
            form = form.part("Title", Part::bytes(bytes.clone()).file_name((*name).to_owned()));
        }
        Answer::of(self.request(Method::POST, "api/messages/out/multipart").multipart(form)).await
    }

    /// The names of a message's statuses, oldest first.
    pub async fn statuses(&self, id: &str) -> Vec<String> {
        let page = self.get(&format!("api/statuses/{id}")).await.json();
        let content = page["content"].as_array().expect("a list");
        content.iter().map(|status| status["status"].as_str().expect("a name").to_owned()).collect()
    }

    /// Locks the next message; answers its id.
    pub async fn peek(&self) -> Option<String> {
        let answer = self.get("api/messages/in/peek").await;
        (answer.status == 200).then(|| message_id(&answer.json()))
    }

    /// How many blobs of a kind there are.
    pub async fn blobs_of(&self, kind: &str) -> usize {
        self.blobs.older_than(kind, 0, 1000).await.expect("a list").len()
    }
}

pub fn message_id(sbd: &Value) -> String {
    let header = &sbd["standardBusinessDocumentHeader"];
    header["documentIdentification"]["instanceIdentifier"].as_str().expect("an id").to_owned()
}

/// A message to B with the least there must be.
pub fn sbd(kind: &str, process: &str, body: impl Into<Value>) -> Value {
    let body: Value = body.into();
    let standard = match kind {
        "avtalt" => "urn:no:difi:avtalt:xsd::avtalt".to_owned(),
        other => format!("urn:no:difi:arkivmelding:xsd::{other}"),
    };
    json!({
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0",
            "receiver": [{ "identifier": { "value": format!("0192:{B}"), "authority": "iso6523-actorid-upis" } }],
            "documentIdentification": { "standard": standard, "typeVersion": "2.0", "type": kind },
            "businessScope": { "scope": [{ "type": "ConversationId", "identifier": process }] },
        },
        kind: body,
    })
}

pub fn arkivmelding() -> Value {
    sbd("arkivmelding", PROCESS, json!({ "hoveddokument": "svar.pdf", "sikkerhetsnivaa": 3 }))
}

pub fn avtalt() -> Value {
    sbd("avtalt", AVTALT, json!({ "identifier": "agreement-1", "content": { "case": 42 } }))
}

/// An `arkivmelding.xml` that refers to `svar.pdf`.
pub fn case_document() -> Vec<u8> {
    let xml = r#"<arkivmelding xmlns="http://www.arkivverket.no/standarder/noark5/arkivmelding"
        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><mappe xsi:type="saksmappe">
        <systemID>sak-1</systemID><basisregistrering xsi:type="journalpost"><dokumentbeskrivelse>
        <dokumentnummer>1</dokumentnummer><dokumentobjekt>
        <referanseDokumentfil>svar.pdf</referanseDokumentfil></dokumentobjekt></dokumentbeskrivelse>
        <offentligTittel>Svar på høring</offentligTittel><journalpostnummer>17</journalpostnummer>
        </basisregistrering></mappe></arkivmelding>"#;
    xml.as_bytes().to_vec()
}

/// The two files of [`arkivmelding`].
pub fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![("arkivmelding.xml", case_document()), ("svar.pdf", b"%PDF-1.7 svar".to_vec())]
}

/// The names and bytes in a container, whose signature and digests have been checked.
pub fn unpack(container: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    use std::io::Read as _;
    let opened = asic::Container::open(std::io::Cursor::new(container), &Limits::default());
    let now = asic::UnixTime(1_800_000_000);
    let mut verified = opened.expect("a container").verify(asic::Trust::AnySigner, now).expect("a signature");
    let names: Vec<_> = verified.documents().iter().map(|document| document.name.clone()).collect();
    let mut files = Vec::new();
    for name in names {
        let mut bytes = Vec::new();
        verified.read(&name).expect("it is there").read_to_end(&mut bytes).expect("it can be read");
        files.push((name, bytes));
    }
    files
}
