//! What many callers want written at once shares commits.

use std::sync::Arc;

use jiff::Timestamp;
use jobs::Stale;
use store::{Batch, Store};

use crate::orders::register::{self, Recorded, Registration};
use crate::reports::{self, Arrived};
use crate::sending::{self, Settlement};
use crate::{Notify, instant};

/// The batches that are open.
pub(crate) struct Written {
    registrations: Batch<Arc<Registration>, Recorded>,
    boardings: Batch<Arc<instant::Rows>, instant::Accepted>,
    settlements: Batch<Arc<Settlement>, Result<(), Stale>>,
    reports: Batch<Arrived, Option<Timestamp>>,
}

impl Written {
    pub(crate) fn to(store: &Store) -> Self {
        Self {
            registrations: Batch::new(store.clone(), register::record_all),
            boardings: Batch::new(store.clone(), instant::accept_all),
            settlements: Batch::new(store.clone(), sending::settle_all),
            reports: Batch::new(store.clone(), reports::apply_all),
        }
    }
}

impl Notify {
    pub(crate) fn registrations(&self) -> &Batch<Arc<Registration>, Recorded> {
        &self.0.written.registrations
    }

    pub(crate) fn boardings(&self) -> &Batch<Arc<instant::Rows>, instant::Accepted> {
        &self.0.written.boardings
    }

    pub(crate) fn settlements(&self) -> &Batch<Arc<Settlement>, Result<(), Stale>> {
        &self.0.written.settlements
    }

    pub(crate) fn reports(&self) -> &Batch<Arrived, Option<Timestamp>> {
        &self.0.written.reports
    }
}
