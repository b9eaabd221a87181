//! The wiring: builds everything, in order, and runs it until told to stop.

mod addresses;
mod bounces;
mod certificates;
mod elsewhere;
mod greet;
mod outward;
mod password;
mod places;
mod products;
mod reload;
mod routes;
mod run;
pub(crate) mod shared_files;
mod tls;
mod try_token;

use std::sync::{Arc, Mutex, OnceLock};

use anyhow::{Context, Result};
use arc_swap::ArcSwap;
use auth::{LocalIssuer, Maskinporten, Verifier};
use console::Console;
use exchange::Exchange;
use jobs::Wake;
use notify::Notify;
use notify::recipients::registers::{Brreg, EmbeddedRegister, Freshness};
use simulators::smsc::BoundSmsc;
use simulators::smtp_sink::{BoundSink, SmtpSink};
use store::{DataDir, Store};
use types::Secret;
use types::random::Random;
use types::time::Clock;
use web::server::{Bound, Tls};

use crate::config::Config;
use crate::embedded::{self, OwnIdentity, Services};
use crate::telemetry::Telemetry;

pub(crate) use addresses::Addresses;
pub(crate) use addresses::take;
pub(crate) use elsewhere::{ask_registry, broker_health};
pub(crate) use outward::trusted_elsewhere;
pub(crate) use password::{console_password_file, password_file};
pub(crate) use places::{open as open_places, open_store, open_store_at};
pub(crate) use reload::{Reloaded, read as read_reloaded};
pub(crate) use routes::{email as email_routes, sms as sms_routes};
pub(crate) use run::finished;
pub(crate) use try_token::{token_source, try_token};

/// A whole server. Clones are the same server; several may live in one process.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    /// As it is now.
    config: ArcSwap<Config>,
    addresses: Addresses,
    password: ArcSwap<Secret>,
    /// With which the embedded services bring their reports.
    reports: Secret,
    /// Who knows organizations by name.
    verifier: Verifier,
    store: Store,
    services: Services,
    register: EmbeddedRegister,
    address_feed: Option<Brreg>,
    notify: Notify,
    exchange: Exchange,
    console: Console,
    identity: OwnIdentity,
    /// Who asks for our tokens, where that is not the embedded issuer.
    token_client: Option<Arc<Maskinporten>>,
    listening: Mutex<Option<Listening>>,
    /// Logs and traces, where they were set up for this server.
    telemetry: OnceLock<Telemetry>,
    /// Where the configuration comes from, and what became of reading it anew.
    reloading: reload::Reloading,
    _data_dir: DataDir,
}

/// Sockets that are open and not served yet.
struct Listening {
    api: Bound,
    tls: Option<Tls>,
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

        let tls = tls::open(&config)?;
        let api = take("listen.api", config.listen.api).await?.speaking(tls.clone());
        let services_socket = take("listen.services", config.listen.services).await?;
        let operators = take("listen.operators", config.listen.operators).await?;
        let mut addresses = Addresses {
            api: api.local_addr,
            services: services_socket.local_addr,
            operators: operators.local_addr,
            mail: None,
            pid: std::process::id(),
            smsc: None,
        };
        let password = password::read_or_make(&config)?;
        let reports = Secret::new(Random::system().uuid_v4().to_string());
        let identity = embedded::identity(&config, &clock)?;
        let services = Services::new(&config, &addresses, &places, &identity, &reports).await?;
        let mail = match &services.mail {
            Some(sink) => {
                let (setting, address) = ("listen.mail", config.listen.mail);
                let bound = sink.bind(address).await;
                Some(bound.with_context(|| addresses::taken_address(setting, address))?)
            }
            None => None,
        };
        addresses.mail = mail.as_ref().map(|mail| mail.local_addr);
        let bounces = bounces::Bounces::open(&config).await?;
        if let Some(sink) = &services.mail {
            bounces.hear_from(sink);
        }
        let smsc = match &services.smsc {
            Some(smsc) => {
                let (setting, address) = ("listen.smsc", config.listen.smsc);
                let bound = smsc.bind(address).await;
                Some(bound.with_context(|| addresses::taken_address(setting, address))?)
            }
            None => None,
        };
        addresses.smsc = smsc.as_ref().map(|smsc| smsc.local_addr);

