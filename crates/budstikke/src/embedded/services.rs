//! Starts the embedded services that are switched on, and lets those in who are known.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use asic::Certificate;
use auth::authority::Credential;
use auth::local_issuer::{AllowedScopes, Client, ClientCredential};
use auth::{LocalIssuer, TokenKind, Verifier};
use axum::Router;
use exchange::broker::{self, Broker};
use exchange::registry::embedded::{self as registry, EmbeddedRegistry, Registration};
use simulators::FileStore;
use simulators::mail_cloud::{self, MailCloud, Schema};
use simulators::sms_gateway::{self, ReportTarget, SmsGateway};
use simulators::smsc::{self, Smsc};
use simulators::smtp_sink::{self, SmtpSink};
use store::Store;
use store::blobs::Blobs;
use types::random::Random;
use types::time::Clock;
use types::{OrgNumber, Secret};
use url::Url;

use super::{OwnCredential, OwnIdentity, issuer, issuer_router};
use crate::alone::client_ids;
use crate::app::Addresses;
use crate::config::Config;

/// Calls that the file store remembers.
const FETCHES: usize = 1000;

/// Where services keep what they keep.
pub(crate) struct Places {
    pub store: Store,
    pub blobs: Arc<dyn Blobs>,
}

/// The embedded services that are switched on.
#[derive(Clone)]
pub(crate) struct Services {
    pub issuer: Option<LocalIssuer>,
    pub broker: Option<Broker>,
    pub registry: Option<EmbeddedRegistry>,
    pub sms_gateway: Option<SmsGateway>,
    pub smsc: Option<Smsc>,
    pub mail: Option<SmtpSink>,
    pub mail_cloud: Option<MailCloud>,
    pub files: Option<FileStore>,
}

impl Services {
    /// Builds them. They answer through [`Services::router`].
    pub(crate) async fn new(
        config: &Config,
        addresses: &Addresses,
        places: &Places,
        identity: &OwnIdentity,
        reports: &Secret,
    ) -> Result<Self> {
        let clock = places.store.clock();
        let issuer = config.embedded.issuer.then(|| issuer(config, addresses.services)).transpose()?;
        let mut services = Self {
            broker: None,
            registry: None,
            sms_gateway: sms_gateway(config, addresses, reports, &clock)?,
            mail_cloud: mail_cloud(config, addresses, reports, &clock)?,
            files: config.has_file_store().then(|| FileStore::new(clock.clone(), FETCHES)),
            smsc: config.embedded.smsc.then(|| smsc(config, &clock)),
            mail: config.embedded.mail.then(|| SmtpSink::new(smtp_sink::Settings::default(), clock.clone())),
            issuer,
        };
        if let Some(issuer) = services.issuer.clone() {
            let kinds = [TokenKind::Altinn, TokenKind::Maskinporten].map(|kind| issuer.trusted(kind));
            let verifier = Verifier::new(kinds.to_vec(), Arc::new(config.directory()), clock.clone());
            if config.embedded.broker {
                services.broker = Some(broker(config, places, &verifier, &clock));
            }
            if config.embedded.registry {
                services.registry =
                    Some(registry(config, places, &verifier, identity.shown(&clock), &clock)?);
            }
        }
        services.let_in_ourselves(config, addresses, identity.shown(&clock)).await?;
        services.let_in_known(config, addresses).await?;
        Ok(services)
    }

    /// Everything that is reached on `listen.services`.
    pub(crate) fn router(&self) -> Router {
        let mut router = Router::new();
        if let Some(issuer) = &self.issuer {
            router = router.merge(issuer_router(issuer.clone()));
        }
        if let Some(broker) = &self.broker {
            router = router.merge(broker.router());
        }
        if let Some(registry) = &self.registry {
            router = router.merge(registry.router());
        }
        if let Some(gateway) = &self.sms_gateway {
            router = router.nest("/sms-gateway", gateway.router());
        }
        if let Some(smsc) = &self.smsc {
            router = router.nest("/smsc", smsc.router());
        }
        if let Some(mail) = &self.mail {
            router = router.nest("/mail", mail.router());
        }
        if let Some(cloud) = &self.mail_cloud {
            router = router.nest("/mail-cloud", cloud.router());
        }
        if let Some(files) = &self.files {
            router = router.nest("/files", files.router());
        }
        router
    }

    /// Lists ourselves with a certificate in registry and issuer, instead of the one that was there.
    pub(crate) async fn let_in_ourselves(
        &self,
        config: &Config,
        addresses: &Addresses,
        own: &OwnCredential,
    ) -> Result<()> {
        let org = &config.organization;
        self.let_in(org.number, &org.name, &own.chain_pem(), config, addresses).await
    }

