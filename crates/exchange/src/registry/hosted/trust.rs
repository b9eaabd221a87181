//! Whose signatures are believed.

use std::time::Duration;

use asic::Certificate;
use jiff::Timestamp;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, JwkSet};
use reqwest::Client;
use tokio::sync::Mutex;
use types::time::Clock;
use url::Url;

use super::{read, unavailable, untrusted};
use crate::registry::LookUpError;
use crate::registry::jws::Unchecked;

/// After this many seconds published keys are fetched again.
const FRESH_FOR: i64 = 600;
/// The least time between two fetches caused by a key name we do not know, in seconds.
const BETWEEN_UNKNOWN: i64 = 30;
const CALL: Duration = Duration::from_secs(10);

/// Whose signatures are believed.
#[derive(Clone, Debug)]
pub enum SignatureTrust {
    /// Keys that the registry publishes at this address (`…/jwk`). As good as the address and its TLS.
    Published(Url),
    /// These certificates and no others; an answer must show one of them and be signed with its key.
    Pinned(Vec<Certificate>),
}

/// Checks answers.
pub(super) struct Keys {
    trust: SignatureTrust,
    http: Client,
    clock: Clock,
    published: Mutex<Published>,
}

#[derive(Default)]
struct Published {
    keys: Vec<(Option<String>, DecodingKey)>,
    fetched: Option<Timestamp>,
}

impl Keys {
    pub fn new(trust: SignatureTrust, http: Client, clock: Clock) -> Self {
        Self { trust, http, clock, published: Mutex::default() }
    }

    /// The payload of an answer that is signed by whom we trust.
    pub async fn check(&self, answer: &Unchecked<'_>) -> Result<Vec<u8>, LookUpError> {
        let key = match &self.trust {
            SignatureTrust::Published(url) => self.published(url, answer.kid.as_deref()).await?,
            SignatureTrust::Pinned(pinned) => self.pinned(pinned, answer)?,
        };
        answer.check(&key).map_err(untrusted)
    }

    fn pinned(&self, pinned: &[Certificate], answer: &Unchecked<'_>) -> Result<DecodingKey, LookUpError> {
        let shown = answer.certificates.first().ok_or_else(|| untrusted("it shows no certificate"))?;
        let certificate = pinned.iter().find(|certificate| certificate.to_der() == shown.as_slice());
        let certificate = certificate.ok_or_else(|| untrusted("it shows a certificate we do not trust"))?;
        let now = u64::try_from(self.clock.now().as_second()).unwrap_or(0);
        if !certificate.is_valid_at(now.into()) {
            return Err(untrusted("its certificate is not valid now"));
        }
        Ok(DecodingKey::from_rsa_der(certificate.public_key_der()))
    }

    /// One fetch at a time; whoever waited finds the keys that were fetched meanwhile.
    async fn published(&self, url: &Url, kid: Option<&str>) -> Result<DecodingKey, LookUpError> {
        let mut published = self.published.lock().await;
        let age = published.fetched.map(|at| self.clock.now().duration_since(at).as_secs());
        let known = published.find(kid);
        let fetch = match age {
            None => true,
            Some(age) => age >= FRESH_FOR || (known.is_none() && age >= BETWEEN_UNKNOWN),
        };
        if !fetch {
            return known.ok_or_else(|| untrusted("it is signed with a key the registry has not published"));
        }
        match self.fetch(url).await {
            Ok(keys) => {
                *published = Published { keys, fetched: Some(self.clock.now()) };
                let missing = || untrusted("it is signed with a key the registry has not published");
                published.find(kid).ok_or_else(missing)
            }
            // Keys that have aged are better than none while the address does not answer.
            Err(why) => known.ok_or(why),
        }
    }

    async fn fetch(&self, url: &Url) -> Result<Vec<(Option<String>, DecodingKey)>, LookUpError> {
        let request = self.http.get(url.clone()).timeout(CALL);
        let answer = request.send().await.map_err(|why| unavailable(&why.without_url()))?;
        if !answer.status().is_success() {
            let status = answer.status().as_u16();
            return Err(LookUpError::Unavailable(format!("status {status} for the registry's keys")));
        }
        let body = read(answer).await?;
        let set: JwkSet =
            serde_json::from_slice(&body).map_err(|_| untrusted("what it publishes is no set of keys"))?;
        let rsa = |key: &&jsonwebtoken::jwk::Jwk| matches!(key.algorithm, AlgorithmParameters::RSA(_));
        let usable = set.keys.iter().filter(rsa).filter_map(|key| {
            let named = key.common.key_id.clone();
            DecodingKey::from_jwk(key).ok().map(|key| (named, key))
        });
        Ok(usable.collect())
    }
}

impl Published {
    /// The key of this name; an answer that names none fits only a single key.
    fn find(&self, kid: Option<&str>) -> Option<DecodingKey> {
        match (kid, self.keys.as_slice()) {
            (None, [(_, only)]) => Some(only.clone()),
            (None, _) => None,
            (Some(kid), keys) => {
                keys.iter().find(|(name, _)| name.as_deref() == Some(kid)).map(|(_, key)| key.clone())
            }
        }
    }
}
