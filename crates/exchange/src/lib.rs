//! The message gateway: Integrasjonspunkt, broker and registry.
//!
//! # The life of a message, both ways
//!
//! ```text
//! client ─► outbox: draft, files ─► queued ─► JOB send: look up, seal, hand over ─► channel
//!                                                   │ SENDT                            │
//! client ◄─ statuses, webhooks ◄────────────────────┴───── status messages ◄──────┐    ▼
//!                                                                                 │  arrival
//! client ─► inbox: peek, pop, delete ◄── opened, verified, stored ◄── receive ◄───┼────┘
//!                       └─ MOTTATT when stored, LEVERT when deleted ── JOB ───────┘
//! ```
//!
//! # Promises
//!
//! What was answered with success is on disk. A message is handed to its channel once, unless the
//! ledger says that nobody knows. What came in is stored before the channel is told so, and shown to
//! clients once. A status is recorded in the commit that caused it, and whoever subscribed is told.
//! Files pass through in constant memory, whatever their size.
//!
//! # Several nodes
//!
//! Nothing that matters is in memory or on a node's own disk: a draft made on one node gets its files on
//! another and is sent by a third. Nodes lock rows in one order, so as not to wait in a circle:
//!
//! ```text
//! message (outbox or inbox) ─► id that has come in ─► conversations, lowest number first
//!                           ─► subscriptions, lowest number first ─► deliveries
//! ```
//!
//! A job's row is locked first (its fence) or last (its end). [`statuses::record`] takes all that
//! concerns conversations and subscriptions, and is therefore the last step of a piece of work.
//!
//! # Where things are
//!
//! `outbox`, `inbox`, `statuses`, `conversations`, `capabilities` and `subscriptions` are the API;
//! `message` is what they speak of, `packaging` wraps and unwraps it, [`transports`] carry it, `tracking`
//! asks them what became of it, [`registry`] knows the way, and [`broker`] is the embedded carrier.

mod access;
pub mod broker;
mod capabilities;
mod conditions;
mod config;
mod conversations;
mod erasure;
mod feedback;
pub mod identities;
mod inbox;
mod lanes;
mod layers;
mod listing;
pub mod message;
pub mod numbers;
pub mod openapi;
mod outbox;
pub mod overview;
mod packaging;
mod problem;
pub mod registry;
mod retention;
mod routes;
mod running;
mod setup_error;
mod statuses;
mod subscriptions;
mod sweep;
pub mod trace;
mod tracking;
mod trail;
pub mod transports;
pub mod trays;
pub mod trust;
mod validation;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use asic::{Identity, TrustAnchors, UnixTime};
use auth::Verifier;
use axum::{Router, middleware};
use jiff::Timestamp;
use jobs::Wake;
use store::Store;
use store::blobs::{BlobKey, Blobs};
use tokio::sync::Notify;
use types::OrgNumber;
use types::random::Random;
use types::time::Clock;
use web::GuardedClient;
use webhooks::Webhooks;

use crate::identities::Identities;
use crate::registry::{Registry, ServiceIdentifier};
use crate::transports::Transport;
use crate::trust::Trust;

pub use config::{Config, Consumer, SignatureHash};
pub use problem::Problem;
pub use setup_error::SetupError;
pub use statuses::Status;
pub use subscriptions::WebhookWish;
pub use sweep::blob_kinds;

/// Tells the other nodes to ask their channels.
const RECEIVE_SOON: &str = "exchange.receive";

/// What the gateway is built from.
pub struct Parts {
    /// Rows. Shared by the nodes of one gateway, and by nobody else.
    pub store: Store,
    /// Bytes. Shared like the rows.
    pub blobs: Arc<dyn Blobs>,
    /// What time it is.
    pub clock: Clock,
    /// Ids and jitter.
    pub random: Random,
    /// Bells of the lanes.
    pub wake: Wake,
    /// Settings.
    pub config: Config,
    /// The organization that runs the gateway.
    pub organization: OrgNumber,
    /// Its certificates with keys: the first valid one signs, all of them open what comes in. May be
    /// replaced while the gateway runs.
    pub identities: Identities,
    /// Whose signatures are good enough; anybody's when `None`, as peers do it today.
    pub trust: Option<TrustAnchors>,
    /// Checks bearer tokens; without one only Basic authentication opens the API.
    pub verifier: Option<Verifier>,
    /// Knows the way to receivers.
    pub registry: Arc<dyn Registry>,
    /// The channels.
    pub transports: Vec<Arc<dyn Transport>>,
    /// Reaches webhook endpoints.
    pub client: GuardedClient,
}

/// The gateway of one organization. Cheap to clone.
#[derive(Clone)]
pub struct Exchange(Arc<Inner>);

struct Inner {
    store: Store,
    blobs: Arc<dyn Blobs>,
    clock: Clock,
    random: Random,
    wake: Wake,
    config: ArcSwap<Config>,
    organization: OrgNumber,
    identities: Identities,
    trust: Trust,
    verifier: Option<Verifier>,
    registry: Arc<dyn Registry>,
    transports: Vec<Arc<dyn Transport>>,
    webhooks: Webhooks,
    receive: Arc<Notify>,
    patience: inbox::patience::Patience,
}

