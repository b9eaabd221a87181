//! The notification service: SMS and e-mail, wire-compatible with Altinn Notifications.
//!
//! # The life of a notification
//!
//! ```text
//!  POST /future/orders ──▶ chain, orders, jobs: one commit ──▶ 201
//!                                   │ due
//!                              orders/expand   asks the condition and the register
//!                                   │ one commit: notifications, jobs, new state
//!                              sending/sms, sending/email
//!                                   │ attempt on disk ▶ provider ▶ result on disk
//!                              reports/receive  the gateway says what became of it
//!                                   │ last result: the order ends, the feed tells
//!                              status/feed
//!
//!  POST /future/orders/instant/… ──▶ the same rows and an open attempt in one commit ▶ provider
//!                                    ▶ result in a second commit ──▶ 201
//! ```
//!
//! # Several nodes
//!
//! Any number of nodes may share one database, where their transactions run side by side. Whatever is
//! read and then written is locked first, in one order that `lock.rs` writes down; what many callers want
//! written shares commits (`Written`). Where they meet:
//!
//! | what | who settles it |
//! |---|---|
//! | equal requests | the idempotency key; whoever comes second reads the first receipt, and waits for an instant message's hand-over |
//! | a job taken by two | its fence: a late result is refused, but what the provider said is noted |
//! | cancelling and processing | the order's state, changed by whoever names the state it must have been in |
//! | a report before its reference | both hold the reference's name |
//! | the last results of an order | whoever holds the order's row last sees what all have done |
//! | the feed's numbers | one who leads, see `status/number.rs` |
//! | news for webhooks | the same; each subscription's deliveries are one job |
//! | sweeps | one who leads; two step over each other's rows |
//!
//! What is finished does not slow what is hot: sweeps read indexes of open work only, everything else
//! goes by primary key, order, reference or the feed's own number, and no query reads a whole table.
//!
//! A [`Notify`] is made of its [`Parts`], answers over HTTP with [`Notify::router`] and works through
//! its lanes with [`Notify::run`]. Nothing is global: several may live in one process.

pub mod access;
mod api;
pub mod attachments;
mod audited;
pub mod binding;
mod bounces;
mod bulk;
pub mod config;
pub mod erasure;
pub mod instant;
mod known;
mod lock;
mod log;
pub mod metrics;
pub mod openapi;
pub mod operators;
pub mod orders;
pub mod overview;
mod preview;
pub mod problem;
pub mod recipients;
mod reconfigure;
pub mod reports;
mod retention;
pub mod routes;
pub mod send_condition;
pub mod sending;
pub mod status;
pub mod subscriptions;
mod support;
mod suppression;
mod sweep;
pub mod text;
pub mod trace;
mod trigger;
mod work;
mod written;

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use auth::Verifier;
use jobs::{Lane, Wake};
use store::Store;
use tokio::sync::{OnceCell, Semaphore, watch};
use tokio_util::task::TaskTracker;
use types::random::Random;
use types::time::Clock;

pub use config::Config;
pub use work::{COMPOSED, EMAIL, FOLLOW, INSTANT, ORDERS, SMS};

use attachments::Porter;
use gateways::{EmailProvider, SmsProvider};
use recipients::ContactRegister;
use routes::{Route, RouteError, Ways};
use send_condition::Asker;
use sending::hours::{Window, WindowError};
use web::GuardedClient;
use written::Written;

/// What a [`Notify`] is made of.
pub struct Parts {
    /// The rows.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Chance.
    pub random: Random,
    /// Rung when there is work.
    pub wake: Wake,
    /// How it behaves.
    pub config: Config,
    /// Checks callers' tokens.
    pub verifier: Verifier,
    /// What carries SMS out.
    pub sms: Vec<Route<dyn SmsProvider>>,
    /// What carries e-mail out.
    pub email: Vec<Route<dyn EmailProvider>>,
    /// Knows how people are reached.
    pub contacts: Arc<dyn ContactRegister>,
    /// Asks send conditions.
    pub conditions: Asker,
    /// Fetches files that senders point at.
    pub files: GuardedClient,
    /// Reaches creators' webhooks.
    pub webhook_client: GuardedClient,
}

/// The notification service. Clones are the same service.
#[derive(Clone)]
pub struct Notify(Arc<Inner>);

struct Inner {
    parts: Parts,
    /// As it is now; that of the parts is as it was at the start.
    config: ArcSwap<Config>,
    ways: Ways,
    door: access::Door,
    routes_bell: routes::sync::Bell,
    node: String,
    window: Window,
    waiting: sending::Waiting,
    flights: instant::Flights,
    written: Written,
    feed_bell: status::leader::Bell,
    instant_places: Semaphore,
    porter: Porter,
    suppression_key: OnceCell<suppression::Keyed>,
    tasks: TaskTracker,
    webhooks: webhooks::Webhooks,
    follower_places: Arc<status::follow::Places>,
    bulk_places: Arc<status::follow::Places>,
    stopping: watch::Sender<bool>,
}

