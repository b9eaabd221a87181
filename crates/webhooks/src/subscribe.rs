//! Create, change, list and remove. Each product mounts this in its own API's shape.

use std::time::Duration;

use jiff::Timestamp;
use store::Tx;
use types::Secret;

use crate::model::{Endpoint, NewSubscription, Owner, Secrets, Standing, Subscription};
use crate::ping::PingOutcome;
use crate::sign::SigningKey;
use crate::{Webhooks, sql};

/// Why a subscription cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// There is one with this name and endpoint.
    #[error("a subscription with the same name and push endpoint exists already")]
    SamePair,
    /// There is none with this number.
    #[error("there is no such subscription")]
    NotFound,
    /// The endpoint did not answer the ping with success, and that is asked for.
    #[error("the endpoint did not answer the ping: {0}")]
    PingFailed(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Webhooks {
    /// Pings the endpoint and keeps the subscription under a number that `number` draws within the
    /// same commit.
    pub async fn create(
        &self,
        owner: impl Into<Owner>,
        new: NewSubscription,
        ping: &str,
        number: impl Fn(&mut Tx<'_>) -> store::Result<i64> + Send + 'static,
    ) -> Result<Subscription, SubscribeError> {
        let owner = owner.into();
        let (whose, name, endpoint) = (owner.clone(), new.name.clone(), new.push_endpoint.clone());
        let taken = self.0.store.read(move |tx| sql::find_pair(tx, &whose, &name, &endpoint)).await;
        if taken.map_err(SubscribeError::Store)?.is_some() {
            return Err(SubscribeError::SamePair);
        }
        let secrets = Secrets { current: new.secret.clone(), older: None };
        let outcome = self.ping_for(&new.push_endpoint, &secrets, ping).await?;
        let now = self.0.clock.now();
        self.0
            .store
            .write(move |tx| {
                let id = number(tx)?;
                if !sql::insert(tx, id, &owner, &new, (now, &outcome))? {
                    return Err(SubscribeError::SamePair);
                }
                sql::find(tx, &owner, id)?.ok_or(SubscribeError::NotFound)
            })
            .await
    }

    /// Changes a subscription; a new endpoint is pinged first.
    pub async fn change(
        &self,
        owner: impl Into<Owner>,
        id: i64,
        change: impl FnOnce(&mut Subscription) + Send,
        ping: &str,
    ) -> Result<(), SubscribeError> {
        let owner = owner.into();
        let whose = owner.clone();
        let found = self.0.store.read(move |tx| sql::find(tx, &whose, id)).await;
        let mut changed = found.map_err(SubscribeError::Store)?.ok_or(SubscribeError::NotFound)?;
        let before = changed.push_endpoint.clone();
        change(&mut changed);
        let (name, endpoint) = (changed.name.clone(), changed.push_endpoint.clone());
        let other = self.0.store.read(move |tx| sql::find_pair(tx, &owner, &name, &endpoint)).await;
        if other.map_err(SubscribeError::Store)?.is_some_and(|other| other != id) {
            return Err(SubscribeError::SamePair);
        }
        if changed.push_endpoint != before {
            let outcome = self.ping_for(&changed.push_endpoint, &changed.secrets, ping).await?;
            changed.last_ping = Some((self.0.clock.now(), outcome));
        }
        let kept = self.0.store.write(move |tx| sql::update(tx, &changed)).await;
        match kept {
            Ok(true) => Ok(()),
            Ok(false) => Err(SubscribeError::NotFound),
            Err(store::Error::Duplicate(_)) => Err(SubscribeError::SamePair),
            Err(other) => Err(SubscribeError::Store(other)),
        }
    }

    async fn ping_for(
        &self,
        endpoint: &Endpoint,
        secrets: &Secrets,
        body: &str,
    ) -> Result<String, SubscribeError> {
        let outcome: PingOutcome = self.ping(endpoint.url(), secrets, body).await;
        if self.config().refuse_failed_ping && !outcome.is_success() {
            return Err(SubscribeError::PingFailed(outcome.describe()));
        }
        Ok(outcome.describe())
    }

    /// Every subscription of an owner, oldest first.
    pub async fn list(&self, owner: impl Into<Owner>) -> Result<Vec<Subscription>, SubscribeError> {
        let owner = owner.into();
        self.0.store.read(move |tx| sql::all(tx, &owner)).await.map_err(SubscribeError::Store)
    }

    /// One subscription.
    pub async fn find(&self, owner: impl Into<Owner>, id: i64) -> Result<Subscription, SubscribeError> {
        let owner = owner.into();
        let found = self.0.store.read(move |tx| sql::find(tx, &owner, id)).await;
        found.map_err(SubscribeError::Store)?.ok_or(SubscribeError::NotFound)
    }

    /// Removes one subscription and what is on its way to it.
    pub async fn remove(&self, owner: impl Into<Owner>, id: i64) -> Result<(), SubscribeError> {
        let owner = owner.into();
        let gone = self.0.store.write(move |tx| sql::delete(tx, &owner, id)).await;
        if gone.map_err(SubscribeError::Store)? { Ok(()) } else { Err(SubscribeError::NotFound) }
    }

    /// Removes every subscription of an owner.
    pub async fn remove_all(&self, owner: impl Into<Owner>) -> Result<(), SubscribeError> {
        let owner = owner.into();
        let work = move |tx: &mut Tx<'_>| {
            for subscription in sql::all(tx, &owner)? {
                sql::delete(tx, &owner, subscription.id)?;
            }
            Ok::<_, store::Error>(())
        };
        self.0.store.write(work).await.map_err(SubscribeError::Store)
    }

    /// Asks a subscription's endpoint whether it answers, and notes how that went.
    pub async fn try_out(
        &self,
        owner: impl Into<Owner>,
        id: i64,
        body: &str,
    ) -> Result<PingOutcome, SubscribeError> {
        let owner = owner.into();
        let subscription = self.find(owner.clone(), id).await?;
        let outcome = self.ping(subscription.push_endpoint.url(), &subscription.secrets, body).await;
        let (now, words) = (self.0.clock.now(), outcome.describe());
        let noted = self.0.store.write(move |tx| sql::note_ping(tx, &owner, id, now, &words)).await;
        noted.map_err(SubscribeError::Store)?;
        Ok(outcome)
    }

    /// Makes a new secret for a subscription. The one before signs as well for `overlap`, so that the
    /// subscriber can change over without missing anything. Answers the new one, and until when the old
    /// one signs.
    pub async fn renew_secret(
        &self,
        owner: impl Into<Owner>,
        id: i64,
        overlap: Duration,
    ) -> Result<(Secret, Timestamp), SubscribeError> {
        let owner = owner.into();
        let secret = SigningKey::make(&self.0.random);
        let until = self.0.clock.now().checked_add(overlap).unwrap_or(Timestamp::MAX);
        let kept = secret.clone();
        let work = move |tx: &mut Tx<'_>| sql::change_secret(tx, &owner, id, &kept, until);
        if self.0.store.write(work).await.map_err(SubscribeError::Store)? {
            Ok((secret, until))
        } else {
            Err(SubscribeError::NotFound)
        }
    }

    /// How deliveries with larger numbers stand, in one state or all, the smallest number first.
    pub async fn deliveries(
        &self,
        owner: impl Into<Owner>,
        id: i64,
        state: Option<&'static str>,
        after: i64,
        max: u32,
    ) -> Result<Vec<Standing>, SubscribeError> {
        let owner = owner.into();
        let work = move |tx: &mut Tx<'_>| {
            if sql::find(tx, &owner, id)?.is_none() {
                return Err(SubscribeError::NotFound);
            }
            Ok(match state {
                Some(state) => sql::standings_in(tx, id, state, after, max)?,
                None => sql::standings(tx, id, after, max)?,
            })
        };
        self.0.store.read(work).await
    }

    /// How many deliveries wait for a subscription, up to a thousand.
    pub async fn waiting(&self, id: i64) -> Result<u64, SubscribeError> {
        self.0.store.read(move |tx| sql::count_pending(tx, id)).await.map_err(SubscribeError::Store)
    }
}
