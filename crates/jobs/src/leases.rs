//! The leases in a worker's hands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

/// Leases that are to be renewed until their jobs have ended.
#[derive(Clone, Default)]
pub(crate) struct Leases(Arc<Mutex<HashMap<Uuid, Lease>>>);

#[derive(Clone, Copy)]
struct Lease {
    fence: i64,
    until: Timestamp,
}

impl Leases {
    /// Notes a lease until the answer is dropped.
    pub(crate) fn hold(&self, id: Uuid, fence: i64, until: Timestamp) -> Held {
        self.lock().insert(id, Lease { fence, until });
        Held { leases: self.clone(), id, fence }
    }

    /// Every job in our hands, and its fence.
    pub(crate) fn all(&self) -> Vec<(Uuid, i64)> {
        self.lock().iter().map(|(id, lease)| (*id, lease.fence)).collect()
    }

    /// Those whose lease ends until then, though it should have been renewed.
    pub(crate) fn late(&self, then: Timestamp) -> Vec<(Uuid, i64)> {
        let leases = self.lock();
        let late = leases.iter().filter(|(_, lease)| lease.until <= then);
        late.map(|(id, lease)| (*id, lease.fence)).collect()
    }

    /// Notes what came of a renewal: these were asked for, those are lost.
    pub(crate) fn renewed(&self, asked: &[(Uuid, i64)], lost: &[Uuid], until: Timestamp) {
        let mut leases = self.lock();
        for (id, fence) in asked {
            if lost.contains(id) {
                forget(&mut leases, *id, *fence);
            } else if let Some(lease) = leases.get_mut(id).filter(|lease| lease.fence == *fence) {
                lease.until = until;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Lease>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same job may be in our hands again, under a later fence.
fn forget(leases: &mut HashMap<Uuid, Lease>, id: Uuid, fence: i64) {
    if leases.get(&id).is_some_and(|lease| lease.fence == fence) {
        leases.remove(&id);
    }
}

/// Forgets a lease when its job has ended, also by a panic.
pub(crate) struct Held {
    leases: Leases,
    id: Uuid,
    fence: i64,
}

impl Drop for Held {
    fn drop(&mut self) {
        forget(&mut self.leases.lock(), self.id, self.fence);
    }
}
