//! Whom to believe: chains up to configured roots (RFC 5280 section 6, as far as business
//! certificates use it), and accepted policies. [`RevocationList`](crate::RevocationList)s come on top.

use const_oid::ObjectIdentifier;

use crate::certificate::Certificate;
use crate::error::TrustError;
use crate::sign::Signature;
use crate::time::UnixTime;

const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const CERTIFICATE_POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");
/// Issuers between a certificate and its root, at most.
const MAX_DEPTH: usize = 6;
/// Issuers that are tried for one certificate, at most. Whoever presents many with the same name would
/// otherwise have us try every order of them.
const MAX_CHECKS: usize = 64;

/// The policies under which business certificates are issued in Norway. A trailing `*` stands for
/// everything below.
pub const PRODUCTION_POLICIES: [&str; 7] = [
    "2.16.578.1.26.1.3.2",
    "2.16.578.1.26.1.3.5",
    "2.16.578.1.29.13.1",
    "2.16.578.1.29.13.1.1.0",
    "2.16.578.1.29.13.200.*",
    "2.16.578.1.29.13.210.*",
    "2.16.578.1.29.13.220.*",
];

/// The policies that test certificates have besides.
pub const TEST_POLICIES: [&str; 6] = [
    "2.16.578.1.26.1.0.3.2",
    "2.16.578.1.29.913.1.1.0",
    "2.16.578.1.29.913.200.*",
    "2.16.578.1.29.913.210.*",
    "2.16.578.1.29.913.220.*",
    "2.16.578.1.1.1.1.100",
];

/// Roots that are believed, intermediates that are known, and what a certificate must be.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    roots: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    /// Patterns, one of which must fit; none to accept every policy.
    policies: Vec<String>,
}

impl TrustAnchors {
    /// Believes these roots, whatever the policy.
    pub fn new(roots: Vec<Certificate>) -> Self {
        Self { roots, ..Self::default() }
    }

    /// Knows these intermediates besides those that come with a signature.
    #[must_use]
    pub fn with_intermediates(mut self, intermediates: Vec<Certificate>) -> Self {
        self.intermediates = intermediates;
        self
    }

    /// Accepts only certificates with one of these policies; a trailing `*` stands for everything
    /// below.
    #[must_use]
    pub fn with_policies<'a>(mut self, policies: impl IntoIterator<Item = &'a str>) -> Self {
        self.policies = policies.into_iter().map(str::to_owned).collect();
        self
    }

    /// Checks a business certificate at a moment: validity, not self-signed, no critical
    /// extension but key usage and basic constraints, critical key usage that allows signing, an
    /// unbroken chain to a root, and an accepted policy. Gives the issuers, nearest first.
    pub fn verify(
        &self,
        certificate: &Certificate,
        presented: &[Certificate],
        at: UnixTime,
    ) -> Result<Vec<Certificate>, TrustError> {
        check_validity(certificate, at)?;
        if certificate.issuer_der() == certificate.subject_der() {
            return Err(TrustError::SelfSigned);
        }
        check_extensions(certificate)?;
        let mut left = MAX_CHECKS;
        let path = self.path(certificate, presented, at, 0, &mut left)?;
        if !self.accepts_policy(certificate) {
            return Err(TrustError::Policy);
        }
        Ok(path)
    }

    /// Checks whoever signed, as [`TrustAnchors::verify`] does, at the time of signing; or at
    /// `received_at` when the signature does not say or claims a time after that. Gives the issuers,
    /// nearest first.
    pub fn issuers_of(
        &self,
        signature: &Signature,
        received_at: UnixTime,
    ) -> Result<Vec<Certificate>, TrustError> {
        let claimed = signature.signed_at.filter(|signed_at| *signed_at <= received_at);
        self.verify(&signature.signer, &signature.certificates, claimed.unwrap_or(received_at))
    }

    /// The issuers of `certificate` up to a root. `below` counts the issuers under it, `left` those that
    /// may still be tried.
    fn path(
        &self,
        certificate: &Certificate,
        presented: &[Certificate],
        at: UnixTime,
        below: usize,
        left: &mut usize,
    ) -> Result<Vec<Certificate>, TrustError> {
        let no_path = || TrustError::NoPath { issuer: certificate.issuer() };
        if below > MAX_DEPTH {
            return Err(no_path());
        }
        let mut failure = None;
        let known = self.intermediates.iter().chain(presented);
        let candidates = self.roots.iter().map(|root| (root, true));
        for (issuer, is_root) in candidates.chain(known.map(|it| (it, false))) {
            if issuer.subject_der() != certificate.issuer_der() || issuer == certificate {
                continue;
            }
            *left = left.checked_sub(1).ok_or_else(no_path)?;
            let rest = check_issuer(certificate, issuer, at, below).and_then(|()| {
                if is_root { Ok(Vec::new()) } else { self.path(issuer, presented, at, below + 1, left) }
            });
            match rest {
                Ok(mut rest) => {
                    rest.insert(0, issuer.clone());
                    return Ok(rest);
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        Err(failure.unwrap_or_else(no_path))
    }

    fn accepts_policy(&self, certificate: &Certificate) -> bool {
        let fits = |policy: &ObjectIdentifier| {
            let policy = policy.to_string();
            self.policies.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(prefix) => policy.starts_with(prefix),
                None => policy == *pattern,
            })
        };
        self.policies.is_empty() || certificate.policies().iter().any(fits)
    }
}

fn check_validity(certificate: &Certificate, at: UnixTime) -> Result<(), TrustError> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if at < not_before {
        return Err(TrustError::NotYetValid { subject: certificate.subject(), not_before });
    }
    if at > not_after {
        return Err(TrustError::Expired { subject: certificate.subject(), not_after });
    }
    Ok(())
}

/// What a business certificate must and must not say about itself.
fn check_extensions(certificate: &Certificate) -> Result<(), TrustError> {
    let understood = [KEY_USAGE, BASIC_CONSTRAINTS];
    if let Some(unknown) = certificate.critical_extensions().find(|it| !understood.contains(it)) {
        return Err(TrustError::CriticalExtension(unknown.to_string()));
    }
    let Some((true, usage)) = certificate.key_usage() else {
        return Err(TrustError::NoKeyUsage);
    };
    if !usage.digital_signature() && !usage.non_repudiation() {
        return Err(TrustError::NotForSigning);
    }
    Ok(())
}

/// Whether `issuer` may have issued `certificate`, and did.
fn check_issuer(
    certificate: &Certificate,
    issuer: &Certificate,
    at: UnixTime,
    below: usize,
) -> Result<(), TrustError> {
    check_validity(issuer, at)?;
    let name = || issuer.subject();
    let may_sign = issuer.key_usage().is_none_or(|(_, usage)| usage.key_cert_sign());
    if !issuer.is_ca() || !may_sign {
        return Err(TrustError::NotAnIssuer { issuer: name() });
    }
    let understood = [KEY_USAGE, BASIC_CONSTRAINTS, CERTIFICATE_POLICIES];
    if let Some(unknown) = issuer.critical_extensions().find(|it| !understood.contains(it)) {
        return Err(TrustError::CriticalExtension(unknown.to_string()));
    }
    let longest = issuer.basic_constraints().and_then(|it| it.path_len_constraint);
    if longest.is_some_and(|longest| below > usize::from(longest)) {
        return Err(TrustError::ChainTooLong { issuer: name() });
    }
    if !certificate.is_signed_by(issuer) {
        return Err(TrustError::BadSignature { issuer: name() });
    }
    Ok(())
}
