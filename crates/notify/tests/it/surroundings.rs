//! What a service in a test is made of: simulators on ports of their own, a register, an issuer's word.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use auth::issuer_keys::IssuerKeys;
use auth::local_issuer::LocalTokens;
use auth::{Directory, LocalIssuer, Organization, TokenKind, Verifier};
use gateways::email::bounce::BouncesConfig;
use gateways::email::{Acs, AcsConfig, Smtp, SmtpConfig};
use gateways::sms::pswin_report::PushAccount;
use gateways::sms::{PsWin, PsWinConfig};
use gateways::{EmailProvider, SmsProvider};
use jobs::Wake;
use notify::config::ReportAccount;
use notify::recipients::registers::{ContactRegister, EmbeddedRegister, Registers};
use notify::routes::Route;
use notify::send_condition::Asker;
use notify::{Config, Notify, Parts};
use serde_json::json;
use simulators::mail_cloud::{self, ACCESS_KEY};
use simulators::sms_gateway::Settings;
use simulators::{MailCloud, SmsGateway, SmtpSink};
use store::Store;
use testkit::stores::Database;
use tokio_util::sync::CancellationToken;
use types::Secret;
use types::random::Random;
use types::time::Clock;
use web::client::CallLimits;
use web::{AllowedNetworks, GuardedClient};

use crate::app::{FJORD, KARI, OLA, RESERVED};
use crate::watched::Watched;

/// Where the simulators are.
#[derive(Clone)]
pub struct Surroundings {
    pub gateway_at: SocketAddr,
    pub mail_port: u16,
    /// A cloud mail service, which takes the mail server's place.
    pub cloud_at: Option<SocketAddr>,
    /// Carries SMS out in the place of the gateway.
    pub sms: Vec<Route<dyn SmsProvider>>,
    pub register: EmbeddedRegister,
    /// Asked instead of it, where a test wants that.
    pub contacts: Option<Arc<dyn ContactRegister>>,
    pub config: Config,
    /// Where several stores may meet in one database, the database.
    pub database: Option<Database>,
    /// How often somebody's name was asked for.
    pub names_asked: Arc<AtomicUsize>,
    /// Calls conditions.
    pub conditions: GuardedClient,
    /// Fetches files.
    pub files: GuardedClient,
}

impl Surroundings {
    fn sms(&self) -> Vec<Route<dyn SmsProvider>> {
        if self.sms.is_empty() { vec![pswin("pswin", self.gateway_at, "demo")] } else { self.sms.clone() }
    }

    pub fn node(&self, store: &Store, clock: &Clock, issuer: &LocalIssuer) -> Notify {
        let parts = Parts {
            store: store.clone(),
            clock: clock.clone(),
            random: Random::system(),
            wake: Wake::new(store),
            config: self.config.clone(),
            verifier: verifier(issuer, Arc::new(directory()), clock),
            sms: self.sms(),
            email: vec![self.email(clock)],
            contacts: self.contacts.clone().unwrap_or_else(|| {
                Arc::new(Watched {
                    register: Registers::embedded(&self.register),
                    names_asked: Arc::clone(&self.names_asked),
                })
            }),
            conditions: asker(issuer, &self.conditions),
            files: self.files.clone(),
            webhook_client: guarded(),
        };
        Notify::new(parts).expect("a service")
    }

    fn email(&self, clock: &Clock) -> Route<dyn EmailProvider> {
        match self.cloud_at {
            Some(at) => Route::new("acs", Arc::new(acs(at, clock))),
            None => Route::new("smtp", Arc::new(smtp(self.mail_port, clock))),
        }
    }
}

fn acs(at: SocketAddr, clock: &Clock) -> Acs {
    let config = AcsConfig {
        endpoint: Some(format!("http://{at}/mail-cloud").parse().expect("a URL")),
        access_key: Some(Secret::new(ACCESS_KEY.to_owned())),
        from: "noreply@bym.example".to_owned(),
        ..AcsConfig::default()
    };
    Acs::new(config, clock.clone()).expect("a service")
}

pub async fn cloud(
    settings: mail_cloud::Settings,
    clock: &Clock,
    random: &Random,
    stop: &CancellationToken,
) -> (MailCloud, SocketAddr) {
    let cloud = MailCloud::new(settings, clock.clone(), random.clone()).expect("a service");
    let at = serve(axum::Router::new().nest("/mail-cloud", cloud.router()), stop).await;
    let (running, stop) = (cloud.clone(), stop.clone());
    tokio::spawn(async move { running.run(stop).await });
    (cloud, at)
}

