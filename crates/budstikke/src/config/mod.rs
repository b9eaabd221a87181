//! Loads file, environment and command line, and puts the sections together. Unknown keys are
//! errors, and every error says where the value came from.

mod places;
mod providers;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use auth::{Directory, Organization};
use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use gateways::email::bounce::BouncesConfig;
use notify::recipients::registers::{AuthorizationFrom, RegistersConfig};
use serde::Deserialize;
use store::PostgresConfig;
use store::blobs::S3Config;
use types::{OrgNumber, Roles};
use url::Url;
use web::networks::AllowedNetworks;

pub(crate) use self::places::{BlobPlace, Role, StorePlace};
pub(crate) use self::providers::{EmailGateway, Providers, RouteConfig, SmsGateway};
use crate::telemetry::Log;

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
    /// What is logged.
    pub log: Log,
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
            log: Log::default(),
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

/// The `[organization]` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Own {
    /// Nine digits.
    pub number: OrgNumber,
    /// The short name that tokens carry.
    pub name: String,
    /// Our certificate chain (PEM, ours first) [default: made by the test authority].
    pub certificate_file: Option<PathBuf>,
    /// Our private key (PEM); belongs to `certificate_file`.
    pub key_file: Option<PathBuf>,
    /// Roots whose signatures we believe (PEM); belongs to `certificate_file`.
    pub trusted_roots_file: Option<PathBuf>,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            number: "310000001".parse().expect("nine digits"),
            name: "fjord".to_owned(),
            certificate_file: None,
            key_file: None,
            trusted_roots_file: None,
        }
    }
}

/// One of `[[organizations]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// Nine digits.
    pub number: OrgNumber,
    /// The short name that tokens carry.
    pub name: String,
    /// Its certificate chain (PEM). With one, it may ask the embedded issuer for tokens and is listed
    /// in the embedded registry.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
}

/// The `[listen]` section. Port 0 takes any that is free.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Listen {
    /// Both APIs, liveness and the console.
    pub api: SocketAddr,
    /// Embedded broker, registry, token issuer and SMS gateway.
    pub services: SocketAddr,
    /// Triggers, figures and health, for operators.
    pub operators: SocketAddr,
    /// Embedded mail server.
    pub mail: SocketAddr,
    /// Mail that is returned to `bounces.domain`; needs that section.
    pub bounces: Option<SocketAddr>,
    /// Embedded SMPP message centre.
    pub smsc: SocketAddr,
}

impl Default for Listen {
    fn default() -> Self {
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self {
            api: loopback(9093),
            services: loopback(9094),
            operators: loopback(9095),
            mail: loopback(9025),
            bounces: None,
            smsc: loopback(2775),
        }
    }
}

/// The `[embedded]` section: stand-ins that are part of the product, for development and trial.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each service has its own switch")]
pub(crate) struct Embedded {
    /// The development token issuer. Switch it off as soon as real tokens come in.
    pub issuer: bool,
    /// The broker. Needs the issuer.
    pub broker: bool,
    /// The service registry. Needs the issuer.
    pub registry: bool,
    /// The SMS gateway simulator; otherwise `providers.sms` names a real gateway.
    pub sms_gateway: bool,
    /// The SMPP message centre simulator. Without `providers.sms`, SMS go over it.
    pub smsc: bool,
    /// The capturing mail server; otherwise `providers.email` names a real one.
    pub mail: bool,
    /// The simulator of Azure Communication Services' e-mail, for routes of that kind that name no other.
    pub mail_cloud: bool,
    /// The file store for composed e-mail, at `/files` of `listen.services`. Only beside the embedded issuer.
    pub file_store: bool,
    /// Shows the embedded contact register to others, in the dialects of those it stands in for. Needs
    /// the issuer, for it shows everything.
    pub registers: bool,
    /// From a message's acceptance by the SMS gateway simulator to its delivery report, in
    /// milliseconds.
    pub sms_report_after_ms: u64,
    /// Before every answer of the SMS gateway simulator, in milliseconds.
    pub sms_answer_after_ms: u64,
    /// Address of another budstikke's embedded services (its `listen.services`), for those that are
    /// switched off here.
    pub elsewhere: Option<Url>,
    /// Address under which the embedded services are reached, where it is not `listen.services` itself:
    /// nodes that share a store name the same one.
    pub address: Option<Url>,
    /// Folder of the test certificate authority [default: `authority` in the data directory].
    pub authority_dir: Option<PathBuf>,
}

