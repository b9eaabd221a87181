//! Loads file, environment and command line, and puts the sections together. Unknown keys are
//! errors, and every error says where the value came from.

mod check;
mod embedded;
mod example;
mod keystore;
mod listen;
mod live;
mod load;
mod manage;
mod organizations;
mod part;
mod places;
mod providers;
mod reference;
mod renew;
mod sources;
mod tokens;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use auth::{Directory, Organization};
use gateways::email::bounce::BouncesConfig;
use notify::recipients::registers::RegistersConfig;
use serde::Deserialize;
use store::PostgresConfig;
use store::blobs::S3Config;
use types::Roles;
use url::Url;
use web::networks::AllowedNetworks;

pub(crate) use self::embedded::Embedded;
pub(crate) use self::example::{EXAMPLE, reference};
pub(crate) use self::keystore::KeyStoreConfig;
pub(crate) use self::listen::Listen;
pub(crate) use self::load::{Override, Read};
pub(crate) use self::manage::{ClockConfig, Manage};
pub(crate) use self::organizations::{Known, Own};
pub(crate) use self::part::Part;
pub(crate) use self::places::{BlobPlace, Role, StorePlace};
pub(crate) use self::providers::{EmailGateway, Providers, RouteConfig, SmsGateway};
pub(crate) use self::reference::{Fate, is_secret, without_password};
pub(crate) use self::renew::{Given, Renewed};
pub(crate) use self::sources::Sources;
pub(crate) use self::tokens::{IssuerKind, MaskinportenConfig, TrustedIssuerConfig};
use crate::telemetry::{Log, TelemetryConfig};

/// The whole configuration. Every key has a default.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Whether this is for real. In production nothing that anybody could make tokens with is started.
    pub environment: Surroundings,
    /// Where this node keeps what is its own; without a shared store and bucket, everything.
    pub data_dir: PathBuf,
    /// Where rows are kept: `sqlite` in the data directory, or `postgres://…`, which nodes share.
    pub store: StorePlace,
    /// Where blobs are kept: a `folder` in the data directory, or `s3://bucket/prefix`.
    pub blobs: BlobPlace,
    /// What this node does: `api`, `deliver`, `receive`, `sweep`. Together the nodes must do everything.
    pub roles: Vec<Role>,
    /// How the shared database is used.
    pub postgres: PostgresConfig,
    /// How the bucket is reached.
    pub s3: S3Config,
    /// The organization that runs this server.
    pub organization: Own,
    /// Organizations known by a short name, for tokens that carry only one of the two.
    pub organizations: Vec<Known>,
    /// Addresses to listen on.
    pub listen: Listen,
    /// Services that are embedded in this process, and where they are found otherwise.
    pub embedded: Embedded,
    /// Whose tokens callers may present, besides the embedded issuer's.
    pub trusted_issuers: Vec<TrustedIssuerConfig>,
    /// Our own client at Maskinporten; the embedded issuer serves us without one.
    pub maskinporten: Option<MaskinportenConfig>,
    /// Real gateways and registers, where they replace the embedded ones.
    pub providers: Providers,
    /// Mail that comes back.
    pub bounces: BouncesConfig,
    /// Who knows how people are reached, what they are called and what they may receive.
    pub registers: RegistersConfig,
    /// Networks that callers' own addresses (send conditions, webhooks) may lie in besides public ones.
    pub allowed_networks: AllowedNetworks,
    /// Health and figures.
    pub manage: Manage,
    /// The web pages for those who run the server.
    pub console: console::Config,
    /// What our clock is compared with.
    pub clock: ClockConfig,
    /// What is logged.
    pub log: Log,
    /// Where traces are sent.
    pub telemetry: TelemetryConfig,
    /// The notification service.
    pub notify: notify::Config,
    /// The message gateway.
    pub exchange: exchange::Config,
    /// The channel between public bodies, over a broker.
    pub dpo: exchange::transports::dpo::Config,
    /// The embedded broker.
    pub broker: exchange::broker::Config,
    /// The embedded registry.
    pub registry: exchange::registry::embedded::Config,
    /// A registry elsewhere, where the embedded one is off.
    pub hosted_registry: Option<exchange::registry::hosted::Config>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            environment: Surroundings::Development,
            data_dir: PathBuf::from("budstikke-data"),
            store: StorePlace::Embedded,
            blobs: BlobPlace::Folder,
            roles: Role::ALL.to_vec(),
            postgres: PostgresConfig::default(),
            s3: S3Config::default(),
            organization: Own::default(),
            organizations: Vec::new(),
            listen: Listen::default(),
            embedded: Embedded::default(),
            trusted_issuers: Vec::new(),
            maskinporten: None,
            providers: Providers::default(),
            bounces: BouncesConfig::default(),
            registers: RegistersConfig::default(),
            allowed_networks: AllowedNetworks::default(),
            manage: Manage::default(),
            console: console::Config::default(),
            clock: ClockConfig::default(),
            log: Log::default(),
            telemetry: TelemetryConfig::default(),
            notify: notify::Config::default(),
            exchange: exchange::Config::default(),
            dpo: exchange::transports::dpo::Config::default(),
            broker: exchange::broker::Config::default(),
            registry: exchange::registry::embedded::Config::default(),
            hosted_registry: None,
        }
    }
}

