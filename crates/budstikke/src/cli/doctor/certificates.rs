//! Our certificates and keys, those of the API's address, and the roots that we believe.

use asic::{Certificate, TrustAnchors, UnixTime};
use types::time::Clock;

use super::finding::{Advice, Finding};
use super::{Patient, Probe};
use crate::catalogue::Whose;
use crate::catalogue::entries::settings;
use crate::config::{Config, Surroundings};
use crate::embedded::{self, OwnCredential};

/// A certificate that runs out sooner is worth a word, in days.
const SOON: u64 = 30;

pub(super) fn probes(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let patient = patient.clone();
    let probe: Probe = Box::pin(async move {
        // Opening a key store takes a moment of computing.
        let looked = tokio::task::spawn_blocking(move || all(&patient.config)).await;
        looked.unwrap_or_default()
    });
    vec![("certificates", probe)]
}

fn all(config: &Config) -> Vec<Finding> {
    let now = UnixTime(u64::try_from(Clock::system().now().as_second()).unwrap_or(0));
    let mut findings = match embedded::configured(config) {
        Err(error) => vec![unusable("our certificate", &error)],
        Ok(credentials) if credentials.is_empty() => vec![test_certificate(config)],
        Ok(credentials) => credentials.iter().map(|own| ours(own, config, now)).collect(),
    };
    match embedded::roots(config) {
        Err(error) => findings.push(unusable("roots that we believe", &error)),
        Ok(None) => {}
        Ok(Some(pem)) => findings.push(roots(&pem, now)),
    }
    match embedded::server_credential(config) {
        Err(error) => findings.push(unusable("certificate of the API (listen.tls)", &error)),
        Ok(None) => {}
        Ok(Some(own)) => {
            findings.push(lasting(
                "certificate of the API (listen.tls)",
                own.identity.certificate(),
                now,
                "",
            ));
        }
    }
    findings
}

fn unusable(what: &str, error: &anyhow::Error) -> Finding {
    let entry = settings::CERTIFICATE;
    Finding::wrong(what, format!("{error:#}"), Advice::new(entry.cause, entry.remedy, entry.whose))
}

fn test_certificate(config: &Config) -> Finding {
    let (what, seen) = ("our certificate", "a test certificate, made at the first start");
    if config.environment == Surroundings::Production {
        let advice = Advice::new(
            "environment is production, and nobody outside believes a test certificate.",
            "Configure [organization.keystore]; docs/certificates.md says how.",
            Whose::Yours,
        );
        return Finding::wrong(what, seen, advice);
    }
    Finding::fine(what, seen)
}

/// Whether it is ours, holds, and leads to a root. That it fits its key was seen when it was opened.
fn ours(own: &OwnCredential, config: &Config, now: UnixTime) -> Finding {
    let certificate = own.identity.certificate();
    let what = format!("our certificate {}", certificate.serial_decimal());
    let (number, wanted) =
        (certificate.organization_number().unwrap_or_default(), config.organization.number.to_string());
    if number != wanted {
        let advice = Advice::new(
            "The certificate belongs to another organization.",
            "Name the right file, or mend organization.number.",
            Whose::Yours,
        );
        return Finding::wrong(
            what,
            format!("it belongs to {number}, organization.number is {wanted}"),
            advice,
        );
    }
    let chain: Vec<Certificate> = own.chain().skip(1).cloned().collect();
    if let Some(finding) = chained(&what, certificate, &chain, config, now) {
        return finding;
    }
    let above = if chain.is_empty() { "alone" } else { "with its issuers" };
    lasting(&what, certificate, now, &format!(", fits its key, {above}"))
}

/// Whether the chain leads to a root that is named, where one is; and whether it is a chain at all.
fn chained(
    what: &str,
    own: &Certificate,
    chain: &[Certificate],
    config: &Config,
    now: UnixTime,
) -> Option<Finding> {
    let mut below = own;
    for above in chain {
        if below.issuer() != above.subject() {
            let advice = Advice::new(
                "The certificates in the file are not a chain: each must be followed by its issuer.",
                "Put ours first, then its issuer, then the issuer's issuer.",
                Whose::Yours,
            );
            let seen = format!("{} is followed by {}", below.subject(), above.subject());
            return Some(Finding::warning(what, seen, advice));
        }
        below = above;
    }
    let roots = embedded::roots(config).ok().flatten()?;
    let anchors = TrustAnchors::new(Certificate::all_from_pem(&roots).ok()?);
    if !own.is_valid_at(now) {
        return None;
    }
    let refused = anchors.verify(own, chain, now).err()?;
    let advice = Advice::new(
        "Our own certificate does not lead to a root in organization.trusted_roots_file: others who believe the same roots refuse what we sign.",
        "Add the issuers between to our file, or the root to the file of roots.",
        Whose::Yours,
    );
    Some(Finding::warning(what, refused.to_string(), advice))
}

fn roots(pem: &str, now: UnixTime) -> Finding {
    let what = "roots that we believe";
    let roots = Certificate::all_from_pem(pem).unwrap_or_default();
    let over: Vec<String> =
        roots.iter().filter(|root| !root.is_valid_at(now)).map(Certificate::subject).collect();
    if over.is_empty() {
        return Finding::fine(what, format!("{} certificates", roots.len()));
    }
    let advice = Advice::new(
        "Whoever is certified below a root that does not hold is refused.",
        "Get the file of roots anew from its issuer.",
        Whose::Yours,
    );
    Finding::warning(what, format!("not valid now: {}", over.join("; ")), advice)
}

fn lasting(what: &str, certificate: &Certificate, now: UnixTime, more: &str) -> Finding {
    let remedy =
        "Order a successor and put it in place; docs/certificates.md shows how it is done without a restart.";
    if now.0 > certificate.not_after().0 {
        let days = (now.0 - certificate.not_after().0) / 86_400;
        let advice = Advice::new("It has run out: nothing that it signs is believed.", remedy, Whose::Yours);
        return Finding::wrong(
            what,
            format!("it ran out {days} days ago ({})", certificate.not_after()),
            advice,
        );
    }
    if now.0 < certificate.not_before().0 {
        let advice = Advice::new(
            "Its time has not come, or the clock of this machine is wrong.",
            "Look at the clock; until then keep the certificate from before in front.",
            Whose::Yours,
        );
        return Finding::warning(what, format!("it is valid from {}", certificate.not_before()), advice);
    }
    let left = (certificate.not_after().0 - now.0) / 86_400;
    if left < SOON {
        let advice = Advice::new("It runs out soon.", remedy, Whose::Yours);
        return Finding::warning(what, format!("it runs out in {left} days"), advice);
    }
    Finding::fine(what, format!("holds for {left} days{more}"))
}
