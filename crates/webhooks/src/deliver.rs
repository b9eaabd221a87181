//! JOB: empties one subscriber's queue, oldest first, one call at a time.

use std::time::Duration;

use jiff::Timestamp;
use jobs::{Job, Outcome, Stale, Taken};
use serde::{Deserialize, Serialize};
use types::OrgNumber;

use crate::model::{Delivery, Subscription};
use crate::ping::PingOutcome;
use crate::{Webhooks, sql};

/// Calls made before the job gives its place in the lane to others.
const IN_A_ROW: usize = 100;

/// Empties one subscriber's queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drain {
    /// Whose subscription it is.
    pub owner: OrgNumber,
    /// Which.
    pub subscription: i64,
}

#[derive(Debug, thiserror::Error)]
enum DrainError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Stale(#[from] Stale),
}

/// What there is to do next.
enum Next {
    Post(Box<Subscription>, Delivery),
    /// The queue is empty, or the subscription gone; the job has been finished.
    Nothing,
}

impl Job<Webhooks> for Drain {
    const KIND: &'static str = "webhooks.drain";

    async fn run(self, app: Webhooks, taken: Taken) -> Outcome {
        for _ in 0..IN_A_ROW {
            match self.step(&app, &taken).await {
                Ok(true) => {}
                Ok(false) | Err(DrainError::Stale(_)) => return Outcome::Settled,
                Err(DrainError::Store(error)) => {
                    return Outcome::Later(Duration::from_secs(5), error.to_string());
                }
            }
        }
        Outcome::Later(Duration::ZERO, "others first".to_owned())
    }
}

impl Drain {
    /// Delivers one event; answers whether there may be another.
    async fn step(&self, app: &Webhooks, taken: &Taken) -> Result<bool, DrainError> {
        let Next::Post(subscription, delivery) = self.next(app, taken).await? else { return Ok(false) };
        let now = app.0.clock.now();
        if delivery.expires <= now {
            let outcome = "given up: its time was over";
            app.0.store.write(move |tx| sql::end_delivery(tx, delivery.id, "given_up", outcome, now)).await?;
            return Ok(true);
        }
        let id = delivery.id.to_string();
        let (outcome, wait) = app.post(subscription.push_endpoint.url(), &id, &delivery.body, now).await;
        if outcome.is_success() {
            self.delivered(app, &delivery, &outcome).await?;
            return Ok(true);
        }
        self.failed(app, taken, &delivery, &outcome, wait).await?;
        Ok(false)
    }

    async fn next(&self, app: &Webhooks, taken: &Taken) -> Result<Next, DrainError> {
        let (owner, id) = (self.owner, self.subscription);
        let (taken, before) = (taken.clone(), age(app.0.clock.now(), app.0.config.keep_seconds));
        let next = app.0.store.write(move |tx| {
            let subscription = sql::find(tx, owner, id)?;
            if let Some((subscription, delivery)) = subscription.zip(sql::next_pending(tx, id)?) {
                return Ok(Next::Post(Box::new(subscription), delivery));
            }
            // In one commit with the look, so that nothing announced meanwhile is left lying.
            sql::end_draining(tx, id)?;
            sql::prune(tx, id, before)?;
            taken.finish::<DrainError>(tx).map(|()| Next::Nothing)
        });
        next.await
    }

    async fn delivered(
        &self,
        app: &Webhooks,
        delivery: &Delivery,
        outcome: &PingOutcome,
    ) -> Result<(), DrainError> {
        let (id, subscription, now) = (delivery.id, self.subscription, app.0.clock.now());
        let outcome = outcome.describe();
        app.0
            .store
            .write(move |tx| {
                sql::end_delivery(tx, id, "delivered", &outcome, now)?;
                sql::forget_failures(tx, subscription).map_err(DrainError::from)
            })
            .await
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
            (app.0.clock.now(), app.0.config.retry_seconds.clone(), app.0.random.fraction());
        let outcome = outcome.describe();
        app.0
            .store
            .write(move |tx| {
                let failures = sql::note_failure(tx, subscription, id, &outcome)?;
                let at = now.checked_add(ladder.pause(failures, chance, wait)).unwrap_or(Timestamp::MAX);
                taken.put_off::<DrainError>(tx, at, &outcome)
            })
            .await
    }
}

fn age(now: Timestamp, seconds: u64) -> Timestamp {
    now.checked_sub(Duration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
}
