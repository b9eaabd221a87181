//! What operators see and do, whoever owns a subscription.

use jiff::Timestamp;
use store::Tx;

use crate::model::{Since, Standing, Subscription};
use crate::{SubscribeError, Webhooks, sql};

/// What somebody wants of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Tell it nothing until it is let go on.
    Pause,
    /// Tell it what waits, now.
    Resume,
    /// Tell it again what it was told, or would have been.
    Replay(Since),
}

impl Wish {
    /// What was done, for the audit log, once so many events are told again.
    pub fn done(&self, again: u64) -> String {
        match self {
            Self::Pause => "paused a webhook".to_owned(),
            Self::Resume => "resumed a webhook".to_owned(),
            Self::Replay(_) => format!("had a webhook told {again} events again"),
        }
    }
}

impl Webhooks {
    /// Does what is wanted of a subscription; answers how many events are told again, and none where the
    /// subscription is gone. Ring after the commit.
    pub fn look_after(
        &self,
        tx: &mut Tx<'_>,
        subscription: &Subscription,
        wish: &Wish,
        now: Timestamp,
    ) -> store::Result<Option<u64>> {
        let (there, again) = match wish {
            Wish::Pause => (self.hold(tx, subscription)?, 0),
            Wish::Resume => (self.resume(tx, subscription, now)?, 0),
            Wish::Replay(since) => (true, self.replay(tx, subscription, since, now)?),
        };
        Ok(there.then_some(again))
    }

    /// The subscriptions of all owners, of every product that shares the store, behind a number, in the
    /// order of numbers.
    pub async fn everybodys(&self, after: i64, max: u32) -> Result<Vec<Subscription>, SubscribeError> {
        self.0.store.read(move |tx| sql::everybodys(tx, after, max)).await.map_err(SubscribeError::Store)
    }

    /// Subscriptions of all owners that are told nothing now, some of them.
    pub async fn stopped(&self) -> Result<Vec<Subscription>, SubscribeError> {
        self.0.store.read(sql::standing_still).await.map_err(SubscribeError::Store)
    }

    /// How deliveries with smaller numbers stand, in one state or all, the largest number first.
    pub async fn latest(
        &self,
        subscription: i64,
        state: Option<&'static str>,
        before: i64,
        max: u32,
    ) -> Result<Vec<Standing>, SubscribeError> {
        let read = move |tx: &mut Tx<'_>| sql::latest(tx, subscription, state, before, max);
        self.0.store.read(read).await.map_err(SubscribeError::Store)
    }
}
