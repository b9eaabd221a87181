//! How we reach the outside: tokens, gateways, registers, registry and broker, each the embedded one
//! or the configured one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use auth::issuer_keys::{KeyLocation, KeyPatience};
use auth::local_issuer::LocalTokens;
use auth::maskinporten::{ClientKey, MaskinportenClient};
use auth::{
    AltinnExchange, IssuerKeys, LocalIssuer, Maskinporten, SigningKey, TokenKind, TokenSource, TrustedIssuer,
    Verifier,
};
use exchange::registry::Registry;
use exchange::registry::hosted::{self, HostedRegistry, SignatureTrust};
use exchange::transports::dpo;
use gateways::email::verp::ReturnPaths;
use notify::recipients::ContactRegister;
use notify::recipients::registers::{Brreg, EmbeddedRegister, OrganizationsFrom, RegisterParts, Registers};
use notify::send_condition::Asker;
use types::random::Random;
use types::time::Clock;
use url::Url;
use web::client::CallLimits;
use web::{AllowedNetworks, GuardedClient};

use super::Addresses;
use crate::config::{Config, IssuerKind};
use crate::embedded::{OwnCredential, OwnIdentity, Services};

/// Everything that leads outside.
pub(super) struct Outward {
    /// Whose tokens callers may present.
    pub verifier: Verifier,
    /// Our own tokens towards senders' condition endpoints and the registry.
    tokens: Arc<dyn TokenSource>,
    /// Our own tokens towards the broker.
    pub broker_tokens: Arc<dyn TokenSource>,
    /// Who asks for them, where that is not the embedded issuer.
    pub client: Option<Arc<Maskinporten>>,
    pub dpo: dpo::Config,
    /// Where our mail is returned to.
    pub return_paths: Option<ReturnPaths>,
    /// For addresses that callers name.
    pub guarded: GuardedClient,
    config: Config,
    http: reqwest::Client,
    clock: Clock,
}

impl Outward {
    pub(super) fn new(
        config: &Config,
        addresses: &Addresses,
        services: &Services,
        identity: &OwnIdentity,
        clock: &Clock,
    ) -> Result<Self> {
        let http = web::plain_client()?;
        let own = || client_key(config, identity.shown(clock));
        let tokens = token_sources(config, services.issuer.as_ref(), own, &http, clock)?;
        Ok(Self {
            verifier: Verifier::new(
                trusted(config, services, &http, clock)?,
                Arc::new(config.directory()),
                clock.clone(),
            ),
            tokens: tokens.plain,
            broker_tokens: tokens.exchanged,
            client: tokens.client,
            dpo: dpo(config, addresses)?,
            return_paths: None,
            guarded: guarded(config, CallLimits::default())?,
            config: config.clone(),
            http,
            clock: clock.clone(),
        })
    }

    pub(super) fn conditions(&self) -> Asker {
        Asker::new(self.guarded.clone(), Arc::clone(&self.tokens))
    }

    /// For files that senders point at: as guarded, but more patient.
    pub(super) fn files(&self) -> Result<GuardedClient> {
        let patience = Duration::from_secs(self.config.notify.attachment_timeout_seconds.max(1));
        let limits = CallLimits { read: patience, total: patience, ..CallLimits::default() };
        guarded(&self.config, limits)
    }

    pub(super) fn contacts(&self, embedded: &EmbeddedRegister) -> Result<Arc<dyn ContactRegister>> {
        Ok(Registers::from_config(&self.config.registers, &self.register_parts(embedded))?)
    }

    /// The copy of the national feed of addresses, where one is asked.
    pub(super) fn address_feed(&self, embedded: &EmbeddedRegister) -> Option<Brreg> {
        let wanted = self.config.registers.organizations == OrganizationsFrom::Brreg;
        wanted.then(|| Registers::feed(&self.config.registers, &self.register_parts(embedded)))
    }

    fn register_parts(&self, embedded: &EmbeddedRegister) -> RegisterParts {
        RegisterParts {
            embedded: embedded.clone(),
            client: self.http.clone(),
            tokens: Arc::clone(&self.tokens),
            clock: self.clock.clone(),
        }
    }