    /// Lists every known organization with a certificate in registry and issuer.
    async fn let_in_known(&self, config: &Config, addresses: &Addresses) -> Result<()> {
        let mut known = Vec::new();
        for other in &config.organizations {
            if let Some(file) = &other.certificate {
                let chain = std::fs::read_to_string(file)
                    .with_context(|| format!("the certificate of {} ({})", other.number, file.display()))?;
                known.push((other.number, other.name.clone(), chain));
            }
        }
        for (number, name, chain) in known {
            self.let_in(number, &name, &chain, config, addresses).await?;
        }
        Ok(())
    }

    async fn let_in(
        &self,
        org: OrgNumber,
        name: &str,
        chain: &str,
        config: &Config,
        addresses: &Addresses,
    ) -> Result<()> {
        if let Some(issuer) = &self.issuer {
            let certificate =
                Certificate::from_pem(chain).with_context(|| format!("the certificate of {org}"))?;
            let of_org = config.organizations.iter().find(|known| known.number == org);
            let acts_for = of_org.map(|known| known.acts_for.as_slice()).unwrap_or_default();
            for id in client_ids(org) {
                issuer.register(Client {
                    id,
                    org,
                    credential: ClientCredential::Certificate(certificate.to_der().to_vec()),
                    scopes: AllowedScopes::Any,
                    acts_for: acts_for.iter().copied().chain([org]).collect::<BTreeSet<_>>(),
                });
            }
        }
        if let Some(registry) = &self.registry {
            let broker = format!("{}broker/api/v1", config.services_url(addresses.services)?);
            let registration = Registration::standard(org, name, chain, broker);
            registry.register(registration).await.with_context(|| format!("{org} cannot be registered"))?;
        }
        Ok(())
    }
}

fn broker(config: &Config, places: &Places, verifier: &Verifier, clock: &Clock) -> Broker {
    Broker::new(broker::Parts {
        store: places.store.clone(),
        blobs: Arc::clone(&places.blobs),
        verifier: verifier.clone(),
        clock: clock.clone(),
        random: Random::system(),
        config: config.broker.clone(),
    })
}

fn registry(
    config: &Config,
    places: &Places,
    verifier: &Verifier,
    own: &OwnCredential,
    clock: &Clock,
) -> Result<EmbeddedRegistry> {
    EmbeddedRegistry::new(registry::Parts {
        store: places.store.clone(),
        verifier: verifier.clone(),
        // our own, so that its key outlives a restart
        signing: Credential { key: own.key.clone(), chain: own.chain_der() },
        clock: clock.clone(),
        config: config.registry.clone(),
    })
    .context("the embedded registry")
}

fn smsc(config: &Config, clock: &Clock) -> Smsc {
    let settings = smsc::Settings {
        receipt_after: Duration::from_millis(config.embedded.sms_report_after_ms),
        answer_after: Duration::from_millis(config.embedded.sms_answer_after_ms),
        ..smsc::Settings::default()
    };
    Smsc::new(settings, clock.clone())
}

fn sms_gateway(
    config: &Config,
    addresses: &Addresses,
    reports: &Secret,
    clock: &Clock,
) -> Result<Option<SmsGateway>> {
    if !config.embedded.sms_gateway {
        return Ok(None);
    }
    let url = Url::parse(&format!("http://{}/notifications/sms/api/v1/reports", addresses.api))
        .context("the address of our API")?;
    let settings = sms_gateway::Settings {
        reports_to: Some(ReportTarget { url, user: "sms-gateway".to_owned(), password: reports.clone() }),
        report_after: Duration::from_millis(config.embedded.sms_report_after_ms),
        answer_after: Duration::from_millis(config.embedded.sms_answer_after_ms),
        ..sms_gateway::Settings::default()
    };
    let gateway = SmsGateway::new(settings, clock.clone(), Random::system());
    gateway.map(Some).context("the SMS gateway simulator")
}

fn mail_cloud(
    config: &Config,
    addresses: &Addresses,
    reports: &Secret,
    clock: &Clock,
) -> Result<Option<MailCloud>> {
    if !config.embedded.mail_cloud {
        return Ok(None);
    }
    let path = "notifications/email/api/v1/reports/event-grid";
    let mut url =
        Url::parse(&format!("http://{}/{path}", addresses.api)).context("the address of our API")?;
    url.query_pairs_mut().append_pair("code", reports.reveal());
    let target = mail_cloud::ReportTarget { url, header: None, schema: Schema::EventGrid };
    let settings = mail_cloud::Settings { reports_to: Some(target), ..mail_cloud::Settings::default() };
    let cloud = MailCloud::new(settings, clock.clone(), Random::system());
    cloud.map(Some).context("the cloud mail simulator")
}
