//! A broker or a registry in a process of its own, each with its token issuer.
//!
//! It has a data directory (or a database) of its own and nothing of an integration point: no messages, no
//! inbox, no keys of organizations. Who may ask for tokens: the organizations that the configuration
//! lists with a certificate, and everybody whose certificate leads to a root that is believed here. Where
//! `trusted_issuers` or `embedded.elsewhere` names another issuer, that one's tokens are taken instead.

mod clients;
mod health;
mod snippets;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use auth::authority::Credential;
use auth::{LocalIssuer, TokenKind, TrustedIssuer, Verifier};
use axum::Router;
use exchange::broker::{self, Broker};
use exchange::registry::embedded::{self as registry, EmbeddedRegistry};
use store::{DataDir, Store};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use types::random::Random;
use types::time::Clock;
use web::Limits;
use web::server::Bound;

use crate::app::{Addresses, finished, open_places, take, take_back_leases, trusted_elsewhere};
use crate::config::{Config, Part};
use crate::embedded::{self, OwnIdentity, Places, issuer_router};
use crate::lifecycle::at_hangups;
use crate::supervisor;

pub(crate) use clients::client_ids;
pub(crate) use snippets::{Client, snippet};

/// What runs.
pub(crate) struct Alone {
    config: Config,
    part: Part,
    addresses: Addresses,
    store: Store,
    broker: Option<Broker>,
    registry: Option<EmbeddedRegistry>,
    issuer: Option<LocalIssuer>,
    health: health::Health,
    listening: Mutex<Option<(Bound, Bound)>>,
    _data_dir: DataDir,
}

impl Alone {
    /// Opens the data directory, takes the addresses and builds what the part needs.
    pub(crate) async fn start(config: Config, part: Part) -> Result<Self> {
        let data_dir = DataDir::open(&config.data_dir)?;
        let places = open_places(&config, &data_dir).await?;
        let (store, clock) = (places.store.clone(), places.store.clock());
        if config.is_alone() {
            take_back_leases(&store, &clock).await?;
        }
        let (services, operators, addresses) = listen(&config).await?;
        let identity = embedded::identity(&config, &clock)?;
        let issuer = own_issuer(&config, addresses.services, &identity, &clock)?;
        let trusted = trusted(&config, issuer.as_ref(), &store)?;
        let verifier = Verifier::new(trusted, Arc::new(config.directory()), clock.clone());
        let broker = (part == Part::Broker).then(|| new_broker(&config, &places, verifier.clone()));
        let registry = match part {
            Part::Registry => Some(new_registry(&config, &store, verifier, &identity)?),
            Part::Broker => None,
        };
        if let Some(registry) = &registry {
            clients::register(registry, &config).await?;
        }
        addresses.write(&config.data_dir)?;
        let health = health::Health::new(store.clone());
        let listening = Mutex::new(Some((services, operators)));
        Ok(Self {
            config,
            part,
            addresses,
            store,
            broker,
            registry,
            issuer,
            health,
            listening,
            _data_dir: data_dir,
        })
    }