    pub(super) fn registry(&self, services: &Services) -> Result<Arc<dyn Registry>> {
        if let Some(embedded) = &services.registry {
            return Ok(Arc::new(embedded.clone()));
        }
        let tokens = Arc::clone(&self.tokens);
        Ok(Arc::new(hosted_registry(&self.config, tokens, self.http.clone(), self.clock.clone())?))
    }
}

/// The registry elsewhere.
pub(super) fn hosted_registry(
    config: &Config,
    tokens: Arc<dyn TokenSource>,
    http: reqwest::Client,
    clock: Clock,
) -> Result<HostedRegistry> {
    let config = match &config.hosted_registry {
        Some(configured) => configured.clone(),
        None => {
            hosted::Config { url: elsewhere(config)?.join("adressetjeneste")?, ..hosted::Config::default() }
        }
    };
    let trust = if let Some(pem) = &config.signing_certificates {
        let pinned = asic::Certificate::all_from_pem(pem);
        SignatureTrust::Pinned(pinned.context("hosted_registry.signing_certificates")?)
    } else {
        let published = format!("{}/jwk", config.url.as_str().trim_end_matches('/'));
        SignatureTrust::Published(Url::parse(&published)?)
    };
    Ok(HostedRegistry::new(hosted::Parts { http, tokens: Some(tokens), trust, clock, config })?)
}

fn elsewhere(config: &Config) -> Result<&Url> {
    config.embedded.elsewhere.as_ref().context("embedded.elsewhere must say where the services are")
}

/// Whose tokens are believed: our own issuer's, that of elsewhere, or the configured ones'.
fn trusted(
    config: &Config,
    services: &Services,
    http: &reqwest::Client,
    clock: &Clock,
) -> Result<Vec<TrustedIssuer>> {
    if let Some(issuer) = &services.issuer {
        let kinds = [TokenKind::Altinn, TokenKind::Maskinporten, TokenKind::PlatformAccess];
        return Ok(kinds.map(|kind| issuer.trusted(kind)).to_vec());
    }
    trusted_elsewhere(config, http, clock)
}

/// Those whose keys are fetched.
pub(crate) fn trusted_elsewhere(
    config: &Config,
    http: &reqwest::Client,
    clock: &Clock,
) -> Result<Vec<TrustedIssuer>> {
    let fetched = |url: Url| {
        IssuerKeys::fetched(KeyLocation::Jwks(url), KeyPatience::default(), http.clone(), clock.clone())
    };
    if !config.trusted_issuers.is_empty() {
        let trust = |issuer: &crate::config::TrustedIssuerConfig| {
            let keys = fetched(issuer.jwks_url.clone());
            let trusted = match issuer.kind {
                IssuerKind::Altinn => TrustedIssuer::altinn(&issuer.issuer, keys),
                IssuerKind::Maskinporten => TrustedIssuer::maskinporten(&issuer.issuer, keys),
            };
            trusted.with_audiences(issuer.audiences.clone())
        };
        return Ok(config.trusted_issuers.iter().map(trust).collect());
    }
    let base = elsewhere(config)?;
    let keys = fetched(base.join("jwks")?);
    Ok(vec![
        TrustedIssuer::maskinporten(base.as_str(), keys.clone()),
        TrustedIssuer::altinn(format!("{base}authentication/api/v1/openid/"), keys),
    ])
}

/// Our own tokens: plain ones, those for the broker, and who asks for them, where somebody must be asked.
pub(super) struct Tokens {
    pub(super) plain: Arc<dyn TokenSource>,
    pub(super) exchanged: Arc<dyn TokenSource>,
    client: Option<Arc<Maskinporten>>,
}

