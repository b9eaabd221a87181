//! The embedded issuer as a source of tokens for our own calls.

use async_trait::async_trait;
use types::{OrgNumber, Secret};

use super::{DevToken, LocalIssuer};
use crate::caller::TokenKind;
use crate::token_cache::{Fetched, TokenCache};
use crate::token_source::{TokenError, TokenRequest, TokenSource};

/// Tokens of one kind for one organization, straight from the issuer in this process.
#[derive(Debug)]
pub struct LocalTokens {
    issuer: LocalIssuer,
    org: OrgNumber,
    kind: TokenKind,
    cache: TokenCache,
}

impl LocalTokens {
    /// Tokens that name `org`, or whom it acts for, as the caller.
    pub fn new(issuer: LocalIssuer, org: OrgNumber, kind: TokenKind) -> Self {
        let cache = TokenCache::new(issuer.0.clock.clone());
        Self { issuer, org, kind, cache }
    }

    fn make(&self, wanted: &TokenRequest) -> Result<Fetched, TokenError> {
        let system_user = wanted.system_user.as_ref().map(|user| user.org);
        let org = system_user.or(wanted.on_behalf_of).unwrap_or(self.org);
        let config = &self.issuer.0.config;
        let lifetime = match self.kind {
            TokenKind::Altinn => config.exchanged_life,
            TokenKind::Maskinporten | TokenKind::PlatformAccess => config.token_life,
        };
        let token = DevToken {
            kind: self.kind,
            org,
            name: Some(config.directory.name_of(org)),
            supplier: Some(self.org).filter(|own| *own != org),
            scopes: wanted.scope.clone(),
            lifetime,
        };
        let token = self.issuer.issue_for(&token, wanted.resource.clone());
        let token = token.map_err(|why| TokenError::Signing(why.to_string()))?;
        Ok(Fetched { token, lifetime })
    }
}

#[async_trait]
impl TokenSource for LocalTokens {
    async fn token(&self, wanted: &TokenRequest) -> Result<Secret, TokenError> {
        self.cache.get(wanted, || async { self.make(wanted) }).await
    }

    async fn refused(&self, wanted: &TokenRequest, token: &Secret) {
        self.cache.forget(wanted, token);
    }
}
