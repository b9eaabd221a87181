//! What the figures were: kept for forty days in rows of bounded size, and read as a line of slots.
//!
//! **Cast.** Every node writes down once a minute what it has *counted* since the minute before: differences,
//! so that nodes add up and a restart, after which everything is counted from zero, takes nothing away.
//! Whoever leads writes down what can be *measured* (depths, ages, sizes), which is the same for all.
//!
//! **Grains.** Minutes are kept for two days. The leader rolls them up into quarters of an hour, kept for
//! eight days, and those into hours, kept for forty. Rolling up reads the shorter intervals again and
//! replaces the longer one, so it may be done twice, and what a node was late with is taken in.
//!
//! **Size.** A row holds what moved in its interval, at most [`model::SERIES_AT_MOST`] series of each of a
//! dozen families: a few hundred bytes as a rule. Everything is found by the primary key.

pub(crate) mod model;
mod read;
mod roll_up;
mod sample;
mod sql;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};

use meter::Snapshot;
use store::Store;
use tokio_util::sync::CancellationToken;
use types::time::Clock;

pub(crate) use model::Figures;
pub(crate) use read::{Past, Range};

/// Everything that can be counted and measured now, as `/manage` tells it.
pub type Measure = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Snapshot> + Send>> + Send + Sync>;

/// The task that one node leads.
const TASK: &str = "console.history";

/// What the figures were. Clones are the same history.
#[derive(Clone)]
pub(crate) struct History(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    /// This process among all nodes and all its earlier lives.
    node: String,
    /// Set once the server runs.
    measure: OnceLock<Measure>,
    read: Mutex<HashMap<Range, read::Kept>>,
}

impl History {
    /// The history in a store, as this node sees and writes it.
    pub(crate) fn new(store: &Store, node: String) -> Self {
        let (store, clock) = (store.clone(), store.clock());
        Self(Arc::new(Inner { store, clock, node, measure: OnceLock::new(), read: Mutex::default() }))
    }

    /// Measures like this from now on; only the first that is given counts.
    pub(crate) fn measure_with(&self, measure: Measure) {
        let _ = self.0.measure.set(measure);
    }

    /// Writes down what this node counts, and keeps the history in order while it leads, until told to
    /// stop.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        let leading = self.0.store.lead(TASK, stop.clone(), |term| sample::lead(self.clone(), term));
        tokio::join!(sample::count_minutes(self, &stop), leading);
    }

    /// What can be counted and measured now; what was counted alone, where nobody can measure.
    pub(crate) async fn now(&self) -> Snapshot {
        match self.0.measure.get() {
            Some(measure) => measure().await,
            None => self.0.store.meter().snapshot(),
        }
    }
}
