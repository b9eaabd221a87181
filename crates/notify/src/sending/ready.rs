//! What an accepting request already holds in memory, so that its job need not read it back.
//!
//! An instant message is written, handed over and recorded in two commits. The job that hands it over
//! finds the message here. If it does not (the process that accepted it has died), an attempt is open
//! in the ledger, and the ordinary way finds it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use types::ids::NotificationId;

use super::outcome::{Call, Ended};
use gateways::{OutgoingEmail, OutgoingSms};

/// A message ready to be handed over.
#[derive(Debug)]
pub(crate) enum Message {
    Sms(OutgoingSms),
    Email(OutgoingEmail),
}

/// A message whose attempt is on disk, and who waits for its end.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) message: Message,
    pub(crate) call: Call,
    pub(crate) tell: oneshot::Sender<Ended>,
}

/// The messages that are ready.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<HashMap<NotificationId, Ready>>);

impl Waiting {
    pub(crate) fn put(&self, ready: Ready) {
        self.all().insert(ready.call.notification, ready);
    }

    pub(crate) fn take(&self, id: NotificationId) -> Option<Ready> {
        self.all().remove(&id)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<NotificationId, Ready>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
