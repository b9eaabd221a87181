//! Endpoints that are left alone: paused after many failures and asked whether they are back, or held by
//! an operator.

use std::time::Duration;

use jiff::Timestamp;
use jobs::Taken;
use store::Tx;

use crate::deliver::{Drain, DrainError, age};
use crate::model::Subscription;
use crate::{SubscribeError, Webhooks, sql};

/// Subscriptions that are told nothing now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standings {
    /// Paused after failures; they go on by themselves.
    pub paused: usize,
    /// Held by operators.
    pub held: usize,
}

/// How many subscriptions of all owners are told nothing now.
pub fn standing_still(tx: &mut Tx<'_>) -> store::Result<Standings> {
    let found = sql::standing_still(tx)?;
    let held = found.iter().filter(|subscription| subscription.held).count();
    Ok(Standings { held, paused: found.len() - held })
}

impl Webhooks {
    /// Leaves a subscription alone until [`Webhooks::resume`]; answers false when it is gone. What it
    /// misses waits, within limits.
    pub fn hold(&self, tx: &mut Tx<'_>, subscription: &Subscription) -> store::Result<bool> {
        sql::set_held(tx, subscription.id, true)
    }

    /// Lets a subscription go on at once, whatever held it up; answers false when it is gone. Ring after
    /// the commit.
    pub fn resume(
        &self,
        tx: &mut Tx<'_>,
        subscription: &Subscription,
        now: Timestamp,
    ) -> store::Result<bool> {
        if sql::lock(tx, subscription.id)?.is_none() {
            return Ok(false);
        }
        // The job of the turn before may be waiting for its next try; it finds that it is nobody's.
        let turn = sql::next_turn(tx, subscription.id)?;
        self.prolong(tx, subscription.id, now)?;
        self.begin_draining(tx, &Subscription { turn, ..subscription.clone() }, now)?;
        Ok(true)
    }

    /// How many subscriptions are told nothing now; for health and alarms.
    pub async fn standing_still(&self) -> Result<Standings, SubscribeError> {
        self.0.store.read(standing_still).await.map_err(SubscribeError::Store)
    }

    /// What waited while nobody was told anything gets the time that new events get.
    fn prolong(&self, tx: &mut Tx<'_>, subscription: i64, now: Timestamp) -> store::Result<()> {
        sql::prolong(tx, subscription, age(now, self.config().keep_seconds), self.expiry(now))
    }

    /// Whether so many failures in a row are reason to pause.
    pub(crate) fn pauses_after(&self, failures: u32) -> bool {
        let limit = self.config().pause_after_failures;
        limit > 0 && failures >= limit
    }

    pub(crate) fn probe_pause(&self) -> Duration {
        Duration::from_secs(self.config().probe_seconds.max(1))
    }
}

impl Drain {
    /// Asks a paused endpoint whether it is back; answers whether it is. If not, the job is put off.
    pub(crate) async fn probe(
        &self,
        app: &Webhooks,
        taken: &Taken,
        subscription: &Subscription,
    ) -> Result<bool, DrainError> {
        let ping = (app.0.probe)(app.0.clock.now());
        let outcome = app.ping(subscription.push_endpoint.url(), &subscription.secrets, &ping).await;
        let (now, back, words) = (app.0.clock.now(), outcome.is_success(), outcome.describe());
        let (doing, taken, of) = (app.clone(), taken.clone(), subscription.clone());
        let noted = app.0.store.write(move |tx| {
            taken.check::<DrainError>(tx)?;
            sql::note_ping(tx, &of.owner, of.id, now, &words)?;
            if back {
                sql::unpause(tx, of.id)?;
                doing.prolong(tx, of.id, now)?;
                return Ok(());
            }
            sql::give_up_old(tx, of.id, age(now, doing.config().keep_seconds), now)?;
            let at = now.checked_add(doing.probe_pause()).unwrap_or(Timestamp::MAX);
            taken.put_off::<DrainError>(tx, at, &words)
        });
        noted.await?;
        if back {
            tracing::info!(subscription = subscription.id, "a paused webhook endpoint is back");
        }
        Ok(back)
    }
}
