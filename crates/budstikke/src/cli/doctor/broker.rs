//! The broker, and the registry that knows the way to receivers, where they are elsewhere.

use exchange::registry::LookUpError;
use url::Url;

use super::finding::{Advice, Finding};
use super::network::{self, Goal};
use super::{Patient, Probe, tokens};
use crate::app::{ask_registry, broker_health};
use crate::catalogue::Whose;
use crate::config::Config;

pub(super) fn probes(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let mut probes: Vec<(&'static str, Probe)> = Vec::new();
    if !patient.config.embedded.broker {
        let patient = patient.clone();
        probes.push(("broker", Box::pin(async move { vec![broker(&patient.config).await] })));
    }
    if !patient.config.embedded.registry {
        let patient = patient.clone();
        probes.push(("registry", Box::pin(async move { vec![registry(&patient.config).await] })));
    }
    probes
}

/// Who runs what is elsewhere: another budstikke, or Digdir.
const fn whose(config: &Config) -> Whose {
    if config.embedded.elsewhere.is_some() { Whose::Server } else { Whose::Digdir }
}

async fn broker(config: &Config) -> Finding {
    let is_default = config.dpo.broker_url == exchange::transports::dpo::Config::default().broker_url;
    let named: (Url, &'static str) = match &config.embedded.elsewhere {
        Some(base) if is_default => (base.clone(), "embedded.elsewhere"),
        _ => (config.dpo.broker_url.clone(), "dpo.broker_url"),
    };
    let what = format!("broker ({} {})", named.1, network::shown(&named.0));
    let goal = Goal { what, setting: named.1, whose: whose(config) };
    if let Err(finding) = network::port_of(&goal, &named.0).await {
        return finding;
    }
    match broker_health(config).await {
        Ok(health) if health.up => Finding::fine(&goal.what, health.detail),
        Ok(health) => network::behind(&goal, &health.detail),
        Err(error) => tokens::refused(&goal, &error),
    }
}

async fn registry(config: &Config) -> Finding {
    let named = config.hosted_registry.as_ref().map(|hosted| (hosted.url.clone(), "hosted_registry.url"));
    let elsewhere = config.embedded.elsewhere.clone().map(|base| (base, "embedded.elsewhere"));
    let Some((url, setting)) = named.or(elsewhere) else {
        let advice = Advice::new(
            "The embedded registry is off, and no other is named.",
            "Set hosted_registry.url, or embedded.elsewhere.",
            Whose::Yours,
        );
        return Finding::wrong("registry", "nowhere", advice);
    };
    let what = format!("registry ({setting} {})", network::shown(&url));
    let goal = Goal { what, setting, whose: whose(config) };
    if let Err(finding) = network::port_of(&goal, &url).await {
        return finding;
    }
    match ask_registry(config).await {
        Ok(Ok(_)) => Finding::fine(&goal.what, "it knows us, and its signature is believed"),
        Ok(Err(why)) => judged(&goal, &why),
        Err(error) => tokens::refused(&goal, &error),
    }
}

fn judged(goal: &Goal, why: &LookUpError) -> Finding {
    let seen = why.to_string();
    match why {
        LookUpError::NotFound(_) => {
            let advice = Advice::new(
                "The registry does not know our organization: nobody can send to us.",
                "Ask for registration (for the national one: Digdir), and check organization.number.",
                goal.whose,
            );
            Finding::warning(&goal.what, seen, advice)
        }
        LookUpError::Untrusted(_) => {
            let advice = Advice::new(
                "Its answers are signed by somebody we do not believe, or something in between changes them.",
                "Compare hosted_registry.signing_certificates with what the registry publishes.",
                Whose::Yours,
            );
            Finding::wrong(&goal.what, seen, advice)
        }
        LookUpError::Refused { .. } | LookUpError::Unavailable(_) => network::behind(goal, &seen),
    }
}
