//! Checks a token: signature, issuer, audience, time, organization.
//!
//! The library that checks signatures would also check times, but against the machine's clock; ours
//! is a [`Clock`], so all that is about claims happens here.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::Validation;
use jsonwebtoken::errors::ErrorKind;
use types::time::Clock;

use crate::caller::{Caller, TokenKind, read_scopes};
use crate::claims::{Actor, Claims, OneOrMany};
use crate::directory::Directory;
use crate::issuer_keys::{IssuerKeys, KeysError};

/// Signature algorithms an issuer may use. Neither `none` nor shared secrets can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    Rs384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    Rs512,
    /// RSA PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    const fn wire(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Rs384 => jsonwebtoken::Algorithm::RS384,
            Self::Rs512 => jsonwebtoken::Algorithm::RS512,
            Self::Ps256 => jsonwebtoken::Algorithm::PS256,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
        }
    }
}

/// Whom a trusted issuer's tokens call themselves issued by.
#[derive(Clone, Debug)]
enum IssuerName {
    Exactly(String),
    /// Any short name: for platform access tokens, whose issuer is the component that calls.
    AnyShortName,
}

impl IssuerName {
    fn is(&self, iss: &str) -> bool {
        match self {
            Self::Exactly(name) => name == iss,
            Self::AnyShortName => {
                let part_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
                (1..=64).contains(&iss.len()) && iss.bytes().all(part_of_name)
            }
        }
    }
}

/// An issuer whose tokens we believe, and under which conditions.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    name: IssuerName,
    kind: TokenKind,
    keys: IssuerKeys,
    audiences: Vec<String>,
    algorithms: Vec<Algorithm>,
    leeway: Duration,
}

impl TrustedIssuer {
    /// Maskinporten: RS256, RS384 and RS512, ten seconds of clock difference.
    pub fn maskinporten(issuer: impl Into<String>, keys: IssuerKeys) -> Self {
        Self {
            algorithms: vec![Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512],
            leeway: Duration::from_secs(10),
            ..Self::new(issuer.into(), TokenKind::Maskinporten, keys)
        }
    }

    /// Altinn's authentication component: no clock difference, audience not checked.
    pub fn altinn(issuer: impl Into<String>, keys: IssuerKeys) -> Self {
        Self::new(issuer.into(), TokenKind::Altinn, keys)
    }

    /// One component of the platform, named by its short name.
    pub fn platform(issuer: impl Into<String>, keys: IssuerKeys) -> Self {
        Self::new(issuer.into(), TokenKind::PlatformAccess, keys)
    }

    /// Every component of the platform, where all of them sign with the same keys.
    pub fn any_platform(keys: IssuerKeys) -> Self {
        Self { name: IssuerName::AnyShortName, ..Self::new(String::new(), TokenKind::PlatformAccess, keys) }
    }

    fn new(issuer: String, kind: TokenKind, keys: IssuerKeys) -> Self {
        Self {
            name: IssuerName::Exactly(issuer),
            kind,
            keys,
            audiences: Vec::new(),
            algorithms: vec![Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256],
            leeway: Duration::ZERO,
        }
    }

    /// Demands that a token is meant for one of these audiences.
    #[must_use]
    pub fn with_audiences(mut self, audiences: Vec<String>) -> Self {
        self.audiences = audiences;
        self
    }

    /// Allows these algorithms and no others.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: Vec<Algorithm>) -> Self {
        self.algorithms = algorithms;
        self
    }

    /// Allows this much difference between the issuer's clock and ours.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }
}

