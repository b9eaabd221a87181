//! Create, change, list and remove. Each product mounts this in its own API's shape.

use store::Tx;
use types::OrgNumber;

use crate::model::{Endpoint, NewSubscription, Subscription};
use crate::ping::PingOutcome;
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
        owner: OrgNumber,
        new: NewSubscription,
        ping: &str,
        number: impl Fn(&mut Tx<'_>) -> store::Result<i64> + Send + 'static,
    ) -> Result<Subscription, SubscribeError> {
        let (name, endpoint) = (new.name.clone(), new.push_endpoint.clone());
        let taken = self.0.store.read(move |tx| sql::find_pair(tx, owner, &name, &endpoint)).await;
        if taken.map_err(SubscribeError::Store)?.is_some() {
            return Err(SubscribeError::SamePair);
        }
        let outcome = self.ping_for(&new.push_endpoint, ping).await?;
        let now = self.0.clock.now();
        self.0
            .store
            .write(move |tx| {
                let id = number(tx)?;
                if !sql::insert(tx, id, owner, &new, (now, &outcome))? {
                    return Err(SubscribeError::SamePair);
                }
                sql::find(tx, owner, id)?.ok_or(SubscribeError::NotFound)
            })
            .await
    }

    /// Changes a subscription; a new endpoint is pinged first.
    pub async fn change(
        &self,
        owner: OrgNumber,
        id: i64,
        change: impl FnOnce(&mut Subscription) + Send,
        ping: &str,
    ) -> Result<(), SubscribeError> {
        let found = self.0.store.read(move |tx| sql::find(tx, owner, id)).await;
        let mut changed = found.map_err(SubscribeError::Store)?.ok_or(SubscribeError::NotFound)?;
        let before = changed.push_endpoint.clone();
        change(&mut changed);
        let (name, endpoint) = (changed.name.clone(), changed.push_endpoint.clone());
        let other = self.0.store.read(move |tx| sql::find_pair(tx, owner, &name, &endpoint)).await;
        if other.map_err(SubscribeError::Store)?.is_some_and(|other| other != id) {
            return Err(SubscribeError::SamePair);
        }
        if changed.push_endpoint != before {
            let outcome = self.ping_for(&changed.push_endpoint, ping).await?;
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

    async fn ping_for(&self, endpoint: &Endpoint, body: &str) -> Result<String, SubscribeError> {
        let outcome: PingOutcome = self.ping(endpoint.url(), body).await;
        if self.0.config.refuse_failed_ping && !outcome.is_success() {
            return Err(SubscribeError::PingFailed(outcome.describe()));
        }
        Ok(outcome.describe())
    }

    /// Every subscription of an owner, oldest first.
    pub async fn list(&self, owner: OrgNumber) -> Result<Vec<Subscription>, SubscribeError> {
        self.0.store.read(move |tx| sql::all(tx, owner)).await.map_err(SubscribeError::Store)
    }

    /// One subscription.
    pub async fn find(&self, owner: OrgNumber, id: i64) -> Result<Subscription, SubscribeError> {
        let found = self.0.store.read(move |tx| sql::find(tx, owner, id)).await;
        found.map_err(SubscribeError::Store)?.ok_or(SubscribeError::NotFound)
    }

    /// Removes one subscription and what is on its way to it.
    pub async fn remove(&self, owner: OrgNumber, id: i64) -> Result<(), SubscribeError> {
        let gone = self.0.store.write(move |tx| sql::delete(tx, owner, id)).await;
        if gone.map_err(SubscribeError::Store)? { Ok(()) } else { Err(SubscribeError::NotFound) }
    }

    /// Removes every subscription of an owner.
    pub async fn remove_all(&self, owner: OrgNumber) -> Result<(), SubscribeError> {
        let work = move |tx: &mut Tx<'_>| {
            for subscription in sql::all(tx, owner)? {
                sql::delete(tx, owner, subscription.id)?;
            }
            Ok::<_, store::Error>(())
        };
        self.0.store.write(work).await.map_err(SubscribeError::Store)
    }
}