/// `issuer` is the embedded one, where it is on; `key` proves us elsewhere.
pub(super) fn token_sources(
    config: &Config,
    issuer: Option<&LocalIssuer>,
    key: impl FnOnce() -> Result<ClientKey>,
    http: &reqwest::Client,
    clock: &Clock,
) -> Result<Tokens> {
    let own = config.organization.number;
    let (token_endpoint, audience, client_id, exchange) = match (&config.maskinporten, issuer) {
        (Some(real), _) => {
            let (endpoint, exchange) = (real.token_endpoint.clone(), real.altinn_exchange.clone());
            (endpoint, real.audience.clone(), real.client_id.clone(), exchange)
        }
        (None, Some(issuer)) => {
            let tokens = |kind| Arc::new(LocalTokens::new(issuer.clone(), own, kind)) as Arc<dyn TokenSource>;
            let (plain, exchanged) = (tokens(TokenKind::Maskinporten), tokens(TokenKind::Altinn));
            return Ok(Tokens { plain, exchanged, client: None });
        }
        // At an issuer elsewhere we prove ourselves with our certificate.
        (None, None) => {
            let base = elsewhere(config)?;
            let exchange = base.join("authentication/api/v1/exchange/maskinporten")?;
            (base.join("token")?, base.as_str().to_owned(), own.to_string(), Some(exchange))
        }
    };
    let client = MaskinportenClient { token_endpoint, audience, client_id, key: key()? };
    let client = Arc::new(Maskinporten::new(client, http.clone(), clock.clone(), Random::system()));
    let plain: Arc<dyn TokenSource> = Arc::<Maskinporten>::clone(&client);
    let exchanged: Arc<dyn TokenSource> = match exchange {
        Some(endpoint) => {
            Arc::new(AltinnExchange::new(Arc::clone(&plain), endpoint, http.clone(), clock.clone()))
        }
        None => Arc::clone(&plain),
    };
    Ok(Tokens { plain, exchanged, client: Some(client) })
}

/// What proves us where tokens come from: the registered key or certificate, or our own certificate.
pub(super) fn client_key(config: &Config, own: &OwnCredential) -> Result<ClientKey> {
    let registered = registered_key(config)?;
    Ok(registered.unwrap_or_else(|| ClientKey::Certificate { key: own.key.clone(), chain: own.chain_der() }))
}

/// The key of our client in `[maskinporten]`, where one is named.
pub(super) fn registered_key(config: &Config) -> Result<Option<ClientKey>> {
    let Some((real, file)) =
        config.maskinporten.as_ref().and_then(|real| Some((real, real.key_file.as_ref()?)))
    else {
        return Ok(None);
    };
    let pem =
        std::fs::read_to_string(file).with_context(|| format!("maskinporten.key_file {}", file.display()))?;
    let key = SigningKey::from_pem(&pem, real.key_id.clone()).context("maskinporten.key_file")?;
    Ok(Some(match &real.certificate_file {
        None => ClientKey::Registered(key),
        Some(file) => ClientKey::Certificate { key, chain: chain(file)? },
    }))
}

/// The certificates in a file, as they stand there.
fn chain(file: &Path) -> Result<Vec<Vec<u8>>> {
    let named = || format!("maskinporten.certificate_file {}", file.display());
    let pem = std::fs::read_to_string(file).with_context(named)?;
    let chain = asic::Certificate::all_from_pem(&pem).with_context(named)?;
    ensure!(!chain.is_empty(), "maskinporten.certificate_file holds no certificate");
    Ok(chain.iter().map(|certificate| certificate.to_der().to_vec()).collect())
}

/// The broker's address: ours, that of elsewhere, or the configured one.
pub(super) fn dpo(config: &Config, addresses: &Addresses) -> Result<dpo::Config> {
    let mut settings = config.dpo.clone();
    if settings.broker_url == dpo::Config::default().broker_url {
        if config.embedded.broker {
            settings.broker_url = Url::parse(&format!("http://{}/broker/api/v1", addresses.services))?;
        } else if let Some(base) = &config.embedded.elsewhere {
            settings.broker_url = base.join("broker/api/v1")?;
        }
    }
    if settings.message_channel.is_none() {
        let channel = config.exchange.message_channel.as_deref().map(str::parse).transpose();
        settings.message_channel = channel.context("exchange.message_channel")?;
    }
    if settings.system_users.is_empty() {
        settings.system_users = vec![dpo::SystemUserConfig { org: config.organization.number, name: None }];
    }
    Ok(settings)
}

/// Loopback may be called only while the embedded issuer serves development.
fn guarded(config: &Config, limits: CallLimits) -> Result<GuardedClient> {
    let development = config.embedded.issuer || config.embedded.elsewhere.is_some();
    let networks = config.allowed_networks.clone();
    let allowed = AllowedNetworks { loopback: networks.loopback || development, ..networks };
    Ok(GuardedClient::new(allowed, limits)?)
}
