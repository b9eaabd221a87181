//! Keeps tokens until shortly before they end, and fetches each by one caller at a time.
//!
//! A token passes three ages. *Fresh*: handed out without asking anybody. *Ageing* (from 80 % of
//! its life): one caller fetches the next while the others go on with this one. *Spent* (20 seconds
//! before its end, or in the last fifth of a short life): everybody waits for the one that fetches.
//! After a failure the endpoint is left alone for 2 seconds, doubling up to 60; whoever asks in the
//! meantime gets the last error at once.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;
use types::Secret;
use types::time::Clock;

use crate::token_source::{TokenError, TokenRequest};

const MARGIN: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// Nothing is kept longer, whatever an answer says.
const LONGEST_LIFE: Duration = Duration::from_hours(24);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// A token and how long it lives from now on.
pub(crate) struct Fetched {
    pub token: Secret,
    pub lifetime: Duration,
}

#[derive(Debug)]
pub(crate) struct TokenCache {
    clock: Clock,
    slots: std::sync::Mutex<HashMap<TokenRequest, Arc<Slot>>>,
}

#[derive(Debug, Default)]
struct Slot {
    kept: std::sync::Mutex<Option<Kept>>,
    fetching: Mutex<Pause>,
}

#[derive(Clone, Debug)]
struct Kept {
    token: Secret,
    fresh_until: Timestamp,
    usable_until: Timestamp,
}

/// How the last attempts went.
#[derive(Debug, Default)]
struct Pause {
    failed: Option<(TokenError, Timestamp)>,
    length: Duration,
}

impl TokenCache {
    pub fn new(clock: Clock) -> Self {
        Self { clock, slots: std::sync::Mutex::default() }
    }

    /// The kept token, or the one that `fetch` brings.
    pub async fn get<F>(
        &self,
        wanted: &TokenRequest,
        fetch: impl FnOnce() -> F + Send,
    ) -> Result<Secret, TokenError>
    where
        F: Future<Output = Result<Fetched, TokenError>> + Send,
    {
        let slot = self.slot(wanted);
        let now = self.clock.now();
        let usable = slot.kept().filter(|kept| now < kept.usable_until);
        match usable {
            Some(kept) if now < kept.fresh_until => Ok(kept.token),
            Some(kept) => match slot.fetching.try_lock() {
                Ok(mut pause) => {
                    let next = self.fetch(&slot, &mut pause, fetch).await;
                    // Failing early costs nothing: the token at hand is still good.
                    Ok(next.unwrap_or(kept.token))
                }
                Err(_) => Ok(kept.token),
            },
            None => {
                let mut pause = slot.fetching.lock().await;
                self.fetch(&slot, &mut pause, fetch).await
            }
        }
    }

    /// Forgets this token, unless another has taken its place.
    pub fn forget(&self, wanted: &TokenRequest, token: &Secret) {
        let slot = self.slot(wanted);
        let mut kept = slot.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|kept| kept.token == *token) {
            *kept = None;
        }
    }

    fn slot(&self, wanted: &TokenRequest) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(wanted) {
            return Arc::clone(slot);
        }
        Arc::clone(slots.entry(wanted.clone()).or_default())
    }

    /// Fetches, unless somebody else just did or the endpoint is to be left alone.
    async fn fetch<F>(
        &self,
        slot: &Slot,
        pause: &mut Pause,
        fetch: impl FnOnce() -> F + Send,
    ) -> Result<Secret, TokenError>
    where
        F: Future<Output = Result<Fetched, TokenError>> + Send,
    {
        let now = self.clock.now();
        if let Some(kept) = slot.kept().filter(|kept| now < kept.fresh_until) {
            return Ok(kept.token);
        }
        if let Some((error, until)) = pause.failed.as_ref().filter(|(_, until)| now < *until) {
            tracing::debug!(until = %until, "not asking for a token yet");
            return Err(error.clone());
        }
        match fetch().await {
            Ok(fetched) => {
                *pause = Pause::default();
                let token = fetched.token.clone();
                // Counted from before the request: the token is never older than we think.
                slot.keep(Kept::new(fetched, now));
                Ok(token)
            }
            Err(error) => {
                tracing::warn!("fetching a token failed: {error}");
                pause.lengthen(error.clone(), self.clock.now());
                Err(error)
            }
        }
    }
}

impl Slot {
    fn kept(&self) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, new: Kept) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
    }
}

impl Kept {
    fn new(fetched: Fetched, now: Timestamp) -> Self {
        let life = fetched.lifetime.min(LONGEST_LIFE);
        Self {
            token: fetched.token,
            fresh_until: later(now, life * 4 / 5),
            usable_until: later(now, life.saturating_sub(MARGIN.min(life / 5))),
        }
    }
}

impl Pause {
    fn lengthen(&mut self, error: TokenError, now: Timestamp) {
        self.length = (self.length * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.failed = Some((error, later(now, self.length)));
    }
}

fn later(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}
