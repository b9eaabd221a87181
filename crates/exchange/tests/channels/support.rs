//! A broker on a port of its own, organizations with tokens, and parcels.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use auth::caller::TokenKind;
use auth::directory::Directory;
use auth::local_issuer::{DevToken, Environment, LocalIssuerConfig, LocalTokens};
use auth::{LocalIssuer, SigningKey, TokenSource, Verifier};
use axum::Router;
use bytes::Bytes;
use exchange::broker::{self, Broker};
use exchange::message::Actor;
use exchange::transports::dpo::{self, Dpo};
use exchange::transports::{Package, Parcel};
use futures_util::StreamExt as _;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use store::blobs::{
    BlobError, BlobKey, BlobStream, BlobWriter, Blobs, BlockingBlobWriter, FileBlobs, ReadSeek,
};
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};
use types::random::Random;
use types::time::Clock;
use types::{OrgNumber, Participant};
use url::Url;
use uuid::Uuid;

pub const RESOURCE: &str = "eformidling-dpo-meldingsutveksling";
pub const BOTH: &str = "altinn:broker.write altinn:broker.read";

/// Making a key takes a while, and no test cares whose it is.
static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().expect("a key"));

pub fn sender() -> OrgNumber {
    "310000001".parse().expect("nine digits")
}

pub fn receiver() -> OrgNumber {
    "310000002".parse().expect("nine digits")
}

pub fn stranger() -> OrgNumber {
    "310000003".parse().expect("nine digits")
}

pub fn clock() -> Clock {
    Clock::stepped("2026-03-02T10:15:00Z".parse().expect("a moment"))
}

pub fn issuer(clock: &Clock) -> LocalIssuer {
    let address = Url::parse("http://issuer.localhost/").expect("a URL");
    let config = LocalIssuerConfig::at(address, Environment::Development, Arc::new(Directory::default()));
    LocalIssuer::new(config, KEY.clone(), clock.clone(), Random::system()).expect("an issuer")
}

