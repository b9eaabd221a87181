//! Fetches and keeps an issuer's public keys.
//!
//! Fetched keys are kept for a day. A token that names an unknown key makes us ask again, but not
//! more often than every five minutes, so that strangers with invented key names cannot make us
//! call the issuer for each of them. While the issuer cannot be reached, the keys we have go on
//! being used, for a limited time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, MutexGuard};
use types::time::Clock;
use url::Url;

use crate::public_keys::{PublicKey, PublicKeys};

/// The longest document accepted from an issuer, in bytes.
const LARGEST_DOCUMENT: usize = 256 * 1024;

/// Where an issuer's keys come from. Cheap to clone; clones share what was fetched.
#[derive(Clone)]
pub struct IssuerKeys(Source);

#[derive(Clone)]
enum Source {
    /// Keys in this process, which their owner may exchange at any time.
    Shared(Arc<ArcSwap<PublicKeys>>),
    Remote(Arc<Remote>),
}

/// Where to ask for keys.
#[derive(Clone, Debug)]
pub enum KeyLocation {
    /// The JWK set itself.
    Jwks(Url),
    /// A metadata document (RFC 8414 or OpenID discovery) that names the JWK set. Its `issuer` must
    /// equal the given text byte for byte.
    Metadata {
        /// Address of the document.
        url: Url,
        /// The issuer it must speak of.
        issuer: String,
    },
}

/// How long keys are kept and how often is asked.
#[derive(Clone, Copy, Debug)]
pub struct KeyPatience {
    /// After this time keys are fetched again.
    pub fresh_for: Duration,
    /// How long fetched keys may be used while the issuer cannot be reached.
    pub usable_for: Duration,
    /// The least time between two fetches caused by unknown key names.
    pub between_unknown: Duration,
    /// The least time between two attempts when the last one failed.
    pub after_failure: Duration,
    /// The time limit of one call.
    pub call: Duration,
}

impl Default for KeyPatience {
    fn default() -> Self {
        Self {
            fresh_for: Duration::from_hours(24),
            usable_for: Duration::from_hours(24 * 7),
            between_unknown: Duration::from_mins(5),
            after_failure: Duration::from_secs(10),
            call: Duration::from_secs(5),
        }
    }
}

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The issuer has no key of this name.
    #[error("the issuer has no such key")]
    UnknownKey,
    /// The issuer's keys could not be fetched, and none are at hand.
    #[error("the issuer's keys cannot be fetched: {0}")]
    Unavailable(String),
}

impl IssuerKeys {
    /// Keys that are known beforehand.
    pub fn fixed(set: &JwkSet) -> Self {
        Self::shared(Arc::new(ArcSwap::from_pointee(PublicKeys::from_jwks(set))))
    }

    pub(crate) const fn shared(keys: Arc<ArcSwap<PublicKeys>>) -> Self {
        Self(Source::Shared(keys))
    }

    /// Keys that are fetched when first needed.
    pub fn fetched(
        location: KeyLocation,
        patience: KeyPatience,
        client: reqwest::Client,
        clock: Clock,
    ) -> Self {
        Self(Source::Remote(Arc::new(Remote {
            location,
            patience,
            client,
            clock,
            kept: ArcSwapOption::empty(),
            fetching: Mutex::new(Attempts::default()),
        })))
    }

    pub(crate) async fn find(&self, kid: Option<&str>) -> Result<PublicKey, KeysError> {
        match &self.0 {
            Source::Shared(keys) => keys.load().find(kid).cloned().ok_or(KeysError::UnknownKey),
            Source::Remote(remote) => remote.find(kid).await,
        }
    }
}

impl fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Shared(_) => f.write_str("IssuerKeys(in this process)"),
            Source::Remote(remote) => write!(f, "IssuerKeys({:?})", remote.location),
        }
    }
}

struct Remote {
    location: KeyLocation,
    patience: KeyPatience,
    client: reqwest::Client,
    clock: Clock,
    kept: ArcSwapOption<Kept>,
    fetching: Mutex<Attempts>,
}

struct Kept {
    keys: PublicKeys,
    since: Timestamp,
}

#[derive(Default)]
struct Attempts {
    last_for_unknown: Option<Timestamp>,
    last_failure: Option<(Timestamp, KeysError)>,
}

/// Why keys are to be fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    None,
    Missing,
    Aged,
    UnknownKey,
}

