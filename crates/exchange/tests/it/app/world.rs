//! Everything there is, and what a test does to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use auth::LocalIssuer;
use axum::{Router, middleware};
use exchange::Config;
use exchange::broker::{self, Broker};
use http::StatusCode;
use serde_json::{Value, json};
use store::blobs::Blobs;
use tempfile::TempDir;
use testkit::stores;
use types::random::Random;
use types::time::Clock;
use url::Url;

use super::commits::Commits;
use super::gate::{Gate, Served, pass, serve, serve_at};
use super::gateway::{Gateway, Rows, Shared, gateway, options};
use super::outside::{Outside, folder_for_blobs, issuer, registry, verifier};
use super::{A, B, C, clock, org};

/// Everything there is.
pub struct World {
    pub clock: Clock,
    pub gate: Gate,
    pub a: Gateway,
    pub b: Gateway,
    pub broker_url: Url,
    issuer: LocalIssuer,
    registry_url: Url,
    setup: Setup,
    broker: Option<Served>,
    broker_routes: Router,
    #[expect(dead_code, reason = "serves as long as the world is there")]
    registry: Served,
    folder: TempDir,
}

type Change = Box<dyn Fn(&mut Config) + Send + Sync>;

/// What of a gateway a test decides.
pub(super) struct Setup {
    pub(super) change: Change,
    /// Whether B's gateway serves C, too.
    pub(super) customers: bool,
}

impl Setup {
    pub(super) fn with(change: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        Self { change: Box::new(change), customers: false }
    }

    /// The organizations that a gateway serves, its own first.
    pub(super) fn served_by(&self, number: &str) -> Vec<&'static str> {
        match number {
            A => vec![A],
            _ if self.customers => vec![B, C],
            _ => vec![B],
        }
    }
}

pub async fn world() -> World {
    world_with(|_| {}).await
}

/// The same with settings of the test's own.
pub async fn world_with(change: impl Fn(&mut Config) + Send + Sync + 'static) -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let places = [A, B].map(|number| folder_for_blobs(&folder, number));
    world_on(folder, places, Setup::with(change)).await
}

/// The same, and B's gateway serves C as well.
pub async fn world_where_b_serves_c(change: impl Fn(&mut Config) + Send + Sync + 'static) -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let places = [A, B].map(|number| folder_for_blobs(&folder, number));
    world_on(folder, places, Setup { customers: true, ..Setup::with(change) }).await
}

/// The same with blobs of A and B in places of the test's own.
pub async fn world_on_blobs(places: [Arc<dyn Blobs>; 2]) -> World {
    world_on(tempfile::tempdir().expect("a folder"), places, Setup::with(|_| {})).await
}

async fn world_on(folder: TempDir, places: [Arc<dyn Blobs>; 2], setup: Setup) -> World {
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
    let broker_routes = broker.router().layer(layer);
    let broker_server = serve(broker_routes.clone()).await;
    let broker_url = broker_server.url.join("broker/api/v1").expect("a URL");
    let registry_server = serve(registry(outside, &issuer, &clock).await.router()).await;
    let registry_url = registry_server.url.join("adressetjeneste").expect("a URL");
    let mut gateways = Vec::new();
    for (number, blobs) in [A, B].into_iter().zip(places) {
        let commits = Arc::<Commits>::default();
        let rows = Rows::new(options(&commits));
        let outside =
            Outside { clock: &clock, issuer: &issuer, broker: &broker_url, registry: &registry_url };
        gateways.push(gateway(number, Shared { rows, blobs }, commits, outside, &setup).await);
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
        setup,
        broker,
        broker_routes,
        registry: registry_server,
        folder,
    }
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
        gateway(&of.number, of.shared.clone(), Arc::default(), outside, &self.setup).await
    }

    /// Takes the broker away.
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

    /// Brings it back, with all that it had.
    pub async fn start_broker(&mut self) {
        let address = format!("127.0.0.1:{}", self.broker_url.port().expect("a port"));
        self.broker = Some(serve_at(&address, self.broker_routes.clone()).await);
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

    /// Transfers at the broker that are ready for an organization, and that it has not confirmed.
    pub async fn published_for(&self, number: &str) -> Vec<String> {
        let base = self.broker_url.as_str();
        let wanted = "resourceId=eformidling-dpo-meldingsutveksling&role=Recipient&status=Published";
        let list = self.a.http.get(format!("{base}/filetransfer?{wanted}"));
        let list =
            list.bearer_auth(self.token(number, "altinn:broker.read")).send().await.expect("an answer");
        list.json().await.expect("JSON")
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
