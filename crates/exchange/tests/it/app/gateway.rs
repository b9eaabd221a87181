//! One organization's gateway, and a client that speaks to it.

use std::sync::Arc;

use asic::{Certificate, TrustAnchors};
use auth::Verifier;
use exchange::identities::Identities;
use exchange::registry::Registry;
use exchange::transports::Transport;
use exchange::{Config, Exchange, Parts};
use http::Method;
use jobs::Wake;
use reqwest::Client;
use serde_json::Value;
use store::blobs::Blobs;
use store::{Engine, Faults, Options, Store};
use testkit::stores::{self, Database};
use types::Secret;
use types::random::Random;
use types::time::Clock;
use url::Url;
use web::{AllowedNetworks, GuardedClient};

use super::answer::Answer;
use super::commits::Commits;
use super::gate::{Served, serve};
use super::org;
use super::outside::{Outside, channel, hosted_registry, verifier};
use super::pki::{PKI, credential_of, identity};
use super::samples::message_id;
use super::world::Setup;

const PASSWORD: &str = "a test's password";

/// What the nodes of one organization share.
#[derive(Clone)]
pub struct Shared {
    pub(super) rows: Rows,
    pub(super) blobs: Arc<dyn Blobs>,
}

/// A database that nodes connect to.
#[derive(Clone)]
pub(super) enum Rows {
    /// Two gateways in one process, over one writer.
    Sqlite(Store),
    Postgres(Database),
}

impl Rows {
    pub(super) fn new(options: Options) -> Self {
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
    pub(super) shared: Shared,
    _served: Served,
}

pub(super) fn options(commits: &Arc<Commits>) -> Options {
    let decide = Arc::clone(commits);
    Options { faults: Faults::new(move |point| decide.at(point)), ..stores::in_a_hurry() }
}

pub(super) async fn gateway(
    number: &str,
    shared: Shared,
    commits: Arc<Commits>,
    outside: Outside<'_>,
    setup: &Setup,
) -> Gateway {
    let http = web::plain_client().expect("a client");
    let plugged = Plugged {
        registry: Arc::new(hosted_registry(&http, &outside)),
        transports: vec![Arc::new(channel(&setup.served_by(number), &http, &shared.blobs, &outside))],
    };
    let verifier = verifier(outside.issuer, outside.clock);
    start(number, shared, commits, outside.clock, verifier, plugged, setup).await
}

/// What a gateway sends by and asks.
pub(super) struct Plugged {
    pub(super) registry: Arc<dyn Registry>,
    pub(super) transports: Vec<Arc<dyn Transport>>,
}

pub(super) async fn start(
    number: &str,
    shared: Shared,
    commits: Arc<Commits>,
    clock: &Clock,
    verifier: Verifier,
    plugged: Plugged,
    setup: &Setup,
) -> Gateway {
    let served = setup.served_by(number);
    let own = |number: &&str| identity(&PKI.credentials[credential_of(number)]);
    let identities = served.iter().map(own).collect();
    let (store, blobs) = (shared.rows.connect(&options(&commits)), Arc::clone(&shared.blobs));
    let http = web::plain_client().expect("a client");
    let mut config = Config { user_password: Some(Secret::new(PASSWORD.to_owned())), ..Config::default() };
    (setup.change)(&mut config);
    let limits = web::client::CallLimits::default();
    let root = Certificate::from_der(&PKI.root).expect("a certificate");
    let exchange = Exchange::new(Parts {
        store: store.clone(),
        blobs: Arc::clone(&blobs),
        clock: clock.clone(),
        random: Random::system(),
        wake: Wake::new(&store),
        config,
        organization: org(number),
        identities: Identities::new(identities).expect("an identity"),
        trust: Some(TrustAnchors::new(vec![root])),
        verifier: Some(verifier),
        registry: plugged.registry,
        transports: plugged.transports,
        client: GuardedClient::new(AllowedNetworks::with_loopback(), limits).expect("a client"),
    });
    let exchange = exchange.expect("a gateway");
    let served = serve(exchange.router()).await;
    let url = served.url.clone();
    Gateway { number: number.to_owned(), exchange, store, blobs, commits, url, http, shared, _served: served }
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