impl Default for Embedded {
    fn default() -> Self {
        Self {
            issuer: true,
            broker: true,
            registry: true,
            sms_gateway: true,
            smsc: false,
            mail: true,
            mail_cloud: false,
            file_store: true,
            registers: true,
            sms_report_after_ms: 1_000,
            sms_answer_after_ms: 0,
            elsewhere: None,
            address: None,
            authority_dir: None,
        }
    }
}

/// One of `[[trusted_issuers]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustedIssuerConfig {
    /// `altinn` or `maskinporten`.
    pub kind: IssuerKind,
    /// The issuer's name, exactly as tokens carry it.
    pub issuer: String,
    /// Where its public keys are.
    pub jwks_url: Url,
    /// Audiences that tokens may have [default: any].
    #[serde(default)]
    pub audiences: Vec<String>,
}

/// What kind of tokens an issuer makes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IssuerKind {
    /// Tokens exchanged by Altinn.
    Altinn,
    /// Maskinporten's own.
    Maskinporten,
}

/// The `[maskinporten]` section: our own client there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MaskinportenConfig {
    /// Where grants are sent.
    pub token_endpoint: Url,
    /// The audience of grants: the issuer's name.
    pub audience: String,
    /// Our client id.
    pub client_id: String,
    /// The client's private key (PEM).
    pub key_file: PathBuf,
    /// The business certificate that the key belongs to (PEM, ours first), where the client proves itself
    /// with one instead of a registered key.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// The key's id, as registered.
    #[serde(default)]
    pub key_id: Option<String>,
    /// Where tokens are exchanged for Altinn's; the broker wants those.
    #[serde(default)]
    pub altinn_exchange: Option<Url>,
}

/// One setting from the command line.
#[derive(Clone, Debug)]
pub(crate) struct Override {
    key: String,
    value: Value,
}

impl Override {
    /// Reads `section.key=value`; the value as TOML, or else as plain text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or("expected section.key=value")?;
        let value = value.parse().expect("any text is a value");
        Ok(Self { key: key.trim().to_owned(), value })
    }

    /// A setting whose value is text, whatever it looks like.
    pub(crate) fn text(key: &str, value: impl Into<String>) -> Self {
        Self { key: key.to_owned(), value: Value::from(value.into()) }
    }
}

/// Settings from the command line, so that errors say where a value came from.
struct CommandLine(Vec<Override>);

impl Provider for CommandLine {
    fn metadata(&self) -> Metadata {
        Metadata::named("the command line")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut all = Dict::new();
        for Override { key, value } in &self.0 {
            let nested = figment::util::nest(key, value.clone()).into_dict();
            merge(&mut all, nested.ok_or_else(|| "a setting is written section.key=value".to_owned())?);
        }
        Ok(Map::from([(Profile::Global, all)]))
    }
}

/// Puts `later` over `earlier`, section by section.
fn merge(earlier: &mut Dict, later: Dict) {
    for (key, value) in later {
        match (earlier.get_mut(&key), value) {
            (Some(Value::Dict(_, section)), Value::Dict(_, over)) => merge(section, over),
            (_, value) => {
                earlier.insert(key, value);
            }
        }
    }
}

