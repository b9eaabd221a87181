//! The embedded broker: the protocol of the Altinn 3 broker over our own disk; can run alone.
//!
//! # Cast
//!
//! A *transfer* is one file on its way from a sender to its recipients. Senders announce it and upload
//! the bytes; recipients list, fetch and confirm. Who asks is read from the bearer token, and only a
//! party to a transfer learns that it exists.
//!
//! # States
//!
//! ```text
//! Initialized ─► UploadStarted ─► UploadProcessing ─► Published ─► AllConfirmedDownloaded ─► Purged
//!                      │                 │                 └──────────(time is over)───────────► Purged
//!                      └────► Failed ◄───┘
//! recipient:  Initialized ─► DownloadStarted ─► DownloadConfirmed        (fetching again goes back)
//! ```
//!
//! # Promises
//!
//! - An answer to an upload is given when bytes and rows are on disk.
//! - Of several uploads to one transfer at most one is kept, whole or not at all.
//! - A file is never in memory: it streams to and from blobs.
//! - A fetch that was begun and not confirmed is listed under `DownloadStarted`, no longer under
//!   `Initialized`. Receivers that crash must look there; this is how the hosted broker behaves.
//! - Any number of nodes serve the same transfers; rows and bytes are shared.
//! - No sender takes more room than it was given, and no more uploads run at a time than a node can serve.
//! - There is no virus scan, and nothing claims that there was one.
//!
//! # Endpoints, below `/broker/api/v1`, and jobs, in the order of life
//!
//! | | |
//! |---|---|
//! | `POST /filetransfer` | [`initialize`] |
//! | `POST /filetransfer/{id}/upload` | [`upload`] |
//! | job | [`publish`] |
//! | `GET /filetransfer` | [`list`] |
//! | `GET /filetransfer/{id}`, `…/details` | [`show`] |
//! | `GET /filetransfer/{id}/download` | [`download`] |
//! | `POST /filetransfer/{id}/confirmdownload` | [`confirm`] |
//! | job | [`purge`] |
//! | loop | [`sweep`] |

mod access;
mod config;
mod confirm;
mod download;
mod initialize;
mod list;
mod model;
mod problem;
mod publish;
mod purge;
mod range;
mod show;
mod sql;
mod sweep;
mod upload;
mod usage;

use std::sync::Arc;

use auth::Verifier;
use axum::Router;
use axum::routing::{get, post};
use jobs::{Kinds, Lane, LaneLimits, Wake, Workers};
use store::Store;
use store::blobs::Blobs;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use types::Roles;
use types::random::Random;
use types::time::Clock;

pub use config::Config;

/// The kind of blob that files in transit are.
pub(crate) const BLOB_KIND: &str = "broker-file";
const LANE: Lane = Lane("broker");

/// What the broker is made of.
pub struct Parts {
    /// Its rows.
    pub store: Store,
    /// Its files.
    pub blobs: Arc<dyn Blobs>,
    /// Whose tokens it believes.
    pub verifier: Verifier,
    /// Its time.
    pub clock: Clock,
    /// Its chance.
    pub random: Random,
    /// Its section of the configuration.
    pub config: Config,
}

/// The broker. Cheap to clone.
#[derive(Clone)]
pub struct Broker(Arc<Inner>);

struct Inner {
    store: Store,
    blobs: Arc<dyn Blobs>,
    verifier: Verifier,
    clock: Clock,
    random: Random,
    config: Config,
    wake: Wake,
    uploads: Semaphore,
}

impl Broker {
    /// A broker over these parts. It answers through [`Broker::router`], and its jobs run in
    /// [`Broker::run`].
    pub fn new(parts: Parts) -> Self {
        let Parts { store, blobs, verifier, clock, random, config } = parts;
        let wake = Wake::new(&store);
        let uploads = Semaphore::new(config.uploads_at_once.max(1) as usize);
        Self(Arc::new(Inner { store, blobs, verifier, clock, random, config, wake, uploads }))
    }

    /// Every endpoint, with its full path from the root.
    pub fn router(&self) -> Router {
        let endpoints = Router::new()
            // Java clients put a slash at the end of the first.
            .route("/filetransfer", post(initialize::handle).get(list::handle))
            .route("/filetransfer/", post(initialize::handle).get(list::handle))
            .route("/filetransfer/{id}", get(show::overview))
            .route("/filetransfer/{id}/details", get(show::details))
            .route("/filetransfer/{id}/upload", post(upload::handle))
            .route("/filetransfer/{id}/download", get(download::handle))
            .route("/filetransfer/{id}/confirmdownload", post(confirm::handle))
            .with_state(self.clone());
        Router::new().nest("/broker/api/v1", endpoints)
    }

    /// Does what this node is for, until told to stop: publishes and purges with the role `deliver`,
    /// sweeps with the role `sweep`.
    pub async fn run(&self, roles: Roles, stop: CancellationToken) {
        let deliver = async {
            if roles.deliver {
                self.workers().run(stop.clone()).await;
            }
        };
        let sweep = async {
            if roles.sweep {
                self.sweep_until(stop.clone()).await;
            }
        };
        tokio::join!(deliver, sweep);
    }

    /// Runs the jobs that are due now and answers how many there were. For tests, which own the clock.
    pub async fn run_due(&self) -> usize {
        self.workers().run_due().await
    }

    fn workers(&self) -> Workers<Self> {
        let kinds = Kinds::new().with::<publish::Publish>().with::<purge::Purge>();
        let limits = LaneLimits { at_once: 4, ..LaneLimits::default() };
        let Inner { store, clock, wake, .. } = &*self.0;
        Workers::new(self.clone(), kinds, LANE, limits, store.clone(), clock.clone(), wake.clone())
    }
}