/// Why a token was not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No token was shown.
    #[error("no token was shown")]
    Missing,
    /// The text is no signed JWT, or a claim has the wrong form.
    #[error("the token is malformed")]
    Malformed,
    /// Nobody we believe issued it, at least not for this use.
    #[error("the token's issuer is not trusted here")]
    UnknownIssuer,
    /// The issuer is not allowed to sign this way.
    #[error("the token's signature algorithm is not allowed")]
    AlgorithmNotAllowed,
    /// The issuer has no key of the token's key id.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// The token says nothing about when it ends.
    #[error("the token has no expiry")]
    NoExpiry,
    /// The token's time is over.
    #[error("the token has expired")]
    Expired,
    /// The token's time has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The token is meant for somebody else.
    #[error("the token is meant for another audience")]
    WrongAudience,
    /// The token is good but names no organization, such as an end user's.
    #[error("the token names no organization")]
    NoOrganization,
    /// The issuer's keys cannot be fetched now.
    #[error("the issuer's keys cannot be fetched: {0}")]
    KeysUnavailable(String),
}

/// What a refusal means for the one who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// We do not know who asks: status 401.
    Unauthenticated,
    /// We know, and it is not enough: status 403.
    Forbidden,
    /// We cannot find out now: status 503.
    Unavailable,
}

impl Refusal {
    /// What the refusal means for the one who asked.
    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::NoOrganization => RefusalKind::Forbidden,
            Self::KeysUnavailable(_) => RefusalKind::Unavailable,
            _ => RefusalKind::Unauthenticated,
        }
    }
}

/// The token in an `Authorization` header (RFC 6750 section 2.1; the scheme in any letter case).
pub fn bearer(authorization: Option<&str>) -> Result<&str, Refusal> {
    let header = authorization.ok_or(Refusal::Missing)?.trim();
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            Ok(token.trim())
        }
        _ => Err(Refusal::Missing),
    }
}

/// Believes the issuers it was given, and nobody else. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Verifier {
    issuers: Arc<[TrustedIssuer]>,
    directory: Arc<Directory>,
    clock: Clock,
}

impl Verifier {
    /// A verifier for these issuers. The directory gives platform components their numbers.
    pub fn new(issuers: Vec<TrustedIssuer>, directory: Arc<Directory>, clock: Clock) -> Self {
        Self { issuers: issuers.into(), directory, clock }
    }

    /// The organizations that are known by name; all clones have the same.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Checks a token of one of the accepted kinds and says whose it is.
    ///
    /// A good token of another kind is refused as [`Refusal::UnknownIssuer`], so that a token meant
    /// for one header can never be used in another.
    pub async fn verify(&self, token: &str, accepts: &[TokenKind]) -> Result<Caller, Refusal> {
        let (issuer, claims) = self.check(token, accepts).await?;
        self.caller(issuer.kind, claims)
    }

