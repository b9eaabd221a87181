//! Who may ask for tokens, and who is registered from the configuration.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use asic::{Certificate, TrustAnchors, UnixTime};
use auth::LocalIssuer;
use auth::local_issuer::{AllowedScopes, CertificateCheck, CertifiedClient, Client, ClientCredential};
use exchange::registry::embedded::{EmbeddedRegistry, Registration};
use types::OrgNumber;
use types::time::Clock;

use crate::config::Config;
use crate::embedded::OwnIdentity;

/// Lets in the listed organizations, and everybody with a certificate from whom we trust.
pub(super) fn let_in(
    issuer: &LocalIssuer,
    config: &Config,
    identity: &OwnIdentity,
    clock: &Clock,
) -> Result<()> {
    let mut acts_for = BTreeMap::new();
    for known in &config.organizations {
        acts_for.insert(known.number, known.acts_for.iter().copied().collect::<BTreeSet<_>>());
        let Some(file) = &known.certificate else { continue };
        let named = || format!("the certificate of {} ({})", known.number, file.display());
        let pem = std::fs::read_to_string(file).with_context(named)?;
        let certificate = Certificate::from_pem(&pem).with_context(named)?;
        for id in client_ids(known.number) {
            issuer.register(Client {
                id,
                org: known.number,
                credential: ClientCredential::Certificate(certificate.to_der().to_vec()),
                scopes: AllowedScopes::Any,
                acts_for: known.acts_for.iter().copied().collect(),
            });
        }
    }
    if let Some(roots) = &identity.trusted_pem {
        let roots = Certificate::all_from_pem(roots).context("organization.trusted_roots_file")?;
        // The reference shows its own certificate alone; those between it and a root stand in the file.
        let mut known = roots.clone();
        for der in identity.shown(clock).chain_der().iter().skip(1) {
            known.push(Certificate::from_der(der).context("our certificate's issuers")?);
        }
        let policies = config.embedded.client_policies.iter().map(String::as_str);
        let anchors = TrustAnchors::new(roots).with_intermediates(known).with_policies(policies);
        issuer.believe_certificates(Box::new(Believed { anchors, acts_for, clock: clock.clone() }));
    }
    Ok(())
}

/// Names that clients of an organization go by: its number, and the name that the reference makes of it.
pub(crate) fn client_ids(org: OrgNumber) -> [String; 2] {
    [org.to_string(), format!("MOVE_IP_{org}")]
}

/// Registers the listed organizations that have a certificate.
pub(super) async fn register(registry: &EmbeddedRegistry, config: &Config) -> Result<()> {
    for known in &config.organizations {
        let Some(file) = &known.certificate else { continue };
        let named = || format!("the certificate of {} ({})", known.number, file.display());
        let pem = std::fs::read_to_string(file).with_context(named)?;
        let registration = Registration::standard(known.number, &known.name, pem, "");
        registry.register(registration).await.with_context(named)?;
    }
    Ok(())
}

struct Believed {
    anchors: TrustAnchors,
    acts_for: BTreeMap<OrgNumber, BTreeSet<OrgNumber>>,
    clock: Clock,
}

impl CertificateCheck for Believed {
    fn owner(&self, chain: &[Vec<u8>]) -> Option<CertifiedClient> {
        let chain: Vec<Certificate> =
            chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>().ok()?;
        let (own, above) = chain.split_first()?;
        let now = UnixTime(u64::try_from(self.clock.now().as_second()).unwrap_or(0));
        if let Err(why) = self.anchors.verify(own, above, now) {
            tracing::info!("a certificate that asks for a token is not believed: {why}");
            return None;
        }
        let org: OrgNumber = own.organization_number().ok()?.parse().ok()?;
        let acts_for = self.acts_for.get(&org).cloned().unwrap_or_default();
        Some(CertifiedClient { org, acts_for })
    }
}
