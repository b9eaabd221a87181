//! Telling subscribers, durably.
//!
//! **Cast.** A *subscription* names an endpoint and what it wants to hear. An *event* is announced
//! in the commit that caused it and becomes one *delivery* for each subscription that wants it. A
//! *drain* is the job that empties one subscriber's queue.
//!
//! **Several nodes.** Everything is in the store. Whoever announces locks the subscription's row until
//! its commit, and a drain that finds the queue empty locks it too before it says so: an event is
//! either seen by the drain or begins a new one.
//!
//! **States.** A delivery is pending, then delivered, or given up when its time is over. A subscription is
//! told things; *paused*, after many failures in a row, it is only asked whether it is back; *held*, it is
//! left alone until an operator lets it go on. What it misses meanwhile is kept as long as what is over.
//!
//! **Promises.** What was committed is told, at least once, to everybody who subscribed before it.
//! A subscriber hears events in the order they were announced, one at a time. A subscriber that does
//! not answer waits alone: its queue backs off, and nobody else's does. Every delivery carries an id,
//! so that a subscriber can recognize a repeat; where a secret is configured, or the subscription has one
//! of its own, it is signed in the Standard Webhooks format, with two secrets while one replaces the other.
//!
//! The crate knows no product: it is handed bodies as text and filters as names and values, and each
//! product mounts subscriptions in its own API's shape.

mod announce;
mod config;
mod deliver;
mod look_after;
mod model;
mod pause;
mod ping;
mod sign;
mod sql;
mod subscribe;
mod told;

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use jobs::{Kinds, Lane, LaneLimits, Wake, Workers};
use store::Store;
use tokio_util::sync::CancellationToken;
use types::Roles;
use types::random::Random;
use types::time::Clock;
use web::GuardedClient;

pub use announce::Event;
pub use config::Config;
pub use deliver::Drain;
pub use look_after::Wish;
pub use model::{
    Delivery, Endpoint, EndpointError, Filter, FilterError, NewSubscription, Owner, Secrets, Since, Standing,
    Subscription,
};
pub use pause::{Standings, standing_still};
pub use ping::PingOutcome;
pub use sign::{SigningKey, SigningKeyError};
pub use subscribe::SubscribeError;
pub use told::{Again, Told, Which, count_about, rewrite_about, told};

/// The lane in which Exchange's subscribers' queues are emptied. Each product has a lane of its own, and
/// so its own limits.
pub const LANE: Lane = Lane("webhooks");

/// What the crate is built from.
pub struct Parts {
    /// Where subscriptions and deliveries are kept.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// Ids and jitter.
    pub random: Random,
    /// Bells of the lanes.
    pub wake: Wake,
    /// Reaches endpoints that strangers chose.
    pub client: GuardedClient,
    /// Times, limits and the signing secret.
    pub config: Config,
    /// The product's own lane.
    pub lane: Lane,
    /// What is posted to ask a paused endpoint whether it is back; the product's ping.
    pub probe: fn(Timestamp) -> String,
}

/// Subscriptions and deliveries of one product. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    random: Random,
    wake: Wake,
    client: GuardedClient,
    config: ArcSwap<Config>,
    signing: Option<SigningKey>,
    lane: Lane,
    probe: fn(Timestamp) -> String,
}

impl Webhooks {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the configured secret is no signing key.
    pub fn new(parts: Parts) -> Result<Self, SigningKeyError> {
        let Parts { store, clock, random, wake, client, config, lane, probe } = parts;
        let signing = config.signing_secret.as_ref().map(SigningKey::parse).transpose()?;
        let config = ArcSwap::from_pointee(config);
        Ok(Self(Arc::new(Inner { store, clock, random, wake, client, config, signing, lane, probe })))
    }

    /// Goes on with other times and limits. The signing secret and `at_once` stay as they are.
    pub fn reconfigure(&self, config: Config) {
        self.0.config.store(Arc::new(config));
    }

    pub(crate) fn config(&self) -> Arc<Config> {
        self.0.config.load_full()
    }

    /// Empties queues until told to stop, if this node delivers. Any number of nodes may: a queue is one
    /// job, and so in one node's hands.
    pub async fn run(&self, roles: Roles, stop: CancellationToken) {
        if roles.deliver {
            self.workers().run(stop).await;
        }
    }

    /// Runs what is due now and answers how many jobs that were. For tests, which own the clock.
    pub async fn run_due(&self) -> usize {
        self.workers().run_due().await
    }

    /// Wakes the workers; to be called after a commit that announced something.
    pub fn ring(&self) {
        self.0.wake.ring(self.0.lane);
    }

    fn workers(&self) -> Workers<Self> {
        let limits = LaneLimits { at_once: self.config().at_once, ..LaneLimits::default() };
        let Inner { store, clock, wake, .. } = &*self.0;
        let kinds = Kinds::new().with::<Drain>();
        Workers::new(self.clone(), kinds, self.0.lane, limits, store.clone(), clock.clone(), wake.clone())
    }
}
