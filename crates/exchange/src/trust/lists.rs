//! Lists of revoked certificates, fetched from where certificates say they are, and kept for a while.
//!
//! A list is believed when the issuer of the certificate has signed it, whatever it came over: plain
//! HTTP is usual. Addresses in certificates are strangers' addresses, so they lead to public networks
//! only. Lists in directories (`ldap:`) and lists of changes are passed over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use asic::error::TrustError;
use asic::{Certificate, RevocationList, UnixTime};
use jiff::Timestamp;
use tokio::sync::Mutex as Turn;
use types::time::Clock;
use url::Url;
use web::GuardedClient;

/// Addresses that are remembered. Beyond that all are forgotten.
const MOST: usize = 200;
/// How long an address that did not answer is left alone.
const PAUSE: Duration = Duration::from_secs(60);

/// Why a certificate is not known to be good.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It is on its issuer's list.
    Revoked,
    /// No list could be had.
    NoList(String),
}

pub(super) struct Lists {
    client: GuardedClient,
    clock: Clock,
    keep: Duration,
    /// One at a time asks for a list; the others wait for what comes.
    known: Mutex<HashMap<Url, Arc<Turn<Kept>>>>,
}

#[derive(Default)]
struct Kept {
    list: Option<Arc<RevocationList>>,
    /// When to ask again.
    until: Option<Timestamp>,
    /// Why the last call brought nothing.
    failure: Option<String>,
}

impl Lists {
    pub(super) fn new(client: GuardedClient, clock: Clock, keep_seconds: u64) -> Self {
        let keep = Duration::from_secs(keep_seconds);
        Self { client, clock, keep, known: Mutex::default() }
    }

    /// Whether the certificate is on none of the lists that it names. Without a name of one there is
    /// nothing to look at.
    pub(super) async fn check(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: UnixTime,
    ) -> Result<(), Unknown> {
        let named = certificate.revocation_list_urls();
        if named.is_empty() {
            return Ok(());
        }
        let mut reasons = Vec::new();
        for address in named {
            let url = match Url::parse(&address) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => url,
                _ => {
                    reasons.push(format!("{address}: not an http address"));
                    continue;
                }
            };
            let checked = match self.list(&url).await {
                Ok(list) => look_up(list, certificate.clone(), issuer.clone(), at).await,
                Err(reason) => Err(Unknown::NoList(reason)),
            };
            match checked {
                Ok(()) => return Ok(()),
                Err(Unknown::Revoked) => return Err(Unknown::Revoked),
                Err(Unknown::NoList(reason)) => reasons.push(format!("{url}: {reason}")),
            }
        }
        Err(Unknown::NoList(format!("no list of revoked certificates could be had: {}", reasons.join("; "))))
    }

    /// The list at an address: kept, or fetched. When it cannot be fetched, the one from before, which
    /// may still be current.
    async fn list(&self, url: &Url) -> Result<Arc<RevocationList>, String> {
        let turn = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= MOST && !known.contains_key(url) {
                known.clear();
            }
            Arc::clone(known.entry(url.clone()).or_default())
        };
        let mut kept = turn.lock().await;
        let now = self.clock.now();
        if kept.until.is_none_or(|until| until <= now) {
            match self.fetch(url).await {
                Ok(list) => {
                    let promised = list.next_update().and_then(|next| i64::try_from(next.0).ok());
                    let promised = promised.and_then(|next| Timestamp::from_second(next).ok());
                    let keep = now.checked_add(self.keep).unwrap_or(Timestamp::MAX);
                    let until = promised.filter(|next| *next > now).map_or(keep, |next| keep.min(next));
                    *kept = Kept { list: Some(Arc::new(list)), until: Some(until), failure: None };
                }
                Err(reason) => {
                    kept.until = now.checked_add(PAUSE).ok();
                    kept.failure = Some(reason);
                }
            }
        }
        let failure = || kept.failure.clone().unwrap_or_else(|| "it is not there".to_owned());
        kept.list.clone().ok_or_else(failure)
    }

    async fn fetch(&self, url: &Url) -> Result<RevocationList, String> {
        let call = self.client.get(url.clone()).map_err(|error| error.to_string())?;
        let answer = call.send().await.map_err(|error| error.to_string())?;
        if !answer.status.is_success() {
            return Err(format!("the answer was {}", answer.status));
        }
        let body = answer.body;
        let reading = tokio::task::spawn_blocking(move || RevocationList::from_der(&body));
        reading.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }
}

/// Looks for a certificate on a list. Lists have megabytes, and all of it is signed: that is not for a
/// thread which others wait for.
async fn look_up(
    list: Arc<RevocationList>,
    certificate: Certificate,
    issuer: Certificate,
    at: UnixTime,
) -> Result<(), Unknown> {
    let looking = tokio::task::spawn_blocking(move || list.check(&certificate, &issuer, at));
    match looking.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(TrustError::Revoked)) => Err(Unknown::Revoked),
        Ok(Err(other)) => Err(Unknown::NoList(other.to_string())),
        Err(error) => Err(Unknown::NoList(error.to_string())),
    }
}
