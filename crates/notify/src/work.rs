//! The lanes and loops that work while the service runs.

use std::future::Future;
use std::time::Duration;

use jobs::{Kinds, Lane, LaneLimits, Outcome, Taken, Workers};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use types::Roles;

use crate::Notify;
use crate::metrics::count::{self, FIGURES};
use crate::orders::expand::Expand;
use crate::recipients::Channel;
use crate::routes;
use crate::sending::{FollowEmail, RecordError, SendEmail, SendSms};
use crate::status::leader::{self, FEED};
use crate::subscriptions::dispatch;
use crate::sweep::{self, SWEEPS};
use gateways::Urgency;

/// Orders that are due become notifications.
pub const ORDERS: Lane = Lane("notify.orders");
/// SMS that may wait for others.
pub const SMS: Lane = Lane("notify.sms");
/// E-mail that may wait for others.
pub const EMAIL: Lane = Lane("notify.email");
/// Questions to providers about e-mail that they work on.
pub const FOLLOW: Lane = Lane("notify.follow");
/// E-mail with files.
pub const COMPOSED: Lane = Lane("notify.composed");
/// Messages that somebody waits for, with workers of their own.
pub const INSTANT: Lane = Lane("notify.instant");

/// How long hand-overs under way get to finish when the service stops.
const GRACE: Duration = Duration::from_secs(10);

/// Which line a job's message stands in.
pub(crate) fn urgency(taken: &Taken) -> Urgency {
    if taken.lane == INSTANT.0 { Urgency::Instant } else { Urgency::Ordinary }
}

/// How often a job is tried whose rows cannot be read or written, though the store works.
const TRIES_WITH_BAD_ROWS: u32 = 10;

/// Nothing was begun, so the job can simply be tried again; but not for ever where trying cannot help.
pub(crate) fn after_error(taken: &Taken, error: RecordError) -> Outcome {
    use store::Error;
    match error {
        RecordError::Stale(_) => Outcome::Settled,
        RecordError::Store(
            error @ (Error::Column { .. } | Error::NotFound | Error::Duplicate(_) | Error::Panicked),
        ) if taken.tries >= TRIES_WITH_BAD_ROWS => Outcome::GiveUp(error.to_string()),
        RecordError::Store(error) => Outcome::Later(Duration::from_secs(5), error.to_string()),
    }
}

pub(crate) fn kinds() -> Kinds<Notify> {
    Kinds::new().with::<Expand>().with::<SendSms>().with::<SendEmail>().with::<FollowEmail>()
}

/// The workers of a lane.
pub(crate) fn workers(notify: &Notify, lane: Lane, at_once: usize) -> Workers<Notify> {
    let config = notify.config();
    let limits = LaneLimits {
        at_once: at_once.max(1),
        lease: Duration::from_secs(config.lease_seconds.max(1)),
        poll_every: Duration::from_millis(config.poll_every_milliseconds.max(10)),
        grace: GRACE,
    };
    let (store, clock, wake) = (notify.store().clone(), notify.clock().clone(), notify.wake().clone());
    Workers::new(notify.clone(), kinds(), lane, limits, store, clock, wake)
}

fn lanes(notify: &Notify) -> [Workers<Notify>; 6] {
    let config = notify.config();
    [
        workers(notify, ORDERS, config.orders_at_once),
        workers(notify, SMS, config.sms_at_once).limited_by(room(notify, Channel::Sms)),
        workers(notify, EMAIL, config.email_at_once).limited_by(room(notify, Channel::Email)),
        workers(notify, FOLLOW, config.email_at_once),
        workers(notify, COMPOSED, config.composed_at_once).limited_by(room(notify, Channel::Email)),
        // Only what a lost process left behind is found here; see `instant`.
        workers(notify, INSTANT, config.sms_at_once),
    ]
}

/// How many messages may begin now: while no route is open, none is taken from the queue.
fn room(notify: &Notify, channel: Channel) -> impl Fn() -> usize + Send + Sync + 'static {
    let notify = notify.clone();
    move || notify.ways().room(channel, notify.clock().now())
}

impl Notify {
    /// Does the parts of the work that are this node's until told to stop, then finishes what is under
    /// way.
    pub async fn run(&self, roles: Roles, stop: CancellationToken) {
        let mut running = JoinSet::new();
        // What is under way when the service stops still needs its connections.
        let connected = CancellationToken::new();
        let connections = (roles.deliver || roles.api)
            .then(|| tokio::spawn(routes::keep_connected(self.clone(), connected.clone())));
        if connections.is_some() {
            running.spawn(routes::sync::keep(self.clone(), stop.clone()));
        }
        if roles.deliver {
            for workers in lanes(self) {
                running.spawn(workers.run(stop.clone()));
            }
        }
        let (webhooks, webhooks_stop) = (self.webhooks().clone(), stop.clone());
        running.spawn(async move { webhooks.run(roles, webhooks_stop).await });
        if roles.sweep {
            running.spawn(self.clone().lead(SWEEPS, stop.clone(), sweep::lead));
            running.spawn(self.clone().lead(FEED, stop.clone(), leader::lead));
            running.spawn(self.clone().lead(FIGURES, stop.clone(), count::lead));
        }
        self.is_stopping(false);
        // A node may have nothing to do here but to hand over what its own callers wait for.
        stop.cancelled().await;
        self.is_stopping(true);
        while let Some(ended) = running.join_next().await {
            if let Err(panic) = ended {
                tracing::error!(%panic, "a lane's workers panicked");
            }
        }
        self.tasks().close();
        if timeout(GRACE, self.tasks().wait()).await.is_err() {
            tracing::warn!("stopped before every instant message had its answer; the ledger knows them");
        }
        self.tasks().reopen();
        connected.cancel();
        if let Some(connections) = connections
            && timeout(GRACE, connections).await.is_err()
        {
            tracing::warn!("stopped before every gateway's connection was closed in good order");
        }
    }

    async fn lead<F>(
        self,
        task: &'static str,
        stop: CancellationToken,
        work: impl Fn(Self, CancellationToken) -> F,
    ) where
        F: Future<Output = ()>,
    {
        self.store().lead(task, stop, |term| work(self.clone(), term)).await;
    }

    /// Gives every entry of the feed that waits its number, and answers how many there were. For tests;
    /// otherwise whoever leads does it.
    pub async fn number_feed(&self) -> usize {
        leader::number_all(self).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "could not number entries of the feed");
            0
        })
    }

    /// Runs everything that is due, until nothing is. For tests, which own the clock.
    pub async fn run_due(&self) -> usize {
        let mut total = 0;
        routes::sync::sync(self).await;
        loop {
            let mut count = 0;
            for workers in lanes(self) {
                count += workers.run_due().await;
            }
            if let Err(error) = dispatch::dispatch_all(self).await {
                tracing::warn!(%error, "could not hand news to webhooks");
            }
            count += self.webhooks().run_due().await;
            if count == 0 {
                break;
            }
            total += count;
        }
        let closed = sweep::sweep(self, &CancellationToken::new()).await;
        total += usize::try_from(closed).unwrap_or(usize::MAX);
        self.number_feed().await;
        total
    }
}

impl Notify {
    /// Counts the figures of days that are over, and answers how many there were. For tests, which own the
    /// clock; otherwise whoever leads does it.
    pub async fn count_days(&self) -> usize {
        count::count_due(self).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "could not count a day's figures");
            0
        })
    }
}