fn posting(parts: &Parts) -> webhooks::Parts {
    webhooks::Parts {
        store: parts.store.clone(),
        clock: parts.clock.clone(),
        random: parts.random.clone(),
        wake: parts.wake.clone(),
        client: parts.webhook_client.clone(),
        config: parts.config.webhooks.posting(),
        lane: subscriptions::WEBHOOKS,
        probe: subscriptions::ping,
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notify")
    }
}

/// Why there can be no service of these parts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// The configured hours make no window.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// There is no way out, or two have one name.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// The webhooks' secret is none; there is none for all.
    #[error(transparent)]
    Webhooks(#[from] webhooks::SigningKeyError),
}

impl Notify {
    /// A service of these parts. It answers and works only when told to.
    pub fn new(mut parts: Parts) -> Result<Self, NotifyError> {
        let ways = Ways::new(std::mem::take(&mut parts.sms), std::mem::take(&mut parts.email))?;
        let Config { daytime_opens_hour, daytime_closes_hour, instant_at_once, .. } = parts.config;
        Ok(Self(Arc::new(Inner {
            window: Window::in_norway(daytime_opens_hour, daytime_closes_hour)?,
            waiting: sending::Waiting::default(),
            flights: instant::Flights::default(),
            written: Written::to(&parts.store),
            feed_bell: status::leader::Bell::new(&parts.store),
            instant_places: Semaphore::new(instant_at_once.max(1)),
            porter: Porter::new(parts.files.clone(), &parts.config),
            suppression_key: OnceCell::new(),
            door: access::Door::new(parts.verifier.clone(), parts.config.pace.clone(), parts.clock.clone()),
            tasks: TaskTracker::new(),
            config: ArcSwap::from_pointee(parts.config.clone()),
            ways,
            webhooks: webhooks::Webhooks::new(posting(&parts))?,
            follower_places: status::follow::Places::new(parts.config.feed_followers),
            bulk_places: status::follow::Places::new(parts.config.bulk_at_once),
            stopping: watch::Sender::new(false),
            routes_bell: routes::sync::Bell::new(&parts.store),
            node: parts.random.uuid_v4().to_string(),
            parts,
        })))
    }

    /// Its endpoints, with full paths from the root, in any letter case.
    pub fn router(&self) -> axum::Router {
        api::router(self)
    }

    /// What is for operators: to be served where senders do not call.
    pub fn operators_router(&self) -> axum::Router {
        operators::router(self)
    }

    /// The rows.
    pub fn store(&self) -> &Store {
        &self.0.parts.store
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.parts.clock
    }

    pub(crate) fn random(&self) -> &Random {
        &self.0.parts.random
    }

    pub(crate) fn config(&self) -> Arc<Config> {
        self.0.config.load_full()
    }

    /// Checks callers.
    pub(crate) fn verifier(&self) -> &access::Door {
        &self.0.door
    }

    pub(crate) fn ways(&self) -> &Ways {
        &self.0.ways
    }

    pub(crate) fn routes_bell(&self) -> &routes::sync::Bell {
        &self.0.routes_bell
    }

    /// Our own name among the nodes that share routes.
    pub(crate) fn node(&self) -> &str {
        &self.0.node
    }

    pub(crate) fn contacts(&self) -> &dyn ContactRegister {
        self.0.parts.contacts.as_ref()
    }

    pub(crate) fn conditions(&self) -> &Asker {
        &self.0.parts.conditions
    }

    pub(crate) fn window(&self) -> &Window {
        &self.0.window
    }

    pub(crate) fn waiting(&self) -> &sending::Waiting {
        &self.0.waiting
    }

    pub(crate) fn flights(&self) -> &instant::Flights {
        &self.0.flights
    }

    pub(crate) fn feed_bell(&self) -> &status::leader::Bell {
        &self.0.feed_bell
    }

    /// An order may have come to its end, or a notification changed; to be called after the commit.
    pub(crate) fn ring_feed(&self) {
        self.0.feed_bell.ring(self.store());
    }

    pub(crate) fn porter(&self) -> &Porter {
        &self.0.porter
    }

    pub(crate) fn instant_places(&self) -> &Semaphore {
        &self.0.instant_places
    }

    /// Subscriptions and deliveries of creators, for operators.
    pub fn webhooks(&self) -> &webhooks::Webhooks {
        &self.0.webhooks
    }

    pub(crate) fn follower_places(&self) -> &Arc<status::follow::Places> {
        &self.0.follower_places
    }

    pub(crate) fn bulk_places(&self) -> &Arc<status::follow::Places> {
        &self.0.bulk_places
    }

    /// Whether the service is being stopped; for answers that take long.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.subscribe()
    }

    pub(crate) fn is_stopping(&self, stopping: bool) {
        self.0.stopping.send_replace(stopping);
    }

    pub(crate) fn suppression_key(&self) -> &OnceCell<suppression::Keyed> {
        &self.0.suppression_key
    }

    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    pub(crate) fn ring(&self, lane: Lane) {
        self.0.parts.wake.ring(lane);
    }

    pub(crate) fn wake(&self) -> &Wake {
        &self.0.parts.wake
    }
}

#[cfg(test)]
testkit::again_on_postgres!();
