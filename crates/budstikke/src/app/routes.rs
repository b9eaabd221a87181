//! The routes that messages take: the configured ones, or the embedded stand-in where there is none.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use gateways::email::verp::ReturnPaths;
use gateways::email::{Acs, AcsConfig, Smtp, SmtpConfig, Tls};
use gateways::sms::{PsWin, PsWinConfig, Smpp, SmppConfig};
use gateways::{EmailProvider, SmsProvider};
use notify::routes::{Route, Terms};
use types::Secret;
use types::random::Random;
use types::time::Clock;
use url::Url;

use super::Addresses;
use crate::catalogue::entries::settings;
use crate::config::{Config, EmailGateway, Providers, RouteConfig, SmsGateway};

/// The name of what is embedded, as a route.
const EMBEDDED: &str = "embedded";

/// Everything that carries SMS.
pub(crate) fn sms(providers: &Providers, addresses: &Addresses) -> Result<Vec<Route<dyn SmsProvider>>> {
    if providers.sms.is_empty() {
        if let Some(smsc) = addresses.smsc {
            return Ok(vec![embedded_smsc(smsc)?]);
        }
        let settings = PsWinConfig {
            endpoint: Url::parse(&format!("http://{}/sms-gateway", addresses.services))?,
            username: "demo".to_owned(),
            password: Secret::new("demo".to_owned()),
            ..PsWinConfig::default()
        };
        return Ok(vec![Route::new(EMBEDDED, Arc::new(PsWin::from_config(settings)?))]);
    }
    let route = |RouteConfig { name, terms, gateway }: &RouteConfig<SmsGateway>| {
        let provider: Arc<dyn SmsProvider> = match gateway {
            SmsGateway::PsWin(settings) => {
                let pswin = PsWin::from_config((**settings).clone());
                Arc::new(
                    pswin
                        .with_context(|| settings::PARTS.says(format!("providers.sms {name}")))?
                        .for_route(name.as_str()),
                )
            }
            SmsGateway::Smpp(settings) => {
                let smpp = Smpp::new(name.as_str(), (**settings).clone(), Random::system());
                Arc::new(smpp.with_context(|| settings::PARTS.says(format!("providers.sms {name}")))?)
            }
        };
        Ok(Route { name: name.clone(), terms: terms.clone(), provider })
    };
    providers.sms.iter().map(route).collect()
}

/// The way to the message centre that is embedded here.
fn embedded_smsc(address: SocketAddr) -> Result<Route<dyn SmsProvider>> {
    let settings = SmppConfig {
        host: address.ip().to_string(),
        port: address.port(),
        system_id: "demo".to_owned(),
        password: Secret::new("demo".to_owned()),
        ..SmppConfig::default()
    };
    Ok(Route::new(EMBEDDED, Arc::new(Smpp::new(EMBEDDED, settings, Random::system())?)))
}

/// Everything that carries e-mail.
pub(crate) fn email(
    config: &Config,
    addresses: &Addresses,
    return_paths: Option<&ReturnPaths>,
    clock: &Clock,
) -> Result<Vec<Route<dyn EmailProvider>>> {
    let providers = &config.providers;
    if providers.email.is_empty() {
        let mail = addresses.mail.context("there is no mail server")?;
        let settings = SmtpConfig {
            host: mail.ip().to_string(),
            port: mail.port(),
            tls: Tls::None,
            from: "varsel@budstikke.example".to_owned(),
            ..SmtpConfig::default()
        };
        let provider = Arc::new(Smtp::new(&settings, clock.clone())?.returning_to(return_paths));
        return Ok(vec![Route { name: EMBEDDED.to_owned(), terms: Terms::default(), provider }]);
    }
    let route = |RouteConfig { name, terms, gateway }: &RouteConfig<EmailGateway>| {
        let provider: Arc<dyn EmailProvider> = match gateway {
            EmailGateway::Smtp(settings) => Arc::new(
                Smtp::new(settings, clock.clone())
                    .with_context(|| settings::PARTS.says(format!("providers.email {name}")))?
                    .returning_to(return_paths),
            ),
            EmailGateway::Acs(settings) => Arc::new(
                Acs::new(acs(settings, config, addresses)?, clock.clone())
                    .with_context(|| settings::PARTS.says(format!("providers.email {name}")))?,
            ),
        };
        Ok(Route { name: name.clone(), terms: terms.clone(), provider })
    };
    providers.email.iter().map(route).collect()
}

/// The account of a cloud mail service: the simulator's, where it is on and no other is named.
fn acs(settings: &AcsConfig, config: &Config, addresses: &Addresses) -> Result<AcsConfig> {
    let names_none =
        settings.endpoint.is_none() && settings.access_key.is_none() && settings.connection_string.is_none();
    if !names_none || !config.embedded.mail_cloud {
        return Ok(settings.clone());
    }
    Ok(AcsConfig {
        endpoint: Some(Url::parse(&format!("http://{}/mail-cloud", addresses.services))?),
        access_key: Some(Secret::new(simulators::mail_cloud::ACCESS_KEY.to_owned())),
        ..settings.clone()
    })
}
