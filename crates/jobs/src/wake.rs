//! Waking workers when there is something for them, so that they need not look all the time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::job::Lane;

/// A bell for each lane. Ringing one that nobody listens to yet is remembered, so a job queued
/// between looking and waiting is not missed.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Mutex<HashMap<Lane, Arc<Notify>>>>);

impl Wake {
    /// Wakes the workers of a lane; to be called after the commit.
    pub fn ring(&self, lane: Lane) {
        self.bell(lane).notify_one();
    }

    pub(crate) fn bell(&self, lane: Lane) -> Arc<Notify> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(bells.entry(lane).or_default())
    }
}