pub fn verifier(issuer: &LocalIssuer, clock: &Clock) -> Verifier {
    let issuers = [TokenKind::Altinn, TokenKind::Maskinporten].map(|kind| issuer.trusted(kind));
    Verifier::new(issuers.into(), Arc::new(Directory::default()), clock.clone())
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

/// A broker, whoever may call it, and where its things lie.
pub struct World {
    pub broker: Broker,
    pub clock: Clock,
    pub issuer: LocalIssuer,
    pub blobs: Arc<Metered>,
    pub http: Client,
    pub served: Served,
    _folder: TempDir,
}

pub async fn world() -> World {
    world_with(broker::Config::default(), |router| router).await
}

/// A broker with this configuration, behind this layer.
pub async fn world_with(config: broker::Config, around: impl FnOnce(Router) -> Router) -> World {
    let clock = clock();
    let issuer = issuer(&clock);
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = Arc::new(Metered::over(&folder));
    let broker = Broker::new(broker::Parts {
        store: testkit::stores::temporary(),
        blobs: blobs.clone(),
        verifier: verifier(&issuer, &clock),
        clock: clock.clone(),
        random: Random::system(),
        config,
    });
    let served = serve(around(broker.router())).await;
    let http = web::plain_client().expect("a client");
    World { broker, clock, issuer, blobs, http, served, _folder: folder }
}

impl World {
    pub fn url(&self, path: &str) -> Url {
        self.served.url.join(&format!("broker/api/v1/{path}")).expect("a URL")
    }

    pub fn token(&self, org: OrgNumber, scopes: &str) -> String {
        let wanted = DevToken {
            kind: TokenKind::Altinn,
            org,
            name: None,
            supplier: None,
            scopes: scopes.to_owned(),
            lifetime: Duration::from_hours(24 * 365),
        };
        self.issuer.issue_as(&wanted).expect("a token").reveal().clone()
    }

    pub fn get(&self, org: OrgNumber, path: &str) -> RequestBuilder {
        self.http.get(self.url(path)).bearer_auth(self.token(org, BOTH))
    }

    pub fn post(&self, org: OrgNumber, path: &str) -> RequestBuilder {
        self.http.post(self.url(path)).bearer_auth(self.token(org, BOTH))
    }

    /// Announces a file from the sender to these; answers its id.
    pub async fn announce(&self, recipients: &[OrgNumber]) -> String {
        self.announce_with(recipients, json!({})).await
    }

    pub async fn announce_with(&self, recipients: &[OrgNumber], more: Value) -> String {
        let mut body = announcement(recipients);
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let answer = answer(self.post(sender(), "filetransfer").json(&body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["fileTransferId"].as_str().expect("an id").to_owned()
    }

    /// Announces and uploads a file.
    pub async fn publish(&self, recipients: &[OrgNumber], bytes: &[u8]) -> String {
        let id = self.announce(recipients).await;
        let uploaded = self.upload(&id, bytes).await;
        assert_eq!(uploaded.status, 200, "{}", uploaded.text);
        id
    }

    pub async fn upload(&self, id: &str, bytes: &[u8]) -> Answer {
        answer(self.post(sender(), &format!("filetransfer/{id}/upload")).body(bytes.to_vec())).await
    }

    pub async fn overview(&self, id: &str) -> Value {
        let answer = answer(self.get(sender(), &format!("filetransfer/{id}"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    pub async fn download(&self, org: OrgNumber, id: &str) -> Answer {
        answer(self.get(org, &format!("filetransfer/{id}/download"))).await
    }

    pub async fn confirm(&self, org: OrgNumber, id: &str) -> Answer {
        answer(self.post(org, &format!("filetransfer/{id}/confirmdownload"))).await
    }

    /// Ids in a list, asked for with this query beside the resource.
    pub async fn list(&self, org: OrgNumber, query: &str) -> Vec<String> {
        let answer = answer(self.get(org, &format!("filetransfer?resourceId={RESOURCE}&{query}"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        serde_json::from_value(answer.json()).expect("a list of ids")
    }

    /// How many files the broker has.
    pub async fn files(&self) -> usize {
        self.blobs.older_than("broker-file", 0, 1000).await.expect("a list").len()
    }

    pub fn tokens(&self, org: OrgNumber) -> Arc<dyn TokenSource> {
        Arc::new(LocalTokens::new(self.issuer.clone(), org, TokenKind::Altinn))
    }

    /// An installation of this organization, with blobs of its own.
    pub fn installation(&self, org: OrgNumber) -> Installation {
        self.installation_with(org, dpo::Config::default())
    }

    pub fn installation_with(&self, org: OrgNumber, config: dpo::Config) -> Installation {
        let url = config_url(&config).unwrap_or_else(|| self.url(""));
        installation(org, self.tokens(org), dpo::Config { broker_url: url, ..config })
    }
}

/// The address in a configuration, if a test has set one.
fn config_url(config: &dpo::Config) -> Option<Url> {
    let host = config.broker_url.host_str();
    (host == Some("127.0.0.1")).then(|| config.broker_url.clone())
}

pub fn announcement(recipients: &[OrgNumber]) -> Value {
    let recipients: Vec<String> = recipients.iter().map(|org| format!("0192:{org}")).collect();
    json!({ "fileName": "sbd.zip", "resourceId": RESOURCE,
        "sendersFileTransferReference": Uuid::new_v4().to_string(),
        "sender": format!("0192:{}", sender()), "recipients": recipients,
        "propertyList": {}, "checksum": null, "disableVirusScan": null })
}

/// An installation's channel and blobs.
pub struct Installation {
    pub dpo: Dpo,
    pub blobs: Arc<Metered>,
    _folder: TempDir,
}

pub fn installation(org: OrgNumber, tokens: Arc<dyn TokenSource>, config: dpo::Config) -> Installation {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = Arc::new(Metered::over(&folder));
    let config = dpo::Config {
        system_users: vec![dpo::SystemUserConfig { org, name: None }],
        wait_for_publishing_seconds: 0,
        ..config
    };
    let http = web::plain_client().expect("a client");
    let dpo = Dpo::new(dpo::Parts { http, tokens, blobs: blobs.clone(), config }).expect("a channel");
    Installation { dpo, blobs, _folder: folder }
}

impl Installation {
    /// A parcel from sender to receiver with these bytes.
    pub async fn parcel(&self, bytes: &[u8]) -> Parcel {
        let blob = new_key();
        let mut writer = self.blobs.create(&blob).await.expect("a writer");
        writer.write(Bytes::copy_from_slice(bytes)).await.expect("room");
        let size = writer.finish().await.expect("room");
        let id = Uuid::new_v4();
        Parcel {
            id,
            sender: Actor::Participant(Participant::organization(sender())),
            organization: sender(),
            receiver: Some(Actor::Participant(Participant::organization(receiver()))),
            message_id: id,
            conversation_id: Uuid::new_v4(),
            envelope: Bytes::new(),
            package: Some(Package { blob, bytes: size }),
            files: Vec::new(),
            channel: None,
            route: None,
            in_doubt_since: None,
        }
    }

    pub async fn content(&self, key: &BlobKey) -> Vec<u8> {
        let mut pieces = self.blobs.read(key, None).await.expect("a blob");
        let mut whole = Vec::new();
        while let Some(piece) = pieces.next().await {
            whole.extend_from_slice(&piece.expect("a piece"));
        }
        whole
    }
}

pub fn new_key() -> BlobKey {
    BlobKey::new("test", Uuid::new_v4())
}

/// A whole answer.
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub bytes: Bytes,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).expect("JSON")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Status and code of a problem.
    pub fn problem(&self) -> (u16, String) {
        let body: Value = serde_json::from_slice(&self.bytes).unwrap_or_default();
        (self.status, body["code"].as_str().unwrap_or_default().to_owned())
    }
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response: Response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.expect("a body");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status, headers, bytes, text }
}

/// Waits until it is so, at most ten seconds.
pub async fn soon<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    let wait = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("it to become so in time");
}

/// Blobs that count the bytes that pass.
pub struct Metered {
    blobs: FileBlobs,
    pub read: Arc<AtomicU64>,
    pub written: Arc<AtomicU64>,
    /// Called with the number of bytes written so far, at every write.
    pub watch: std::sync::Mutex<Option<Watch>>,
}

pub type Watch = Arc<dyn Fn(u64) + Send + Sync>;

impl Metered {
    fn over(folder: &TempDir) -> Self {
        let blobs = FileBlobs::open(folder.path()).expect("a folder");
        Self { blobs, read: Arc::default(), written: Arc::default(), watch: std::sync::Mutex::new(None) }
    }
}

struct MeteredWriter {
    writer: Box<dyn BlobWriter>,
    written: Arc<AtomicU64>,
    watch: Option<Watch>,
}

#[async_trait]
impl BlobWriter for MeteredWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        let length = bytes.len() as u64;
        let written = self.written.fetch_add(length, Ordering::SeqCst) + length;
        if let Some(watch) = &self.watch {
            watch(written);
        }
        self.writer.write(bytes).await
    }

    async fn finish(self: Box<Self>) -> Result<u64, BlobError> {
        self.writer.finish().await
    }
}

#[async_trait]
impl Blobs for Metered {
    async fn create(&self, key: &BlobKey) -> Result<Box<dyn BlobWriter>, BlobError> {
        let writer = self.blobs.create(key).await?;
        let watch = self.watch.lock().expect("no panic").clone();
        Ok(Box::new(MeteredWriter { writer, written: self.written.clone(), watch }))
    }

    async fn size(&self, key: &BlobKey) -> Result<u64, BlobError> {
        self.blobs.size(key).await
    }

    async fn read(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<BlobStream, BlobError> {
        let read = self.read.clone();
        let pieces = self.blobs.read(key, range).await?;
        let count = move |piece: &Result<Bytes, BlobError>| {
            let length = piece.as_ref().map_or(0, Bytes::len) as u64;
            read.fetch_add(length, Ordering::SeqCst);
        };
        Ok(pieces.inspect(count).boxed())
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        self.blobs.delete(key).await
    }

    async fn older_than(&self, kind: &str, age: u64, limit: usize) -> Result<Vec<BlobKey>, BlobError> {
        self.blobs.older_than(kind, age, limit).await
    }

    fn create_blocking(&self, key: &BlobKey) -> Result<Box<dyn BlockingBlobWriter>, BlobError> {
        self.blobs.create_blocking(key)
    }

    fn read_blocking(&self, key: &BlobKey) -> Result<Box<dyn ReadSeek>, BlobError> {
        self.blobs.read_blocking(key)
    }
}
