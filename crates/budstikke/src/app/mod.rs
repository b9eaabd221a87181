//! The wiring: builds everything, in order, and runs it until told to stop.

mod addresses;
mod bounces;
mod outward;
mod password;
mod places;
mod routes;
pub(crate) mod shared_files;

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use asic::{Certificate, Identity, PrivateKey, TrustAnchors};
use auth::LocalIssuer;
use axum::Router;
use exchange::Exchange;
use exchange::transports::Transport;
use exchange::transports::dpo::{self, Dpo};
use gateways::sms::pswin_report::PushAccount;
use jobs::Wake;
use notify::Notify;
use notify::attachments::FileHost;
use notify::recipients::registers::{Brreg, EmbeddedRegister, Freshness};
use simulators::smsc::BoundSmsc;
use simulators::smtp_sink::{BoundSink, SmtpSink};
use store::{DataDir, Store};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use types::random::Random;
use types::time::Clock;
use types::{OrgNumber, Secret};
use web::server::Bound;
use web::{Limits, Requests};

use crate::config::Config;
use crate::console;
use crate::embedded::{self, OwnIdentity, Places, Services};

pub(crate) use addresses::Addresses;
pub(crate) use password::password_file;
pub(crate) use places::open_store;

/// A whole server. Clones are the same server; several may live in one process.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    config: Config,
    addresses: Addresses,
    password: Secret,
    store: Store,
    services: Services,
    register: EmbeddedRegister,
    address_feed: Option<Brreg>,
    notify: Notify,
    exchange: Exchange,
    identity: OwnIdentity,
    listening: Mutex<Option<Listening>>,
    _data_dir: DataDir,
}

/// Sockets that are open and not served yet.
struct Listening {
    api: Bound,
    services: Bound,
    operators: Bound,
    mail: Option<BoundSink>,
    bounces: bounces::Bounces,
    smsc: Option<BoundSmsc>,
}

impl App {
    /// Opens the data directory, takes the addresses and puts everything together. Clients may
    /// connect from here on; they are answered when [`App::run`] runs.
    pub(crate) async fn start(config: Config) -> Result<Self> {
        let data_dir = DataDir::open(&config.data_dir)?;
        let places = places::open(&config, &data_dir).await?;
        let (store, clock) = (places.store.clone(), places.store.clock());
        shared_files::agree(&config, &store, &clock).await?;
        if config.is_alone() {
            take_back_leases(&store, &clock).await?;
        }

        let api = addresses::take("listen.api", config.listen.api).await?;
        let services_socket = addresses::take("listen.services", config.listen.services).await?;
        let operators = addresses::take("listen.operators", config.listen.operators).await?;
        let mut addresses = Addresses {
            api: api.local_addr,
            services: services_socket.local_addr,
            operators: operators.local_addr,
            mail: None,
            smsc: None,
        };
        let password = password::read_or_make(&config)?;
        let reports = Secret::new(Random::system().uuid_v4().to_string());
        let identity = embedded::identity(&config, &clock)?;
        let services = Services::new(&config, &addresses, &places, &identity, &reports).await?;
        let mail = match &services.mail {
            Some(sink) => Some(sink.bind(config.listen.mail).await.with_context(|| {
                format!("listen.mail {} is taken or not ours; choose another", config.listen.mail)
            })?),
            None => None,
        };
        addresses.mail = mail.as_ref().map(|mail| mail.local_addr);
        let bounces = bounces::Bounces::open(&config).await?;
        if let Some(sink) = &services.mail {
            bounces.hear_from(sink);
        }
        let smsc = match &services.smsc {
            Some(smsc) => Some(smsc.bind(config.listen.smsc).await.with_context(|| {
                format!("listen.smsc {} is taken or not ours; choose another", config.listen.smsc)
            })?),
            None => None,
        };
        addresses.smsc = smsc.as_ref().map(|smsc| smsc.local_addr);

        let mut outward = outward::Outward::new(&config, &addresses, &services, &identity, &clock)?;
        outward.return_paths.clone_from(&bounces.paths);
        let wake = Wake::new(&store);
        let freshness = Freshness::months(config.registers.stale_after_months);
        let register = EmbeddedRegister::new(store.clone(), clock.clone()).with_freshness(freshness);
        let notify = notify(&config, &addresses, &outward, &store, &wake, &register, reports)?;
        let exchange = exchange(&config, &outward, &places, &wake, &services, &identity, &password)?;
        addresses.write(&config.data_dir)?;
        let listening = Listening { api, services: services_socket, operators, mail, smsc, bounces };
        let listening = Mutex::new(Some(listening));
        Ok(Self(Arc::new(Inner {
            config,
            addresses,
            password,
            store,
            services,
            address_feed: outward.address_feed(&register),
            register,
            notify,
            exchange,
            identity,
            listening,
            _data_dir: data_dir,
        })))
    }