impl Exchange {
    /// Puts the parts together.
    pub fn new(mut parts: Parts) -> Result<Self, SetupError> {
        transports::folder::plug_in(&mut parts)?;
        for (at, transport) in parts.transports.iter().enumerate() {
            if parts.transports[..at].iter().any(|other| other.service() == transport.service()) {
                return Err(SetupError::TwoTransports(transport.service()));
            }
        }
        access::check_consumers(&parts.config, parts.organization)?;
        if let Some(channel) = &parts.config.message_channel {
            channel.parse::<transports::MessageChannel>()?;
        }
        let (trusting, clock) = (parts.config.trust.clone(), parts.clock.clone());
        let trust = Trust::new(trusting, parts.trust, &parts.client, clock);
        let webhooks = Webhooks::new(webhooks::Parts {
            store: parts.store.clone(),
            clock: parts.clock.clone(),
            random: parts.random.clone(),
            wake: parts.wake.clone(),
            client: parts.client,
            config: parts.config.webhooks.clone(),
            lane: webhooks::LANE,
            probe: subscriptions::ping_at,
        })?;
        let receive = Arc::<Notify>::default();
        let bell = Arc::clone(&receive);
        parts.store.on_announcement(move |text| {
            if text == RECEIVE_SOON {
                bell.notify_waiters();
            }
        });
        Ok(Self(Arc::new(Inner {
            store: parts.store,
            blobs: parts.blobs,
            clock: parts.clock,
            random: parts.random,
            wake: parts.wake,
            config: ArcSwap::from_pointee(parts.config),
            organization: parts.organization,
            identities: parts.identities,
            trust,
            verifier: parts.verifier,
            registry: parts.registry,
            transports: parts.transports,
            webhooks,
            receive,
            patience: inbox::patience::Patience::default(),
        })))
    }

    /// The API, with full paths from the root.
    pub fn router(&self) -> Router {
        let api = Router::new()
            .merge(capabilities::router())
            .merge(conversations::router())
            .merge(inbox::router())
            .merge(outbox::router())
            .merge(statuses::router())
            .merge(subscriptions::router())
            .route("/api/{*rest}", axum::routing::any(layers::no_such_path))
            .layer(middleware::from_fn_with_state(self.clone(), access::require))
            .layer(middleware::from_fn(layers::refuse_nul))
            .layer(middleware::from_fn_with_state(self.clone(), layers::finish));
        api.with_state(self.clone())
    }

    /// Asks the channels now instead of at the next interval; for brokers that can tell. The node that
    /// leads a channel asks it, whichever was told.
    pub fn receive_soon(&self) {
        self.0.receive.notify_waiters();
        self.0.store.announce(RECEIVE_SOON);
    }

    /// Subscriptions and deliveries, for operators.
    pub fn webhooks(&self) -> &Webhooks {
        &self.0.webhooks
    }

    /// The organization that runs the gateway.
    pub fn organization(&self) -> OrgNumber {
        self.0.organization
    }

    /// Everybody whose messages it carries: that organization and its consumers.
    pub fn organizations(&self) -> Vec<OrgNumber> {
        let config = self.config();
        let consumers = config.consumers.iter().map(|consumer| consumer.org);
        std::iter::once(self.organization()).chain(consumers).collect()
    }

    fn own(&self) -> OrgNumber {
        self.0.organization
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn unix_now(&self) -> UnixTime {
        UnixTime(u64::try_from(self.now().as_second()).unwrap_or(0))
    }

    fn store(&self) -> &Store {
        &self.0.store
    }

    fn blobs(&self) -> &Arc<dyn Blobs> {
        &self.0.blobs
    }

    fn random(&self) -> &Random {
        &self.0.random
    }

    fn config(&self) -> Arc<Config> {
        self.0.config.load_full()
    }

    /// Goes on with these settings. Those that something was built from at the start (lanes, intervals,
    /// channels, trust, folders) are to be as they were.
    ///
    /// # Errors
    /// When they cannot be used; then nothing is changed.
    pub fn reconfigure(&self, config: Config) -> Result<(), SetupError> {
        access::check_consumers(&config, self.own())?;
        self.0.webhooks.reconfigure(config.webhooks.clone());
        self.0.config.store(Arc::new(config));
        Ok(())
    }

    fn verifier(&self) -> Option<&Verifier> {
        self.0.verifier.as_ref()
    }

    fn registry(&self) -> &dyn Registry {
        self.0.registry.as_ref()
    }

    fn transport(&self, service: ServiceIdentifier) -> Option<&Arc<dyn Transport>> {
        self.0.transports.iter().find(|transport| transport.service() == service)
    }

    /// Our certificates and keys: for overviews, and for whoever replaces them.
    pub fn identities(&self) -> &Identities {
        &self.0.identities
    }

    /// Takes these roots and intermediates from now on; anybody's signature with `None`.
    pub fn replace_trust(&self, anchors: Option<TrustAnchors>) {
        self.0.trust.replace(anchors);
    }

    /// The identity that signs now.
    fn identity(&self) -> Identity {
        let hash = match self.config().signature_hash {
            SignatureHash::Sha256 => asic::SignatureHash::Sha256,
            SignatureHash::Sha1 => asic::SignatureHash::Sha1,
        };
        self.0.identities.signing(self.unix_now()).signing_with(hash)
    }

    fn default_deadline(&self) -> Duration {
        Duration::from_secs(self.config().default_deadline_seconds)
    }

    /// Removes blobs that no row names any more. What fails here is swept away later.
    async fn drop_blobs(&self, keys: Vec<BlobKey>) {
        for key in keys {
            if let Err(error) = self.0.blobs.delete(&key).await {
                tracing::warn!(%error, "could not remove a blob; it will be swept away later");
            }
        }
    }
}