    /// Serves and works until told to stop, then finishes what is in flight.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let taken = self.listening.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((services, operators)) = taken else { return };
        let roles = self.config.roles();
        let mut running = JoinSet::new();
        running.spawn(services.serve(finished(self.services_router()), Limits::default(), stop.clone()));
        running.spawn(operators.serve(finished(self.operators_router()), Limits::default(), stop.clone()));
        if let Some(broker) = self.broker.clone() {
            let stop = stop.clone();
            running.spawn(async move { broker.run(roles, stop).await });
        }
        let (store, of_audit) = (self.store.clone(), stop.clone());
        running.spawn(async move { audit::run(&store, roles, of_audit).await });
        if roles.sweep {
            let (store, stop) = (self.store.clone(), stop.clone());
            running.spawn(async move { jobs::rotation::keep_small(&store, stop).await });
        }
        running.spawn(supervisor::watch(stop.clone()));
        running
            .spawn(at_hangups(stop, || tracing::warn!("settings of this part are read at its start only")));
        supervisor::ready();
        while let Some(ended) = running.join_next().await {
            if let Err(panic) = ended {
                tracing::error!(%panic, "a part of the server ended early");
            }
        }
        Addresses::forget(&self.config.data_dir);
    }

    fn services_router(&self) -> Router {
        let issuer = self.issuer.clone().map(issuer_router).unwrap_or_default();
        let broker = self.broker.as_ref().map(Broker::router).unwrap_or_default();
        let registry = self.registry.as_ref().map(EmbeddedRegistry::router).unwrap_or_default();
        issuer.merge(broker).merge(registry).merge(self.health.router())
    }

    fn operators_router(&self) -> Router {
        let registry = self.registry.as_ref().map(EmbeddedRegistry::operators_router).unwrap_or_default();
        registry.merge(self.health.router())
    }

    /// Says on the terminal where everything is.
    #[expect(clippy::print_stdout, reason = "this is what the operator reads")]
    pub(crate) fn greet(&self) -> Result<()> {
        let Self { config, addresses, .. } = self;
        let base = config.services_url(addresses.services)?;
        let part = self.part;
        println!("budstikke {} {part}, in a process of its own", env!("CARGO_PKG_VERSION"));
        match part {
            Part::Broker => println!("  broker        {base}broker/api/v1"),
            Part::Registry => {
                println!("  registry      {base}adressetjeneste");
                println!("  its keys      {base}adressetjeneste/jwk");
                println!("  operators     http://{}/registry", addresses.operators);
            }
        }
        if self.issuer.is_some() {
            println!("  token issuer  {base}");
        }
        println!("  health        http://{}/health/ready", addresses.operators);
        println!("  data          {}", config.data_dir.display());
        println!("\n  Settings of clients: budstikke {part} --print-client-settings java|budstikke");
        if self.issuer.is_some() {
            println!("  TEST USE ONLY: the token issuer is for development, trial and closed networks.");
        }
        Ok(())
    }
}

/// Takes the addresses that the part answers on.
async fn listen(config: &Config) -> Result<(Bound, Bound, Addresses)> {
    let services = take("listen.services", config.listen.services).await?;
    let operators = take("listen.operators", config.listen.operators).await?;
    let addresses = Addresses {
        api: services.local_addr,
        services: services.local_addr,
        operators: operators.local_addr,
        mail: None,
        pid: std::process::id(),
        smsc: None,
    };
    Ok((services, operators, addresses))
}

/// The token issuer, where it is ours, with everybody who may ask it.
fn own_issuer(
    config: &Config,
    services: SocketAddr,
    identity: &OwnIdentity,
    clock: &Clock,
) -> Result<Option<LocalIssuer>> {
    if !config.embedded.issuer {
        return Ok(None);
    }
    let issuer = embedded::issuer(config, services)?;
    clients::let_in(&issuer, config, identity, clock)?;
    Ok(Some(issuer))
}

fn new_broker(config: &Config, places: &Places, verifier: Verifier) -> Broker {
    Broker::new(broker::Parts {
        store: places.store.clone(),
        blobs: Arc::clone(&places.blobs),
        verifier,
        clock: places.store.clock(),
        random: Random::system(),
        config: config.broker.clone(),
    })
}

/// Whose tokens are believed: our own issuer's, or those of another.
fn trusted(config: &Config, issuer: Option<&LocalIssuer>, store: &Store) -> Result<Vec<TrustedIssuer>> {
    if let Some(issuer) = issuer {
        return Ok([TokenKind::Altinn, TokenKind::Maskinporten].map(|kind| issuer.trusted(kind)).to_vec());
    }
    if config.trusted_issuers.is_empty() && config.embedded.elsewhere.is_none() {
        bail!(
            "without embedded.issuer, name trusted_issuers or embedded.elsewhere: nobody could show a token"
        );
    }
    trusted_elsewhere(config, &web::plain_client()?, &store.clock())
}

/// A registry that signs with our own certificate. What an operator does needs nobody's tokens.
pub(crate) fn new_registry(
    config: &Config,
    store: &Store,
    verifier: Verifier,
    identity: &OwnIdentity,
) -> Result<EmbeddedRegistry> {
    let clock = store.clock();
    let own = identity.shown(&clock);
    EmbeddedRegistry::new(registry::Parts {
        store: store.clone(),
        verifier,
        signing: Credential { key: own.key.clone(), chain: own.chain_der() },
        clock: clock.clone(),
        config: config.registry.clone(),
    })
    .context("the embedded registry")
}
