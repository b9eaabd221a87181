//! SMS gateways, mail relays and mail services, each as far as one comes without sending.

use std::sync::Arc;

use gateways::{EmailProvider, SmsProvider};
use notify::routes::Route;
use types::time::Clock;
use url::Url;

use super::finding::{Advice, Finding};
use super::network::{self, Goal};
use super::{Patient, Probe};
use crate::app::{Addresses, email_routes, sms_routes};
use crate::catalogue::{Whose, entry_of};
use crate::config::{EmailGateway, SmsGateway};

pub(super) fn probes(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let mut probes: Vec<(&'static str, Probe)> = Vec::new();
    // What is embedded lives in the server and is asked there.
    if !patient.config.providers.sms.is_empty() {
        probes.extend(sms(patient));
    }
    if !patient.config.providers.email.is_empty() {
        probes.extend(email(patient));
    }
    probes
}

fn sms(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let config = &patient.config;
    let routes = match sms_routes(&config.providers, &Addresses::configured(config)) {
        Ok(routes) => routes,
        Err(error) => return unusable("SMS gateways (providers.sms)", &error),
    };
    let routes = routes.into_iter().zip(&config.providers.sms);
    let probe = |(route, known): (Route<dyn SmsProvider>, &crate::config::RouteConfig<SmsGateway>)| {
        let goal = goal(&format!("SMS gateway {}", route.name), "providers.sms");
        let gateway = known.gateway.clone();
        let probe: Probe = Box::pin(async move { one_sms(&goal, &gateway, route.provider).await });
        ("SMS gateway", probe)
    };
    routes.map(probe).collect()
}

fn goal(what: &str, setting: &'static str) -> Goal {
    Goal { what: what.to_owned(), setting, whose: Whose::Gateway }
}

fn unusable(what: &'static str, error: &anyhow::Error) -> Vec<(&'static str, Probe)> {
    let entry = entry_of(error);
    let finding =
        Finding::wrong(what, format!("{error:#}"), Advice::new(entry.cause, entry.remedy, entry.whose));
    vec![(what, Box::pin(async move { vec![finding] }))]
}

async fn one_sms(goal: &Goal, gateway: &SmsGateway, provider: Arc<dyn SmsProvider>) -> Vec<Finding> {
    match gateway {
        SmsGateway::PsWin(settings) => {
            let mut findings = vec![network::answers(goal, &settings.endpoint).await];
            if let Some(reserve) = &settings.failover_endpoint {
                let goal = Goal { what: format!("{}, failover", goal.what), ..goal.clone() };
                findings.push(network::answers(&goal, reserve).await);
            }
            findings
        }
        SmsGateway::Smpp(settings) => {
            if let Err(finding) = network::port(goal, &settings.host, settings.port).await {
                return vec![finding];
            }
            let bound = provider.probe().await;
            let seen = format!("{} is bound at {}:{}", settings.system_id, settings.host, settings.port);
            vec![
                bound
                    .map_or_else(|words| network::behind(goal, &words), |()| Finding::fine(&goal.what, seen)),
            ]
        }
    }
}

fn email(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let config = &patient.config;
    let routes = match email_routes(config, &Addresses::configured(config), None, &Clock::system()) {
        Ok(routes) => routes,
        Err(error) => return unusable("mail relays (providers.email)", &error),
    };
    let routes = routes.into_iter().zip(&config.providers.email);
    let probe = |(route, known): (Route<dyn EmailProvider>, &crate::config::RouteConfig<EmailGateway>)| {
        let goal = goal(&format!("mail relay {}", route.name), "providers.email");
        let gateway = known.gateway.clone();
        let probe: Probe = Box::pin(async move { vec![one_email(&goal, &gateway, route.provider).await] });
        ("mail relay", probe)
    };
    routes.map(probe).collect()
}

async fn one_email(goal: &Goal, gateway: &EmailGateway, provider: Arc<dyn EmailProvider>) -> Finding {
    let (reached, seen) = match gateway {
        EmailGateway::Smtp(settings) => {
            let reached = network::port(goal, &settings.host, settings.port).await;
            let who = settings.username.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
            (reached, format!("{}:{} lets us in{who}", settings.host, settings.port))
        }
        EmailGateway::Acs(settings) => {
            let text = settings.connection_string.as_ref().map(|text| text.reveal().clone());
            let named = text.as_deref().and_then(endpoint_of);
            let endpoint = settings.endpoint.clone().or(named);
            let reached = match &endpoint {
                Some(url) => network::port_of(goal, url).await,
                None => Ok(()),
            };
            (reached, "the service answers, and believes our key".to_owned())
        }
    };
    match reached {
        Err(finding) => finding,
        Ok(()) => match provider.probe().await {
            Ok(()) => Finding::fine(&goal.what, seen),
            Err(words) => network::behind(goal, &words),
        },
    }
}

/// The address in a connection string.
fn endpoint_of(text: &str) -> Option<Url> {
    let mut parts = text.split(';').filter_map(|part| part.split_once('='));
    let (_, url) = parts.find(|(name, _)| name.trim().eq_ignore_ascii_case("endpoint"))?;
    url.trim().parse().ok()
}
