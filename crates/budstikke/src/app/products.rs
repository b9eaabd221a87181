//! The two products, built from the configuration.

use std::sync::Arc;

use anyhow::{Context, Result};
use asic::{Certificate, TrustAnchors};
use console::{Console, Simulated};
use exchange::Exchange;
use exchange::identities::Identities;
use exchange::transports::Transport;
use exchange::transports::dpo::{self, Dpo};
use gateways::sms::pswin_report::PushAccount;
use jobs::Wake;
use notify::Notify;
use notify::attachments::FileHost;
use notify::recipients::registers::EmbeddedRegister;
use store::Store;
use types::Secret;
use types::random::Random;

use super::{Addresses, outward, routes};
use crate::catalogue::entries::settings;
use crate::config::Config;
use crate::embedded::{OwnIdentity, Places, Services};

pub(super) fn notify(
    config: &Config,
    addresses: &Addresses,
    outward: &outward::Outward,
    store: &Store,
    wake: &Wake,
    register: &EmbeddedRegister,
    reports: &Secret,
) -> Result<Notify> {
    Notify::new(notify::Parts {
        store: store.clone(),
        clock: store.clock(),
        random: Random::system(),
        wake: wake.clone(),
        config: notify_settings(config, addresses, reports)?,
        verifier: outward.verifier.clone(),
        sms: routes::sms(&config.providers, addresses)?,
        email: routes::email(config, addresses, outward.return_paths.as_ref(), &store.clock())?,
        contacts: outward.contacts(register)?,
        conditions: outward.conditions(),
        files: outward.files()?,
        webhook_client: outward.guarded.clone(),
    })
    .context(settings::PARTS.says("the notification service"))
}

/// The section, and what the embedded services need beside it.
pub(super) fn notify_settings(
    config: &Config,
    addresses: &Addresses,
    reports: &Secret,
) -> Result<notify::Config> {
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
        let account = PushAccount { username: "sms-gateway".to_owned(), password: reports.clone() };
        settings.report_accounts.push(account.into());
    }
    if config.mails_to_itself() {
        // Magic addresses bounce each time; nobody is left alone because of that.
        settings.suppress_bounced_days.get_or_insert(0);
    }
    settings.email_reports_expected |= config.providers.expect_email_reports();
    Ok(settings)
}

/// The section, and the password that was made for it.
pub(super) fn exchange_settings(config: &Config, password: &Secret) -> exchange::Config {
    exchange::Config { user_password: Some(password.clone()), ..config.exchange.clone() }
}

pub(super) fn exchange(
    config: &Config,
    outward: &outward::Outward,
    places: &Places,
    wake: &Wake,
    services: &Services,
    identity: &OwnIdentity,
    password: &Secret,
) -> Result<Exchange> {
    let settings = exchange_settings(config, password);
    let transport = Dpo::new(dpo::Parts {
        http: web::plain_client()?,
        tokens: Arc::clone(&outward.broker_tokens),
        blobs: Arc::clone(&places.blobs),
        config: outward.dpo.clone(),
    })
    .context(settings::PARTS.says("the channel between public bodies"))?;
    let transports: Vec<Arc<dyn Transport>> = vec![Arc::new(transport)];
    Exchange::new(exchange::Parts {
        store: places.store.clone(),
        blobs: Arc::clone(&places.blobs),
        clock: places.store.clock(),
        random: Random::system(),
        wake: wake.clone(),
        config: settings,
        organization: config.organization.number,
        identities: Identities::new(identity.identities())?,
        trust: trusted(identity)?,
        verifier: Some(outward.verifier.clone()),
        registry: outward.registry(services)?,
        transports,
        client: outward.guarded.clone(),
    })
    .context(settings::PARTS.says("the message gateway"))
}

pub(super) fn console(
    config: &Config,
    addresses: &Addresses,
    store: &Store,
    notify: &Notify,
    exchange: &Exchange,
    register: &EmbeddedRegister,
    services: &Services,
) -> Result<Console> {
    let Services { issuer, sms_gateway, smsc, mail, mail_cloud, files, registry, .. } = services.clone();
    let console = Console::new(console::Parts {
        store: store.clone(),
        notify: notify.clone(),
        exchange: exchange.clone(),
        register: register.clone(),
        simulated: Simulated { sms_gateway, smsc, mail, mail_cloud, files, registry },
        organization: (config.organization.number, config.organization.name.clone()),
        issuer,
        here: addresses.here()?,
        is_trial: !config.stand_ins().is_empty(),
        speaks_tls: config.listen.tls.is_some(),
        config: config.console.clone(),
    });
    console.context("the console")
}

/// Whose signatures are good enough.
pub(super) fn trusted(identity: &OwnIdentity) -> Result<Option<TrustAnchors>> {
    let Some(pem) = &identity.trusted_pem else {
        tracing::warn!(
            "organization.trusted_roots_file is not set: everybody's signature on what comes in is taken"
        );
        return Ok(None);
    };
    Ok(Some(TrustAnchors::new(Certificate::all_from_pem(pem)?)))
}