impl Remote {
    async fn find(&self, kid: Option<&str>) -> Result<PublicKey, KeysError> {
        let fetched = match self.reason_to_fetch(kid) {
            Reason::None => Ok(()),
            // The keys at hand will do: nobody waits for the one who is asking already.
            Reason::Aged => match self.fetching.try_lock() {
                Ok(attempts) => self.fetch_if_still_needed(kid, attempts).await,
                Err(_) => Ok(()),
            },
            Reason::Missing | Reason::UnknownKey => {
                let attempts = self.fetching.lock().await;
                self.fetch_if_still_needed(kid, attempts).await
            }
        };
        let kept = self.kept.load();
        let usable = |kept: &&Kept| self.age(kept) < self.patience.usable_for;
        match kept.as_deref().filter(usable) {
            Some(kept) => kept.keys.find(kid).cloned().ok_or(KeysError::UnknownKey),
            None => Err(fetched
                .err()
                .unwrap_or_else(|| KeysError::Unavailable("the keys at hand are too old".to_owned()))),
        }
    }

    fn age(&self, kept: &Kept) -> Duration {
        Duration::try_from(self.clock.now().duration_since(kept.since)).unwrap_or_default()
    }

    fn reason_to_fetch(&self, kid: Option<&str>) -> Reason {
        match self.kept.load().as_deref() {
            None => Reason::Missing,
            Some(kept) if self.age(kept) >= self.patience.fresh_for => Reason::Aged,
            Some(kept) if kept.keys.find(kid).is_none() => Reason::UnknownKey,
            Some(_) => Reason::None,
        }
    }

    /// One at a time; whoever waited looks again before asking the issuer once more.
    async fn fetch_if_still_needed(
        &self,
        kid: Option<&str>,
        mut attempts: MutexGuard<'_, Attempts>,
    ) -> Result<(), KeysError> {
        let now = self.clock.now();
        let reason = self.reason_to_fetch(kid);
        if reason == Reason::None || !attempts.allow(reason, now, &self.patience)? {
            return Ok(());
        }
        if reason == Reason::UnknownKey {
            attempts.last_for_unknown = Some(now);
        }
        match self.fetch().await {
            Ok(keys) => {
                self.kept.store(Some(Arc::new(Kept { keys, since: now })));
                attempts.last_failure = None;
                Ok(())
            }
            Err(error) => {
                tracing::warn!(issuer.keys = ?self.location, "fetching an issuer's keys failed: {error}");
                attempts.last_failure = Some((now, error.clone()));
                Err(error)
            }
        }
    }

    async fn fetch(&self) -> Result<PublicKeys, KeysError> {
        let jwks = match &self.location {
            KeyLocation::Jwks(url) => url.clone(),
            KeyLocation::Metadata { url, issuer } => {
                let metadata: Metadata = self.get(url).await?;
                if metadata.issuer != *issuer {
                    return Err(unavailable("the metadata speaks of another issuer"));
                }
                metadata.jwks_uri
            }
        };
        let set: JwkSet = self.get(&jwks).await?;
        let keys = PublicKeys::from_jwks(&set);
        if keys.is_empty() {
            return Err(unavailable("the key set holds no usable key"));
        }
        Ok(keys)
    }

    async fn get<T: DeserializeOwned>(&self, url: &Url) -> Result<T, KeysError> {
        let request = self.client.get(url.clone()).timeout(self.patience.call);
        let answer = request.send().await.map_err(|why| unavailable(why.without_url()))?;
        if !answer.status().is_success() {
            return Err(unavailable(format!("status {}", answer.status().as_u16())));
        }
        let body = crate::token_source::read_at_most(answer, LARGEST_DOCUMENT).await.map_err(unavailable)?;
        serde_json::from_slice(&body).map_err(unavailable)
    }
}

impl Attempts {
    /// Whether the issuer may be asked now.
    fn allow(&self, reason: Reason, now: Timestamp, patience: &KeyPatience) -> Result<bool, KeysError> {
        let within = |earlier: Timestamp, limit: Duration| {
            Duration::try_from(now.duration_since(earlier)).is_ok_and(|since| since < limit)
        };
        if let Some((at, error)) = &self.last_failure
            && within(*at, patience.after_failure)
        {
            return Err(error.clone());
        }
        let too_soon = self.last_for_unknown.is_some_and(|at| within(at, patience.between_unknown));
        Ok(!(reason == Reason::UnknownKey && too_soon))
    }
}

fn unavailable(why: impl fmt::Display) -> KeysError {
    KeysError::Unavailable(why.to_string())
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: Url,
}
