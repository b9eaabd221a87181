//! Exchange, and tokens for developers.

use std::time::Duration;

use types::{OrgNumber, Secret};

use super::LocalIssuer;
use crate::caller::TokenKind;
use crate::claims::{Actor, Claims, OneOrMany};
use crate::signing_key::KeyError;
use crate::verify::Refusal;

/// A token that a developer or a test wants, without asking properly.
#[derive(Clone, Debug)]
pub struct DevToken {
    /// Which kind.
    pub kind: TokenKind,
    /// Whose it shall be.
    pub org: OrgNumber,
    /// The short name it shall carry: `None` leaves it out, as for organizations that are no
    /// service owners. A platform access token always carries one (the number if need be).
    pub name: Option<String>,
    /// Who acts for that organization, if somebody else does.
    pub supplier: Option<OrgNumber>,
    /// Scopes, separated by spaces.
    pub scopes: String,
    /// How long it shall live.
    pub lifetime: Duration,
}

impl LocalIssuer {
    /// An exchanged token for one of our own Maskinporten-like tokens: the bare text to answer with.
    pub async fn exchange(&self, token: &str) -> Result<Secret, ExchangeError> {
        let (_, given) = self.0.verifier.check(token, &[TokenKind::Maskinporten]).await?;
        let consumer = given.consumer.as_ref().and_then(Actor::org);
        let consumer = consumer.ok_or(Refusal::NoOrganization)?;
        let claims = Claims {
            client_id: given.client_id,
            consumer: given.consumer,
            supplier: given.supplier,
            delegation_source: given.delegation_source,
            authorization_details: given.authorization_details,
            scope: given.scope,
            ..self.altinn_claims(consumer, Some(self.0.config.directory.name_of(consumer)))
        };
        Ok(self.key().sign(&claims)?)
    }

    /// An Altinn token for this organization under its name in the directory, as developers want it.
    pub fn issue(&self, org: OrgNumber, scopes: &str, lifetime: Duration) -> Result<Secret, KeyError> {
        self.issue_as(&DevToken {
            kind: TokenKind::Altinn,
            org,
            name: Some(self.0.config.directory.name_of(org)),
            supplier: None,
            scopes: scopes.to_owned(),
            lifetime,
        })
    }

    /// A token made to order.
    pub fn issue_as(&self, wanted: &DevToken) -> Result<Secret, KeyError> {
        self.issue_for(wanted, None)
    }

    /// The same, meant for an audience.
    pub(super) fn issue_for(&self, wanted: &DevToken, audience: Option<String>) -> Result<Secret, KeyError> {
        let claims = match wanted.kind {
            TokenKind::Maskinporten => self.maskinporten_claims(&wanted.scopes),
            TokenKind::Altinn => self.altinn_claims(wanted.org, wanted.name.clone()),
            TokenKind::PlatformAccess => self.platform_claims(wanted),
        };
        let claims = Claims {
            exp: Some(self.in_seconds(wanted.lifetime)),
            aud: audience.map(OneOrMany::One),
            ..claims
        };
        if wanted.kind == TokenKind::PlatformAccess {
            return self.key().sign(&claims);
        }
        self.key().sign(&Claims {
            scope: Some(wanted.scopes.clone()),
            consumer: Some(Actor::of(wanted.org)),
            supplier: wanted.supplier.map(Actor::of),
            client_id: Some("development".to_owned()),
            ..claims
        })
    }

    pub(super) fn maskinporten_claims(&self, scopes: &str) -> Claims {
        Claims {
            iss: Some(self.issuer().to_owned()),
            scope: Some(scopes.to_owned()),
            exp: Some(self.in_seconds(self.0.config.token_life)),
            ..self.common_claims()
        }
    }

    fn altinn_claims(&self, org: OrgNumber, name: Option<String>) -> Claims {
        Claims {
            iss: Some(self.altinn_issuer()),
            nbf: Some(self.in_seconds(Duration::ZERO)),
            exp: Some(self.in_seconds(self.0.config.exchanged_life)),
            altinn_org: name,
            altinn_org_number: Some(org.to_string()),
            ..self.common_claims()
        }
    }

    fn platform_claims(&self, wanted: &DevToken) -> Claims {
        let name = wanted.name.clone();
        Claims {
            iss: Some(name.unwrap_or_else(|| self.0.config.directory.name_of(wanted.org))),
            ..self.common_claims()
        }
    }

    fn common_claims(&self) -> Claims {
        Claims {
            iat: Some(self.in_seconds(Duration::ZERO)),
            jti: Some(self.0.random.uuid_v4().to_string()),
            token_type: Some("Bearer".to_owned()),
            ..Claims::default()
        }
    }

    fn in_seconds(&self, from_now: Duration) -> i64 {
        let seconds = i64::try_from(from_now.as_secs()).unwrap_or(i64::MAX);
        self.0.clock.now().as_second().saturating_add(seconds)
    }
}

/// Why a token was not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The token was not believed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The new token cannot be signed.
    #[error(transparent)]
    Key(#[from] KeyError),
}