/// What an installation is for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Surroundings {
    /// Development and trial.
    Development,
    /// For real.
    Production,
}

impl Config {
    /// Whether the embedded file store is on.
    pub(crate) const fn has_file_store(&self) -> bool {
        self.embedded.file_store && self.embedded.issuer
    }

    /// What stands in for the real world here, in words.
    pub(crate) fn stand_ins(&self) -> Vec<&'static str> {
        let Embedded { issuer, broker, registry, sms_gateway, smsc, mail, mail_cloud, .. } = self.embedded;
        let own_certificate =
            self.organization.certificate_file.is_some() || self.organization.keystore.is_some();
        let all = [
            (!own_certificate, "a test certificate"),
            (issuer, "a token issuer"),
            (broker, "a broker"),
            (registry, "a registry"),
            (sms_gateway && !smsc && self.providers.sms.is_empty(), "an SMS gateway simulator"),
            (smsc, "a message centre simulator"),
            (self.has_file_store(), "a file store"),
            (mail && self.providers.email.is_empty(), "a capturing mail server"),
            (mail_cloud, "a cloud mail simulator"),
        ];
        all.into_iter().filter_map(|(embedded, what)| embedded.then_some(what)).collect()
    }

    /// Whether e-mail goes to the embedded mail server.
    pub(crate) const fn mails_to_itself(&self) -> bool {
        self.embedded.mail && self.providers.email.is_empty()
    }

    /// Whether this process is the only one on its store.
    pub(crate) const fn is_alone(&self) -> bool {
        matches!(self.store, StorePlace::Embedded)
    }

    /// Base of the embedded services, with a slash at the end: as configured, or where they listen.
    pub(crate) fn services_url(&self, bound: SocketAddr) -> Result<Url> {
        let address = self.embedded.address.clone();
        address.map_or_else(|| Ok(Url::parse(&format!("http://{bound}/"))?), Ok)
    }

    /// What this node does.
    pub(crate) fn roles(&self) -> Roles {
        places::roles(&self.roles)
    }

    /// Every organization known by name, our own first.
    pub(crate) fn directory(&self) -> Directory {
        Directory::new(self.known())
    }

    /// The same as a list.
    pub(crate) fn known(&self) -> Vec<Organization> {
        let own = Organization { number: self.organization.number, name: self.organization.name.clone() };
        let others = self
            .organizations
            .iter()
            .map(|known| Organization { number: known.number, name: known.name.clone() });
        std::iter::once(own).chain(others).collect()
    }
}
