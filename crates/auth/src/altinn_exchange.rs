//! Exchanges a token for Altinn's own.
//!
//! The answer's body *is* the token: bare text, no JSON, no quotes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use types::Secret;
use types::time::Clock;
use url::Url;

use crate::claims::Claims;
use crate::maskinporten::refusal;
use crate::token_cache::{Fetched, TokenCache};
use crate::token_source::{TokenError, TokenRequest, TokenSource, read_at_most};

const LARGEST_ANSWER: usize = 64 * 1024;
const CALL: Duration = Duration::from_secs(10);
/// How long a token is kept that does not tell when it ends; as long as the reference does.
const UNKNOWN_LIFE: Duration = Duration::from_mins(25);

/// A source that passes every token of another source through Altinn's exchange.
pub struct AltinnExchange {
    inner: Arc<dyn TokenSource>,
    endpoint: Url,
    http: reqwest::Client,
    clock: Clock,
    cache: TokenCache,
}

impl AltinnExchange {
    /// Exchanges tokens of `inner` at `endpoint`.
    pub fn new(inner: Arc<dyn TokenSource>, endpoint: Url, http: reqwest::Client, clock: Clock) -> Self {
        Self { inner, endpoint, http, cache: TokenCache::new(clock.clone()), clock }
    }

    /// A token that the exchange refuses with 401 is replaced once.
    async fn fetch(&self, wanted: &TokenRequest) -> Result<Fetched, TokenError> {
        let token = self.inner.token(wanted).await?;
        match self.exchange(&token).await {
            Err(TokenError::Refused { status: 401, .. }) => {
                self.inner.refused(wanted, &token).await;
                self.exchange(&self.inner.token(wanted).await?).await
            }
            outcome => outcome,
        }
    }

    async fn exchange(&self, token: &Secret) -> Result<Fetched, TokenError> {
        let request = self.http.get(self.endpoint.clone()).timeout(CALL);
        let answer = request
            .bearer_auth(token.reveal())
            .headers(trace::headers())
            .send()
            .await
            .map_err(|why| TokenError::Unreachable(why.without_url().to_string()))?;
        let status = answer.status();
        let body = read_at_most(answer, LARGEST_ANSWER).await.map_err(TokenError::Unreachable)?;
        if !status.is_success() {
            return Err(refusal(status.as_u16(), &body));
        }
        let token = String::from_utf8(body).map_err(|_| unreadable())?;
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(unreadable());
        }
        Ok(Fetched { lifetime: self.lifetime(&token), token: Secret::new(token) })
    }

    /// Read from the token without checking it: it tells us when to ask again, nothing more.
    fn lifetime(&self, token: &str) -> Duration {
        let claims = jsonwebtoken::dangerous::insecure_decode_claims::<Claims>(token).ok();
        let ends = claims.and_then(|claims| claims.exp);
        ends.map_or(UNKNOWN_LIFE, |ends| {
            let left = ends.saturating_sub(self.clock.now().as_second());
            Duration::from_secs(u64::try_from(left).unwrap_or(0))
        })
    }
}

#[async_trait]
impl TokenSource for AltinnExchange {
    async fn token(&self, wanted: &TokenRequest) -> Result<Secret, TokenError> {
        self.cache.get(wanted, || self.fetch(wanted)).await
    }

    async fn refused(&self, wanted: &TokenRequest, token: &Secret) {
        self.cache.forget(wanted, token);
    }
}

impl fmt::Debug for AltinnExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AltinnExchange({} over {:?})", self.endpoint, self.inner)
    }
}

fn unreadable() -> TokenError {
    TokenError::Unreadable("the body is not a bare token".to_owned())
}