impl Config {
    /// Puts the sources together; the last one wins.
    pub(crate) fn load(file: Option<&Path>, overrides: Vec<Override>) -> Result<Self> {
        let file = match file {
            Some(file) if !file.exists() => bail!("there is no file {}", file.display()),
            Some(file) => Some(file),
            None => Some(Path::new("budstikke.toml")).filter(|usual| usual.exists()),
        };
        let mut figment = Figment::new();
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        // BUDSTIKKE_CONFIG names the file and is no setting.
        let environment = Env::prefixed("BUDSTIKKE_").ignore(&["CONFIG"]).split("__");
        figment = figment.merge(environment);
        figment = figment.merge(CommandLine(overrides));
        let config: Self = figment.extract().map_err(|errors| {
            let lines: Vec<String> =
                errors.into_iter().map(|error| without_source(&error.to_string())).collect();
            // The library's own name for the top of the tree helps nobody.
            anyhow::anyhow!("{}", lines.join("; ").replace("global.", ""))
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        if matches!((&self.store, &self.blobs), (StorePlace::Shared(_), BlobPlace::Folder)) {
            tracing::warn!(
                "nodes that share a store need the same blobs: blobs names a folder of this machine"
            );
        }
        if self.roles.is_empty() {
            bail!("roles: a node without any does nothing; list some of api, deliver, receive, sweep");
        }
        let PostgresConfig { writers, readers, statement_timeout_ms, lock_timeout_ms, .. } = &self.postgres;
        if *writers == 0 || *readers == 0 || *statement_timeout_ms == 0 || *lock_timeout_ms == 0 {
            bail!("postgres: writers, readers, statement_timeout_ms and lock_timeout_ms are at least 1");
        }
        if self.is_alone() && self.roles() != Roles::all() {
            tracing::warn!(roles = ?self.roles, "nobody else does what this process leaves undone: it waits");
        }
        if self.registers.authorization == AuthorizationFrom::AllowAll && !self.embedded.issuer {
            bail!("registers.authorization: allow_all lets everybody receive and is for development alone");
        }
        let embedded = &self.embedded;
        self.check_production()?;
        if !embedded.issuer && (embedded.broker || embedded.registry) {
            bail!("embedded.broker and embedded.registry need embedded.issuer; switch them off too");
        }
        if embedded.issuer && !self.trusted_issuers.is_empty() {
            bail!(
                "trusted_issuers names a real issuer while the embedded one is on, whose tokens anybody on this \
                 machine can make; set embedded.issuer, embedded.broker and embedded.registry to false"
            );
        }
        if embedded.issuer && self.maskinporten.is_some() {
            bail!(
                "maskinporten names our client at a real issuer while the embedded one is on, whose tokens anybody \
                 on this machine can make; set embedded.issuer, embedded.broker and embedded.registry to false"
            );
        }
        let elsewhere = embedded.elsewhere.is_some();
        if !embedded.issuer && !elsewhere && (self.maskinporten.is_none() || self.trusted_issuers.is_empty())
        {
            bail!(
                "without embedded.issuer, set embedded.elsewhere, or trusted_issuers and maskinporten for the real ones"
            );
        }
        let broker_named = self.dpo.broker_url != exchange::transports::dpo::Config::default().broker_url;
        if !embedded.broker && !elsewhere && !broker_named {
            bail!("without embedded.broker, set embedded.elsewhere, or dpo.broker_url for a real one");
        }
        if !embedded.registry && !elsewhere && self.hosted_registry.is_none() {
            bail!("without embedded.registry, set embedded.elsewhere, or hosted_registry for a real one");
        }
        if !embedded.sms_gateway && !embedded.smsc && self.providers.sms.is_empty() {
            bail!("without embedded.sms_gateway, providers.sms must name a gateway");
        }
        if self.listen.bounces.is_some() {
            self.bounces.doorkeeper()?;
        }
        self.bounces.return_paths()?;
        if !embedded.mail && self.providers.email.is_empty() {
            bail!("without embedded.mail, providers.email must name a mail relay");
        }
        Ok(())
    }

    /// In production nobody but real issuers makes tokens, and nothing stands open for tests.
    fn check_production(&self) -> Result<()> {
        if self.environment == Surroundings::Development {
            return Ok(());
        }
        if self.embedded.issuer || self.embedded.elsewhere.is_some() {
            bail!(
                "environment is production, where the development token issuer does not start: anybody who reaches \
                 it makes tokens; set embedded.issuer to false, without embedded.elsewhere, and name trusted_issuers"
            );
        }
        if self.notify.condition_test_endpoint {
            bail!("environment is production, where notify.condition_test_endpoint is not served");
        }
        Ok(())
    }

    /// Whether the embedded file store is on.
    pub(crate) const fn has_file_store(&self) -> bool {
        self.embedded.file_store && self.embedded.issuer
    }

    /// What stands in for the real world here, in words.
    pub(crate) fn stand_ins(&self) -> Vec<&'static str> {
        let Embedded { issuer, broker, registry, sms_gateway, smsc, mail, mail_cloud, .. } = self.embedded;
        let own_certificate = self.organization.certificate_file.is_some();
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
        let own = Organization { number: self.organization.number, name: self.organization.name.clone() };
        let others = self
            .organizations
            .iter()
            .map(|known| Organization { number: known.number, name: known.name.clone() });
        Directory::new(std::iter::once(own).chain(others).collect())
    }
}

/// What is wrong with a file, without the line that it quotes: a password may stand there.
fn without_source(text: &str) -> String {
    let is_quoted = |line: &&str| {
        line.trim_start_matches(|sign: char| sign == ' ' || sign.is_ascii_digit()).starts_with('|')
    };
    text.lines().filter(|line| !is_quoted(line)).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(settings: &[&str]) -> Result<Config> {
        let overrides = settings.iter().map(|text| Override::parse(text).expect("a setting")).collect();
        Config::load(None, overrides)
    }

    #[test]
    fn nothing_needs_to_be_configured() {
        let config = load(&[]).expect("the defaults");
        assert_eq!(config.listen.api.port(), 9093);
        assert!(config.embedded.issuer);
    }

    #[test]
    fn settings_from_the_command_line_win() {
        let config = load(&["listen.api=127.0.0.1:0", "log.format=json"]).expect("settings");
        assert_eq!(config.listen.api.port(), 0);
        assert_eq!(config.log.format, crate::telemetry::Format::Json);
    }

    #[test]
    fn the_example_file_says_what_the_defaults_are() {
        let example = include_str!("../../../../config/budstikke.example.toml");
        // One sign and no blank behind it marks a setting with its default.
        let is_setting = |line: &&str| !line.starts_with(['#', ' ']);
        let uncommented: Vec<&str> =
            example.lines().filter_map(|line| line.strip_prefix('#').filter(is_setting)).collect();
        let config: Config =
            Figment::new().merge(Toml::string(&uncommented.join("\n"))).extract().expect("a configuration");

        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn places_are_read_from_their_addresses() {
        let shared =
            load(&["store=postgres://u:geheim@a,b/db", "blobs=s3://bucket/prefix", "roles=[\"api\"]"]);
        let shared = shared.expect("settings");
        assert!(
            matches!(shared.store, StorePlace::Shared(_)) && matches!(shared.blobs, BlobPlace::Bucket(_))
        );
        assert!(!format!("{shared:?}").contains("geheim"));
        assert_eq!(shared.roles(), Roles { deliver: false, receive: false, sweep: false, ..Roles::all() });

        for (setting, wanted) in [
            ("store=mysql://a", "postgres://"),
            ("blobs=ftp://a", "s3://"),
            ("roles=[]", "roles"),
            ("postgres.writers=0", "at least 1"),
        ] {
            let refused = load(&[setting]).expect_err("a refusal").to_string();
            assert!(refused.contains(wanted), "{refused}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_of_without_the_passwords_in_it() {
        let file = std::env::temp_dir().join(format!("budstikke-{}.toml", std::process::id()));
        std::fs::write(&file, "[s3]\nsecret_key = \"geheim\nretries = 1\n").expect("a file");
        let refused = Config::load(Some(&file), Vec::new()).expect_err("a refusal").to_string();
        std::fs::remove_file(&file).expect("a removal");

        assert!(!refused.contains("geheim"), "{refused}");
        assert!(refused.contains("line 2") && refused.contains(&file.display().to_string()), "{refused}");
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = load(&["listen.apy=127.0.0.1:0"]).expect_err("a refusal").to_string();
        assert!(error.contains("apy") && error.contains("the command line"), "{error}");
    }

    #[test]
    fn services_that_are_nowhere_are_an_error() {
        let error = load(&["embedded.broker=false"]).expect_err("a refusal").to_string();
        assert!(error.contains("embedded.elsewhere"), "{error}");
        let error = load(&["embedded.issuer=false"]).expect_err("a refusal").to_string();
        assert!(error.contains("embedded.issuer"), "{error}");
    }
}