        let mut outward = outward::Outward::new(&config, &addresses, &services, &identity, &clock)?;
        outward.return_paths.clone_from(&bounces.paths);
        let wake = Wake::new(&store);
        let freshness = Freshness::months(config.registers.stale_after_months);
        let register = EmbeddedRegister::new(store.clone(), clock.clone()).with_freshness(freshness);
        let notify = products::notify(&config, &addresses, &outward, &store, &wake, &register, &reports)?;
        let exchange =
            products::exchange(&config, &outward, &places, &wake, &services, &identity, &password)?;
        password::make_administrator(&config, &store).await?;
        let console =
            products::console(&config, &addresses, &store, &notify, &exchange, &register, &services)?;
        addresses.write(&config.data_dir)?;
        let listening = Listening { api, tls, services: services_socket, operators, mail, smsc, bounces };
        let listening = Mutex::new(Some(listening));
        Ok(Self(Arc::new(Inner {
            verifier: outward.verifier.clone(),
            config: ArcSwap::from_pointee(config),
            addresses,
            password: ArcSwap::from_pointee(password),
            reports,
            store,
            services,
            address_feed: outward.address_feed(&register),
            register,
            notify,
            exchange,
            console,
            identity,
            token_client: outward.client.clone(),
            listening,
            telemetry: OnceLock::new(),
            reloading: reload::Reloading::default(),
            _data_dir: data_dir,
        })))
    }

    /// The configuration as it is now.
    pub(crate) fn config(&self) -> Arc<Config> {
        self.0.config.load_full()
    }

    pub(crate) fn addresses(&self) -> &Addresses {
        &self.0.addresses
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// User of the Exchange API and the console.
    pub(crate) fn user(&self) -> String {
        self.config().exchange.user_name.clone()
    }

    /// That user's password.
    pub(crate) fn password(&self) -> Secret {
        Secret::clone(&self.0.password.load())
    }

    /// The roots that we believe in, PEM; empty without any.
    pub(crate) fn trusted_pem(&self) -> &str {
        self.0.identity.trusted_pem.as_deref().unwrap_or_default()
    }

    pub(crate) fn issuer(&self) -> Result<&LocalIssuer> {
        self.0.services.issuer.as_ref().context("the embedded issuer is switched off")
    }

    pub(crate) fn mail_server(&self) -> Result<&SmtpSink> {
        self.0.services.mail.as_ref().context("the embedded mail server is switched off")
    }

    /// The console.
    pub(crate) fn console(&self) -> &Console {
        &self.0.console
    }

    /// The notification service.
    pub(crate) fn notify(&self) -> &Notify {
        &self.0.notify
    }

    /// The message gateway.
    pub(crate) fn exchange(&self) -> &Exchange {
        &self.0.exchange
    }

    /// Logs and traces.
    pub(crate) fn telemetry(&self) -> Option<&Telemetry> {
        self.0.telemetry.get()
    }

    /// Has figures tell of these, and a reload change them.
    pub(crate) fn set_telemetry(&self, telemetry: Telemetry) {
        // Only the first counts, and there is no second.
        let _ = self.0.telemetry.set(telemetry);
    }

    /// The embedded contact register.
    pub(crate) fn register(&self) -> &EmbeddedRegister {
        &self.0.register
    }
}

/// We hold the lock on the only process's data directory, so whoever had jobs in hand is dead.
pub(crate) async fn take_back_leases(store: &Store, clock: &Clock) -> Result<()> {
    let now = clock.now();
    let taken = store.write(move |tx| jobs::release_abandoned(tx, now)).await.context("the queue")?;
    if taken > 0 {
        tracing::info!(jobs = taken, "took back what an earlier process had in hand");
    }
    Ok(())
}
