//! Waking workers when there is something for them, so that they need not look all the time.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use store::Store;
use tokio::sync::Notify;

use crate::job::Lane;

/// What an announcement about a lane begins with.
const ANNOUNCED: &str = "lane ";

/// A bell for each lane, heard on every node. Ringing one that nobody here listens to yet is remembered,
/// so a job queued between looking and waiting is not missed. What gets lost between nodes is found by
/// looking now and then.
#[derive(Clone, Default)]
pub struct Wake {
    bells: Bells,
    nodes: Option<Store>,
}

#[derive(Clone, Default)]
struct Bells(Arc<Mutex<HashMap<&'static str, Arc<Notify>>>>);

impl Bells {
    fn bell(&self, lane: Lane) -> Arc<Notify> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(bells.entry(lane.0).or_default())
    }

    /// What other nodes announced about a lane that this one may not work.
    fn hear(&self, announced: &str) {
        let Some(lane) = announced.strip_prefix(ANNOUNCED) else { return };
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(lane) {
            bell.notify_one();
        }
    }
}

impl Wake {
    /// Bells that the workers of every node that shares this store hear. One of these for each process;
    /// [`Wake::default`] is heard within the process only.
    pub fn new(store: &Store) -> Self {
        let bells = Bells::default();
        let heard = bells.clone();
        // The store keeps what it calls, so that must not keep the store.
        store.on_announcement(move |announced| heard.hear(announced));
        Self { bells, nodes: Some(store.clone()) }
    }

    /// Wakes the workers of a lane; to be called after the commit.
    pub fn ring(&self, lane: Lane) {
        self.bell(lane).notify_one();
        if let Some(nodes) = &self.nodes {
            nodes.announce(format!("{ANNOUNCED}{}", lane.0));
        }
    }

    pub(crate) fn bell(&self, lane: Lane) -> Arc<Notify> {
        self.bells.bell(lane)
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.nodes.is_some() { "Wake(every node)" } else { "Wake(this process)" })
    }
}
