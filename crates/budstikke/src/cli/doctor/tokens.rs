//! Where our tokens come from, and whose tokens we believe.

use auth::TokenError;
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use super::finding::{Advice, Finding};
use super::network::{self, Goal};
use super::{Patient, Probe};
use crate::app::{token_source, try_token};
use crate::catalogue::Whose;
use crate::config::{Config, MaskinportenConfig};

pub(super) fn probes(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let mut probes: Vec<(&'static str, Probe)> = Vec::new();
    if let Some(real) = patient.config.maskinporten.clone() {
        let patient = patient.clone();
        probes.push(("token issuer", Box::pin(async move { maskinporten(&patient.config, &real).await })));
    }
    for issuer in &patient.config.trusted_issuers {
        let (name, url) = (issuer.issuer.clone(), issuer.jwks_url.clone());
        probes.push(("trusted issuer", Box::pin(async move { vec![keys(&name, &url).await] })));
    }
    if let Some(base) = patient.config.embedded.elsewhere.clone() {
        let patient = patient.clone();
        probes.push((
            "token issuer elsewhere",
            Box::pin(async move { vec![elsewhere(&patient.config, &base).await] }),
        ));
    }
    probes
}

/// A token as the registry wants it, and the way to where tokens are exchanged.
async fn maskinporten(config: &Config, real: &MaskinportenConfig) -> Vec<Finding> {
    let goal = Goal {
        what: format!("token issuer ({})", network::shown(&real.token_endpoint)),
        setting: "maskinporten.token_endpoint",
        whose: Whose::Digdir,
    };
    let mut findings = vec![match network::port_of(&goal, &real.token_endpoint).await {
        Err(finding) => finding,
        Ok(()) => match try_token(config).await {
            Ok(seen) => Finding::fine(&goal.what, seen),
            Err(error) => refused(&goal, &error),
        },
    }];
    if let Some(exchange) = &real.altinn_exchange {
        let goal = Goal {
            what: "exchange of tokens (maskinporten.altinn_exchange)".to_owned(),
            setting: "maskinporten.altinn_exchange",
            whose: Whose::Digdir,
        };
        findings.push(network::answers(&goal, exchange).await);
    }
    findings
}

async fn elsewhere(config: &Config, base: &Url) -> Finding {
    let goal = Goal {
        what: format!("token issuer (embedded.elsewhere {base})"),
        setting: "embedded.elsewhere",
        whose: Whose::Server,
    };
    if let Err(finding) = network::port_of(&goal, base).await {
        return finding;
    }
    let asked = async {
        let wanted = auth::TokenRequest::scope("altinn:serviceowner/notifications.create");
        token_source(config, None)?.token(&wanted).await?;
        anyhow::Ok(())
    };
    match asked.await {
        Ok(()) => Finding::fine(&goal.what, "we get a token"),
        Err(error) => refused(&goal, &error),
    }
}

/// Why there is no token, by what the issuer said.
pub(super) fn refused(goal: &Goal, error: &anyhow::Error) -> Finding {
    let advice = match error.chain().find_map(|cause| cause.downcast_ref::<TokenError>()) {
        Some(TokenError::Refused { status, .. }) if *status >= 500 || *status == 429 => Advice::new(
            "The issuer has trouble of its own, or asks for patience.",
            "Look at its page about incidents; what waits is sent when it answers again.",
            goal.whose,
        ),
        Some(TokenError::Refused { .. }) => Advice::new(
            "The issuer does not accept our client: its id, its key or certificate, a scope it has not been given, or our clock.",
            "Compare client_id, key_id and key with what is registered there (for Maskinporten: Digdir's self-service), and look at the clock.",
            Whose::Yours,
        ),
        Some(TokenError::Unreachable(_) | TokenError::Unreadable(_)) => {
            return network::behind(goal, &format!("{error:#}"));
        }
        Some(TokenError::Signing(_)) | None => Advice::new(
            "Our own key or certificate for the issuer cannot be used.",
            "Check maskinporten.key_file and certificate_file, or [organization.keystore].",
            Whose::Yours,
        ),
    };
    Finding::wrong(&goal.what, format!("{error:#}"), advice)
}

/// The keys of an issuer that we believe: without them nobody is let in.
async fn keys(name: &str, url: &Url) -> Finding {
    let goal = Goal {
        what: format!("trusted issuer {name}"),
        setting: "trusted_issuers.jwks_url",
        whose: Whose::Digdir,
    };
    let answer = match network::get(&goal, url).await {
        Ok(answer) => answer,
        Err(finding) => return finding,
    };
    let status = answer.status();
    if status.is_server_error() {
        return network::failing(&goal, status);
    }
    let keys = answer.json::<Value>().await.unwrap_or_default();
    let count = keys["keys"].as_array().map_or(0, Vec::len);
    if status == StatusCode::OK && count > 0 {
        return Finding::fine(&goal.what, format!("{count} keys at {}", network::shown(url)));
    }
    let advice = Advice::new(
        "There are no keys where trusted_issuers says: callers' tokens cannot be checked, and nobody is let in.",
        "Mend jwks_url; the issuer's metadata (`/.well-known/…`) names it.",
        Whose::Yours,
    );
    Finding::wrong(
        &goal.what,
        format!("{} answers {} without keys", network::shown(url), status.as_u16()),
        advice,
    )
}
