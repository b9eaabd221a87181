//! A whole service on a port of its own, with a clock that only the test turns.

mod calls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use auth::local_issuer::{Environment, LocalIssuerConfig};
use auth::{LocalIssuer, SigningKey};
use gateways::SmsProvider;
use http::{HeaderMap, StatusCode};
use notify::attachments::FileHost;
use notify::recipients::registers::{ContactRegister, EmbeddedRegister};
use notify::routes::Route;
use notify::{Config, Notify};
use serde_json::Value;
use simulators::mail_cloud;
use simulators::sms_gateway::ReportTarget;
use simulators::{Condition, FileStore, MailCloud, SmsGateway, SmtpSink};
use store::{Engine, Store};
use testkit::stores::{self, Database};
use tokio_util::sync::{CancellationToken, DropGuard};
use types::Secret;
use types::random::Random;
use types::time::Clock;

pub use crate::bodies::{composed, email_order, instant_email, instant_sms, person_order, sms_order};
pub use crate::surroundings::serve;
use crate::surroundings::{
    Surroundings, account, cloud, directory, gateway, guarded, mail, pswin, register_file, serve_node,
};

/// The scope for ordering.
pub const CREATE: &str = "altinn:serviceowner/notifications.create";
/// Below this stands the API.
pub const API: &str = "/notifications/api/v1";
/// The scope for e-mail with files.
pub const COMPOSED: &str = "altinn:serviceowner/notifications.composedemail.create";
/// Long enough for anything that will happen at all.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A Monday in winter, eleven o'clock in Norway.
const START: &str = "2026-03-02T10:00:00Z";

/// A person in the register with both addresses.
pub const KARI: &str = "13858130624";
/// A person in the register with a number only.
pub const OLA: &str = "05816712345";
/// A person in the register who is reserved.
pub const RESERVED: &str = "01010050053";
/// An organization in the register.
pub const FJORD: &str = "310000019";