    /// Serves and works until told to stop, then finishes what is in flight.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let taken = self.0.listening.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Listening { api, services, operators, mail, smsc, bounces }) = taken else { return };
        let mut running = JoinSet::new();
        // What the workers call is served until they have finished.
        let (outside, workers) = (CancellationToken::new(), stop.clone());
        let roles = self.0.config.roles();
        let notify = self.0.notify.clone();
        running.spawn(async move { notify.run(roles, workers).await });
        let (exchange, workers) = (self.0.exchange.clone(), stop.clone());
        running.spawn(async move { exchange.run(roles, workers).await });
        if roles.sweep {
            if let Some(feed) = self.0.address_feed.clone() {
                let stop = stop.clone();
                running.spawn(async move { feed.run(stop).await });
            }
            let (store, stop) = (self.0.store.clone(), stop.clone());
            running.spawn(async move { jobs::rotation::keep_small(&store, stop).await });
        }
        let (store, workers) = (self.0.store.clone(), stop.clone());
        running.spawn(async move { audit::run(&store, roles, workers).await });
        running.spawn(api.serve(self.api_router(), Limits::default(), stop.clone()));
        let for_operators = finished(self.0.notify.operators_router());
        running.spawn(operators.serve(for_operators, Limits::default(), stop.clone()));