pub async fn serve_node(notify: &Notify, stop: &CancellationToken) -> SocketAddr {
    let layer = web::Requests::new(&Random::system(), |_| unreachable!("no handler panics"));
    serve(notify.router().layer(layer), stop).await
}

pub fn directory() -> Directory {
    let org = |number: &str, name: &str| Organization {
        number: number.parse().expect("a number"),
        name: name.to_owned(),
    };
    Directory::new(vec![org("991825827", "bym"), org("310000001", "ttd")])
}

fn verifier(issuer: &LocalIssuer, directory: Arc<Directory>, clock: &Clock) -> Verifier {
    let _: IssuerKeys = issuer.keys();
    let trusted = vec![issuer.trusted(TokenKind::Altinn), issuer.trusted(TokenKind::PlatformAccess)];
    Verifier::new(trusted, directory, clock.clone())
}

fn asker(issuer: &LocalIssuer, client: &GuardedClient) -> Asker {
    let own = "991825827".parse().expect("a number");
    let tokens = LocalTokens::new(issuer.clone(), own, TokenKind::Maskinporten);
    Asker::new(client.clone(), Arc::new(tokens))
}

pub fn guarded() -> GuardedClient {
    GuardedClient::new(AllowedNetworks::with_loopback(), CallLimits::default()).expect("a client")
}

pub fn account(password: &str) -> ReportAccount {
    PushAccount { username: "gateway".to_owned(), password: Secret::new(password.to_owned()) }.into()
}

pub async fn gateway(clock: &Clock, random: &Random, stop: &CancellationToken) -> (SmsGateway, SocketAddr) {
    let settings = Settings { report_after: Duration::ZERO, ..Settings::default() };
    let gateway = SmsGateway::new(settings, clock.clone(), random.clone()).expect("a gateway");
    let at = serve(gateway.router(), stop).await;
    let (running, stop) = (gateway.clone(), stop.clone());
    tokio::spawn(async move { running.run(stop).await });
    (gateway, at)
}

/// A route to the gateway.
pub fn pswin(name: &str, at: SocketAddr, password: &str) -> Route<dyn SmsProvider> {
    let config = PsWinConfig {
        endpoint: format!("http://{at}/").parse().expect("a URL"),
        username: "demo".to_owned(),
        password: Secret::new(password.to_owned()),
        instant_timeout_seconds: 2,
        timeout_seconds: 2,
        ..PsWinConfig::default()
    };
    Route::new(name, Arc::new(PsWin::from_config(config).expect("a provider")))
}

pub async fn mail(clock: &Clock, stop: &CancellationToken) -> (SmtpSink, u16) {
    let sink = SmtpSink::new(simulators::smtp_sink::Settings::default(), clock.clone());
    let bound = sink.bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
    let port = bound.local_addr.port();
    tokio::spawn(bound.serve(stop.clone()));
    (sink, port)
}

fn smtp(port: u16, clock: &Clock) -> Smtp {
    let config = SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port,
        tls: gateways::email::Tls::None,
        from: "noreply@bym.example".to_owned(),
        ..SmtpConfig::default()
    };
    let return_paths = bounces_config().return_paths().expect("good settings");
    Smtp::new(&config, clock.clone()).expect("a relay").returning_to(return_paths.as_ref())
}

/// Where mail of this service is returned to.
pub fn bounces_config() -> BouncesConfig {
    BouncesConfig {
        domain: Some("bounce.fjord.example".to_owned()),
        key: Some(Secret::new("0123456789abcdef".to_owned())),
        ..BouncesConfig::default()
    }
}

/// Serves a router on a port of its own.
pub async fn serve(router: axum::Router, stop: &CancellationToken) -> SocketAddr {
    let bound = web::server::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
    let address = bound.local_addr;
    tokio::spawn(bound.serve(router, web::Limits::default(), stop.clone()));
    address
}

pub fn register_file() -> Vec<u8> {
    let confirmed = "2026-01-01T00:00:00Z";
    let file = json!({
        "persons": [
            { "nationalIdentityNumber": KARI, "name": "Kari Nordmann", "email": "kari@fjord.example",
              "mobile": "+4799999999", "lastConfirmed": confirmed },
            { "nationalIdentityNumber": OLA, "name": "Ola Nordmann", "mobile": "+4799999998",
              "lastConfirmed": confirmed },
            { "nationalIdentityNumber": RESERVED, "name": "Per", "email": "per@fjord.example",
              "reserved": true, "lastConfirmed": confirmed },
        ],
        "organizations": [
            { "organizationNumber": FJORD, "name": "Fjord AS",
              "emails": ["post@fjord.example", "POST@fjord.example", "drift@fjord.example"] },
        ],
    });
    serde_json::to_vec(&file).expect("JSON")
}
