//! JOB: empties one subscriber's queue, oldest first, one call at a time.

use std::time::Duration;

use jiff::Timestamp;
use jobs::{Job, Outcome, Stale, Taken};
use meter::families::WEBHOOK_CALLS;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{Delivery, Owner, Subscription};
use crate::ping::{Letter, PingOutcome};
use crate::{Webhooks, sql};

/// Calls made before the job gives its place in the lane to others.
const IN_A_ROW: usize = 100;

/// Empties one subscriber's queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drain {
    /// Whose subscription it is.
    pub owner: Owner,
    /// Which.
    pub subscription: i64,
    /// Whose turn it is, see [`Subscription::turn`].
    #[serde(default)]
    pub(crate) turn: i64,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum DrainError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Stale(#[from] Stale),
}

/// What is to be posted next, and where.
type Next = Option<(Subscription, Delivery)>;

impl Job<Webhooks> for Drain {
    const KIND: &'static str = "webhooks.drain";

    async fn run(self, app: Webhooks, taken: Taken) -> Outcome {
        match self.empty(&app, &taken).await {
            Ok(true) | Err(DrainError::Stale(_)) => Outcome::Settled,
            Ok(false) => Outcome::Later(Duration::ZERO, "others first".to_owned()),
            Err(DrainError::Store(error)) => Outcome::Later(Duration::from_secs(5), error.to_string()),
        }
    }
}

impl Drain {
    /// Delivers until the queue is empty or a call fails; answers false when it stopped before that.
    async fn empty(&self, app: &Webhooks, taken: &Taken) -> Result<bool, DrainError> {
        let mut next = self.next_or_end(app, taken).await?;
        if let Some((subscription, _)) = &next
            && subscription.paused.is_some()
        {
            if !self.probe(app, taken, subscription).await? {
                return Ok(true);
            }
            next = self.next_or_end(app, taken).await?;
        }
        for _ in 0..IN_A_ROW {
            let Some((subscription, delivery)) = next else { return Ok(true) };
            let now = app.0.clock.now();
            let after = if delivery.expires <= now {
                self.over(app, taken, delivery.id, "given_up", "given up: its time was over".to_owned())
                    .await?
            } else {
                let id = delivery.id.to_string();
                let letter = Letter { id: &id, number: Some(delivery.number), body: &delivery.body, at: now };
                let (outcome, wait) =
                    app.post(subscription.push_endpoint.url(), &subscription.secrets, &letter).await;
                if !outcome.is_success() {
                    self.failed(app, taken, &delivery, &outcome, wait).await?;
                    return Ok(true);
                }
                self.over(app, taken, delivery.id, "delivered", outcome.describe()).await?
            };
            next = match after {
                Some(delivery) => Some((subscription, delivery)),
                None => self.next_or_end(app, taken).await?,
            };
        }
        Ok(next.is_none())
    }

    /// The oldest event that waits. When there is none, or no subscription any more, the job is finished
    /// in the same commit, and nobody can have added anything meanwhile.
    async fn next_or_end(&self, app: &Webhooks, taken: &Taken) -> Result<Next, DrainError> {
        let (owner, id, turn) = (self.owner.clone(), self.subscription, self.turn);
        let (taken, before) = (taken.clone(), age(app.0.clock.now(), app.config().keep_seconds));
        let next = app.0.store.write(move |tx| {
            taken.check::<DrainError>(tx)?;
            if sql::lock(tx, id)?.is_some() {
                let subscription = sql::find(tx, &owner, id)?;
                if subscription.as_ref().is_some_and(|subscription| subscription.turn != turn) {
                    // Somebody has let it go on, with a job of its own.
                    return taken.finish::<DrainError>(tx).map(|()| None);
                }
                let told = subscription.filter(|subscription| !subscription.held);
                if let Some(next) = told.zip(sql::next_pending(tx, id)?) {
                    return Ok(Some(next));
                }
                sql::end_draining(tx, id)?;
                sql::prune(tx, id, before)?;
            }
            taken.finish::<DrainError>(tx).map(|()| None)
        });
        next.await
    }

    /// One delivery is over; answers the next one that waits. Looks for it without locking the queue, so
    /// that those who announce need not wait for those who deliver; an event that is just being added
    /// may be missed, and [`Drain::next_or_end`] finds it.
    async fn over(
        &self,
        app: &Webhooks,
        taken: &Taken,
        id: Uuid,
        state: &'static str,
        outcome: String,
    ) -> Result<Option<Delivery>, DrainError> {
        let (subscription, turn, now) = (self.subscription, self.turn, app.0.clock.now());
        let taken = taken.clone();
        let lane = app.0.lane.0;
        let next = app.0.store.write(move |tx| {
            if state == "delivered" {
                sql::forget_failures(tx, subscription)?;
            }
            tx.count(&WEBHOOK_CALLS, &[lane, state]);
            sql::end_delivery(tx, id, state, &outcome, now)?;
            let held = taken.check::<DrainError>(tx);
            // What was told has been told, also when somebody else goes on from here.
            if let Err(DrainError::Stale(stale)) = held {
                return Ok(Err(stale));
            }
            held?;
            Ok::<_, DrainError>(Ok(sql::next_of_turn(tx, subscription, turn)?))
        });
        Ok(next.await??)
    }

    async fn failed(
        &self,
        app: &Webhooks,
        taken: &Taken,
        delivery: &Delivery,
        outcome: &PingOutcome,
        wait: Option<Duration>,
    ) -> Result<(), DrainError> {
        let (id, subscription, taken) = (delivery.id, self.subscription, taken.clone());
        let (now, ladder, chance) =
            (app.0.clock.now(), app.config().retry_seconds.clone(), app.0.random.fraction());
        let (outcome, lane, doing) = (outcome.describe(), app.0.lane.0, app.clone());
        let paused = app
            .0
            .store
            .write(move |tx| {
                let failures = sql::note_failure(tx, subscription, id, &outcome)?;
                tx.count(&WEBHOOK_CALLS, &[lane, "failed"]);
                let paused = doing.pauses_after(failures) && sql::pause(tx, subscription, now)?;
                let pause = if paused { doing.probe_pause() } else { ladder.pause(failures, chance, wait) };
                let at = now.checked_add(pause).unwrap_or(Timestamp::MAX);
                taken.put_off::<DrainError>(tx, at, &outcome)?;
                Ok::<_, DrainError>(paused.then_some(failures))
            })
            .await?;
        if let Some(failures) = paused {
            tracing::warn!(
                subscription,
                failures,
                "a webhook endpoint fails again and again; it is paused, and asked now and then"
            );
        }
        Ok(())
    }
}

pub(crate) fn age(now: Timestamp, seconds: u64) -> Timestamp {
    now.checked_sub(Duration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
}