        let mut surroundings = JoinSet::new();
        surroundings.spawn(services.serve(
            finished(self.services_router()),
            Limits::default(),
            outside.clone(),
        ));
        if let Some(mail) = mail {
            surroundings.spawn(mail.serve(outside.clone()));
        }
        running.spawn(bounces.serve(self.0.notify.clone(), stop.clone()));
        if let Some(smsc) = smsc {
            surroundings.spawn(smsc.serve(outside.clone()));
        }
        if let Some(broker) = self.0.services.broker.clone() {
            let stop = outside.clone();
            surroundings.spawn(async move { broker.run(roles, stop).await });
        }
        if let Some(gateway) = self.0.services.sms_gateway.clone() {
            let stop = outside.clone();
            surroundings.spawn(async move { gateway.run(stop).await });
        }
        if let Some(cloud) = self.0.services.mail_cloud.clone() {
            let stop = outside.clone();
            surroundings.spawn(async move { cloud.run(stop).await });
        }
        all_ended(running).await;
        outside.cancel();
        all_ended(surroundings).await;
        Addresses::forget(&self.0.config.data_dir);
    }

    /// The embedded services. The contact register is served to others only where everything is for trial.
    fn services_router(&self) -> Router {
        let Inner { config, services, register, store, .. } = &*self.0;
        let shown = config.embedded.registers && config.embedded.issuer;
        let registers = shown.then(|| embedded::registers_router(register, &store.clock()));
        services.router().merge(registers.unwrap_or_default())
    }

    fn api_router(&self) -> Router {
        let console = console::router(self.clone());
        if !self.0.config.roles().api {
            return finished(console);
        }
        finished(self.0.notify.router().merge(self.0.exchange.router()).merge(console))
    }

    /// Says on the terminal where everything is.
    #[expect(clippy::print_stdout, reason = "this is what the operator reads")]
    pub(crate) fn greet(&self) {
        let Inner { config, addresses, .. } = &*self.0;
        println!(
            "budstikke {} serves {} ({})",
            env!("CARGO_PKG_VERSION"),
            config.organization.name,
            config.organization.number
        );
        println!("  Notify API    http://{}/notifications/api/v1/", addresses.api);
        println!("  Exchange API  http://{}/api/", addresses.api);
        println!("  console       http://{}/console", addresses.api);
        println!("                user {}, password in {}", self.user(), password_file(config).display());
        println!("  operators     http://{}/health/details", addresses.operators);
        println!("  data          {}", config.data_dir.display());
        if !config.is_alone() {
            println!("                rows in the shared PostgreSQL, roles {:?}", config.roles);
        }
        let stand_ins = config.stand_ins();
        if !stand_ins.is_empty() {
            println!("\n  TEST USE ONLY: embedded here are {}.", stand_ins.join(", "));
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn addresses(&self) -> &Addresses {
        &self.0.addresses
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// User of the Exchange API and the console.
    pub(crate) fn user(&self) -> &str {
        &self.0.config.exchange.user_name
    }

    /// That user's password.
    pub(crate) fn password(&self) -> &Secret {
        &self.0.password
    }

    /// The roots that we believe in, PEM.
    pub(crate) fn trusted_pem(&self) -> &str {
        &self.0.identity.trusted_pem
    }

    /// Our own certificate chain, PEM.
    pub(crate) fn certificate_pem(&self) -> &str {
        &self.0.identity.chain_pem
    }

    /// The embedded services.
    pub(crate) fn services(&self) -> &Services {
        &self.0.services
    }

    pub(crate) fn issuer(&self) -> Result<&LocalIssuer> {
        self.0.services.issuer.as_ref().context("the embedded issuer is switched off")
    }

    pub(crate) fn mail_server(&self) -> Result<&SmtpSink> {
        self.0.services.mail.as_ref().context("the embedded mail server is switched off")
    }

    /// The notification service.
    pub(crate) fn notify(&self) -> &Notify {
        &self.0.notify
    }

    /// The embedded contact register.
    pub(crate) fn register(&self) -> &EmbeddedRegister {
        &self.0.register
    }
}

/// We hold the lock on the only process's data directory, so whoever had jobs in hand is dead.
async fn take_back_leases(store: &Store, clock: &Clock) -> Result<()> {
    let now = clock.now();
    let taken = store.write(move |tx| jobs::release_abandoned(tx, now)).await.context("the queue")?;
    if taken > 0 {
        tracing::info!(jobs = taken, "took back what an earlier process had in hand");
    }
    Ok(())
}

/// Ids, log lines and a last answer for panics around a router.
fn finished(router: Router) -> Router {
    router.layer(Requests::new(&Random::system(), panicked))
}

fn panicked(id: &web::RequestId) -> axum::response::Response {
    use axum::response::IntoResponse;
    let text = format!("something went wrong here; the log says more under request id {}\n", id.as_str());
    (axum::http::StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
}

async fn all_ended(mut tasks: JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        if let Err(panic) = ended {
            tracing::error!(%panic, "a part of the server ended early");
        }
    }
}

fn notify(
    config: &Config,
    addresses: &Addresses,
    outward: &outward::Outward,
    store: &Store,
    wake: &Wake,
    register: &EmbeddedRegister,
    reports: Secret,
) -> Result<Notify> {
    let mut settings = config.notify.clone();
    if settings.public_address == notify::Config::default().public_address {
        settings.public_address = addresses.url()?;
    }
    if config.embedded.mail_cloud {
        settings.event_grid_secrets.push(reports.clone());
    }
    if config.has_file_store() {
        let origin = config.services_url(addresses.services)?.origin();
        settings.attachment_hosts.push(FileHost::Origin(origin));
    }
    if config.embedded.sms_gateway {
        let account = PushAccount { username: "sms-gateway".to_owned(), password: reports };
        settings.report_accounts.push(account.into());
    }
    if config.mails_to_itself() {
        // Magic addresses bounce each time; nobody is left alone because of that.
        settings.suppress_bounced_days.get_or_insert(0);
    }
    settings.email_reports_expected |= config.providers.expect_email_reports();
    Notify::new(notify::Parts {
        store: store.clone(),
        clock: store.clock(),
        random: Random::system(),
        wake: wake.clone(),
        config: settings,
        verifier: outward.verifier.clone(),
        sms: routes::sms(&config.providers, addresses)?,
        email: routes::email(config, addresses, outward.return_paths.as_ref(), &store.clock())?,
        contacts: outward.contacts(register)?,
        conditions: outward.conditions(),
        files: outward.files()?,
        webhook_client: outward.guarded.clone(),
    })
    .context("the notification service")
}

fn exchange(
    config: &Config,
    outward: &outward::Outward,
    places: &Places,
    wake: &Wake,
    services: &Services,
    identity: &OwnIdentity,
    password: &Secret,
) -> Result<Exchange> {
    let mut settings = config.exchange.clone();
    settings.user_password = Some(password.clone());
    let transport = Dpo::new(dpo::Parts {
        http: web::plain_client()?,
        tokens: Arc::clone(&outward.broker_tokens),
        blobs: Arc::clone(&places.blobs),
        config: outward.dpo.clone(),
    })
    .context("the channel between public bodies")?;
    let transports: Vec<Arc<dyn Transport>> = vec![Arc::new(transport)];
    Exchange::new(exchange::Parts {
        store: places.store.clone(),
        blobs: Arc::clone(&places.blobs),
        clock: places.store.clock(),
        random: Random::system(),
        wake: wake.clone(),
        config: settings,
        organization: config.organization.number,
        identities: vec![own_identity(config.organization.number, identity)?],
        trust: Some(TrustAnchors::new(Certificate::all_from_pem(&identity.trusted_pem)?)),
        verifier: Some(outward.verifier.clone()),
        registry: outward.registry(services)?,
        transports,
        client: outward.guarded.clone(),
    })
    .context("the message gateway")
}

fn own_identity(org: OrgNumber, identity: &OwnIdentity) -> Result<Identity> {
    let mut chain = Certificate::all_from_pem(&identity.chain_pem).context("our certificate")?;
    anyhow::ensure!(!chain.is_empty(), "our certificate file holds no certificate");
    let certificate = chain.remove(0);
    let key = PrivateKey::from_pem(identity.key.to_pkcs8_pem()?.reveal()).context("our key")?;
    Identity::new(certificate, chain, key).with_context(|| format!("certificate and key of {org}"))
}