pub struct TestApp {
    pub address: SocketAddr,
    pub notify: Notify,
    pub store: Store,
    pub clock: Clock,
    pub issuer: LocalIssuer,
    pub gateway: SmsGateway,
    pub mail: SmtpSink,
    cloud: Option<(MailCloud, Arc<DropGuard>)>,
    pub condition: Condition,
    pub condition_url: String,
    pub files: FileStore,
    pub files_url: String,
    pub surroundings: Surroundings,
    client: reqwest::Client,
    stops: Vec<Arc<DropGuard>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("JSON, not {:?}", self.text))
    }

    /// The keys of a validation problem.
    pub fn keys(&self) -> Vec<String> {
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{}", self.text);
        let errors = self.json();
        let errors = errors["errors"].as_object().expect("an errors member");
        errors.keys().cloned().collect()
    }

    pub fn shipment(&self) -> String {
        let json = self.json();
        json["notification"]["shipmentId"].as_str().expect("a shipment id").to_owned()
    }
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub async fn start_with(configure: impl FnOnce(&mut Config)) -> Self {
        let options = stores::in_a_hurry();
        match stores::chosen() {
            Engine::Sqlite => Self::start_in(stores::sqlite(options), None, None, configure).await,
            Engine::Postgres => {
                let database = Database::new();
                Self::start_in(database.connect(&options), Some(database), None, configure).await
            }
        }
    }

    pub async fn start_on(store: Store, configure: impl FnOnce(&mut Config)) -> Self {
        Self::start_in(store, None, None, configure).await
    }

    /// A node of the same service whose SMS take these routes.
    pub async fn with_sms(&self, routes: &[Route<dyn SmsProvider>]) -> Self {
        let mut surroundings = self.surroundings.clone();
        surroundings.sms = routes.to_vec();
        self.another_in(surroundings, self.clock.clone()).await
    }

    /// The gateway, as a route with this password.
    pub fn gateway_route(&self, name: &str, password: &str) -> Route<dyn SmsProvider> {
        pswin(name, self.surroundings.gateway_at, password)
    }

    /// A service whose e-mail goes through a cloud mail service.
    pub async fn start_with_cloud(
        settings: mail_cloud::Settings,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let configure = |config: &mut Config| {
            config.event_grid_secrets =
                ["event secret", "next secret"].map(|text| Secret::new(text.to_owned())).to_vec();
            configure(config);
        };
        Self::start_with(configure).await.with_cloud(settings).await
    }

    /// The same service, begun anew with a cloud mail service.
    pub async fn with_cloud(mut self, settings: mail_cloud::Settings) -> Self {
        let stop = CancellationToken::new();
        let (service, at) = cloud(settings, &self.clock, &Random::system(), &stop).await;
        self.surroundings.cloud_at = Some(at);
        self.notify = self.surroundings.node(&self.store, &self.clock, &self.issuer);
        self.address = serve_node(&self.notify, &stop).await;
        self.cloud = Some((service, Arc::new(stop.drop_guard())));
        self
    }

    /// The cloud mail service, of a test that has one.
    pub fn cloud(&self) -> &MailCloud {
        &self.cloud.as_ref().expect("a cloud mail service").0
    }

    /// A service whose relay is on this port, and not the simulated mail server.
    pub async fn start_with_relay(port: u16) -> Self {
        let options = stores::in_a_hurry();
        Self::start_in(stores::temporary_with(options), None, Some(port), |_| ()).await
    }

    async fn start_in(
        store: Store,
        database: Option<Database>,
        relay: Option<u16>,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let clock = Clock::stepped(START.parse().expect("a moment"));
        let (random, stop) = (Random::system(), CancellationToken::new());
        let issuer_config = LocalIssuerConfig::at(
            "http://issuer.example/".parse().expect("a URL"),
            Environment::Development,
            Arc::new(directory()),
        );
        let key = SigningKey::generate().expect("a key");
        let issuer = LocalIssuer::new(issuer_config, key, clock.clone(), random.clone()).expect("an issuer");

        let (gateway, gateway_at) = gateway(&clock, &random, &stop).await;
        let (mail, simulated) = mail(&clock, &stop).await;
        let mail_port = relay.unwrap_or(simulated);
        let condition = Condition::new(clock.clone(), 1000);
        let condition_at = serve(condition.router(), &stop).await;

        let files = FileStore::new(clock.clone(), 1000);
        let files_url = format!("http://{}", serve(files.router(), &stop).await);

        let mut config = Config {
            report_accounts: vec![account("report"), account("next password")],
            attachment_hosts: vec![FileHost::azure(), files_url.parse().expect("an origin")],
            ..Config::default()
        };
        configure(&mut config);
        let register = EmbeddedRegister::new(store.clone(), clock.clone());
        register.import(&register_file()).await.expect("an import");
        let (conditions, files_by) = (guarded(), guarded());
        let surroundings = Surroundings {
            gateway_at,
            mail_port,
            cloud_at: None,
            sms: Vec::new(),
            register,
            contacts: None,
            config,
            database,
            conditions,
            files: files_by,
            names_asked: Arc::default(),
        };
        let notify = surroundings.node(&store, &clock, &issuer);
        let address = serve_node(&notify, &stop).await;
        gateway.report_to(Some(ReportTarget {
            url: format!("http://{address}/notifications/sms/api/v1/reports").parse().expect("a URL"),
            user: "gateway".to_owned(),
            password: Secret::new("report".to_owned()),
        }));
        Self {
            address,
            notify,
            store,
            clock,
            issuer,
            gateway,
            mail,
            cloud: None,
            condition,
            condition_url: format!("http://{condition_at}"),
            files,
            files_url,
            surroundings,
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            stops: vec![Arc::new(stop.drop_guard())],
        }
    }

    /// The same service, asking these registers.
    pub async fn asking(&self, contacts: Arc<dyn ContactRegister>) -> Self {
        let mut app = self.another().await;
        app.surroundings.contacts = Some(contacts);
        app.another().await
    }

    /// Our own register.
    pub fn register(&self) -> &EmbeddedRegister {
        &self.surroundings.register
    }

    /// Brings these records into the register, in the place of what was there.
    pub async fn import(&self, records: &Value) {
        let file = serde_json::to_vec(records).expect("JSON");
        self.surroundings.register.import(&file).await.expect("an import");
    }

    /// One more node of the same service: the same database and surroundings, bells of its own.
    pub async fn another(&self) -> Self {
        self.another_with_clock(self.clock.clone()).await
    }

    /// One more node, whose clock goes by itself.
    pub async fn another_with_clock(&self, clock: Clock) -> Self {
        self.another_in(self.surroundings.clone(), clock).await
    }

    async fn another_in(&self, surroundings: Surroundings, clock: Clock) -> Self {
        let database = surroundings.database.as_ref();
        let store =
            database.map_or_else(|| self.store.clone(), |database| database.connect(&stores::in_a_hurry()));
        let notify = surroundings.node(&store, &clock, &self.issuer);
        let stop = CancellationToken::new();
        let address = serve_node(&notify, &stop).await;
        Self {
            address,
            notify,
            store,
            clock,
            issuer: self.issuer.clone(),
            gateway: self.gateway.clone(),
            mail: self.mail.clone(),
            cloud: self.cloud.clone(),
            condition: self.condition.clone(),
            condition_url: self.condition_url.clone(),
            files: self.files.clone(),
            files_url: self.files_url.clone(),
            surroundings,
            client: self.client.clone(),
            stops: self.stops.iter().cloned().chain([Arc::new(stop.drop_guard())]).collect(),
        }
    }
}