    pub(crate) async fn check(
        &self,
        token: &str,
        accepts: &[TokenKind],
    ) -> Result<(&TrustedIssuer, Claims), Refusal> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Refusal::Malformed)?;
        if header.crit.is_some() {
            // RFC 7515 section 4.1.11: what must be understood and is not, is refused.
            return Err(Refusal::Malformed);
        }
        let (issuer, claims) = self.issuer_of(token, accepts)?;
        if !issuer.algorithms.iter().any(|known| known.wire() == header.alg) {
            return Err(Refusal::AlgorithmNotAllowed);
        }
        let key = issuer.keys.find(header.kid.as_deref()).await?;
        let fitting = key.decoding_key(header.alg).ok_or(Refusal::AlgorithmNotAllowed)?;
        key.believed().or_check(token, || {
            check_signature::<serde::de::IgnoredAny>(token, header.alg, fitting).map(|_| ())
        })?;
        check_times(&claims, issuer, self.clock.now())?;
        check_audience(&claims, &issuer.audiences)?;
        Ok((issuer, claims))
    }

    /// Reads the claims before anything is checked, to know whose keys to check with. They are not to be
    /// used until the signature over the same bytes has been.
    fn issuer_of(&self, token: &str, accepts: &[TokenKind]) -> Result<(&TrustedIssuer, Claims), Refusal> {
        let claims: Claims =
            jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(|_| Refusal::Malformed)?;
        let iss = claims.iss.as_deref().ok_or(Refusal::UnknownIssuer)?;
        let is_it = |issuer: &&TrustedIssuer| issuer.name.is(iss) && accepts.contains(&issuer.kind);
        let issuer = self.issuers.iter().find(is_it).ok_or(Refusal::UnknownIssuer)?;
        Ok((issuer, claims))
    }

    fn caller(&self, kind: TokenKind, claims: Claims) -> Result<Caller, Refusal> {
        match kind {
            TokenKind::PlatformAccess => {
                let name = claims.iss.ok_or(Refusal::NoOrganization)?;
                Ok(Caller {
                    org: self.directory.number_of(&name).ok_or(Refusal::NoOrganization)?,
                    name: Some(name),
                    supplier: None,
                    scopes: BTreeSet::new(),
                    kind,
                })
            }
            TokenKind::Altinn | TokenKind::Maskinporten => self.organization(kind, &claims),
        }
    }

    /// A system user's organization comes first, then Altinn's own claim, then the consumer.
    /// Whoever holds the client and is not that organization is its supplier.
    fn organization(&self, kind: TokenKind, claims: &Claims) -> Result<Caller, Refusal> {
        let consumer = claims.consumer.as_ref().and_then(Actor::org);
        let supplier = claims.supplier.as_ref().and_then(Actor::org);
        let name = claims.altinn_org.clone().filter(|name| kind == TokenKind::Altinn && !name.is_empty());
        let altinn_number = claims.altinn_org_number.as_deref();
        let org = claims
            .system_user_org()
            .or_else(|| altinn_number.filter(|_| kind == TokenKind::Altinn)?.parse().ok())
            .or(consumer)
            .or_else(|| self.directory.number_of(name.as_deref()?))
            .ok_or(Refusal::NoOrganization)?;
        Ok(Caller {
            org,
            name,
            supplier: supplier.or(consumer).filter(|actor| *actor != org),
            scopes: read_scopes(claims.scope.as_deref()),
            kind,
        })
    }
}

impl From<KeysError> for Refusal {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::UnknownKey => Self::UnknownKey,
            KeysError::Unavailable(why) => Self::KeysUnavailable(why),
        }
    }
}

/// Checks the signature alone and gives back what was signed.
pub(crate) fn check_signature<T: serde::de::DeserializeOwned>(
    token: &str,
    algorithm: jsonwebtoken::Algorithm,
    key: &jsonwebtoken::DecodingKey,
) -> Result<T, Refusal> {
    let mut only_signature = Validation::new(algorithm);
    only_signature.required_spec_claims.clear();
    only_signature.validate_exp = false;
    only_signature.validate_nbf = false;
    only_signature.validate_aud = false;
    match jsonwebtoken::decode(token, key, &only_signature) {
        Ok(checked) => Ok(checked.claims),
        Err(error) => Err(match error.kind() {
            ErrorKind::InvalidSignature => Refusal::BadSignature,
            ErrorKind::InvalidAlgorithm => Refusal::AlgorithmNotAllowed,
            _ => Refusal::Malformed,
        }),
    }
}

fn check_times(claims: &Claims, trusted: &TrustedIssuer, now: Timestamp) -> Result<(), Refusal> {
    let now = now.as_second();
    let leeway = i64::try_from(trusted.leeway.as_secs()).unwrap_or(i64::MAX);
    let ends = claims.exp.ok_or(Refusal::NoExpiry)?;
    // RFC 7519 section 4.1.4: "on or after" the moment it is over.
    if now >= ends.saturating_add(leeway) {
        return Err(Refusal::Expired);
    }
    let issued = claims.iat.filter(|_| trusted.kind == TokenKind::Maskinporten);
    let begins = claims.nbf.max(issued);
    if begins.is_some_and(|begins| begins > now.saturating_add(leeway)) {
        return Err(Refusal::NotYetValid);
    }
    Ok(())
}

fn check_audience(claims: &Claims, accepted: &[String]) -> Result<(), Refusal> {
    let mut meant_for = claims.aud.iter().flat_map(OneOrMany::as_slice);
    if accepted.is_empty() || meant_for.any(|audience| accepted.contains(audience)) {
        return Ok(());
    }
    Err(Refusal::WrongAudience)
}
