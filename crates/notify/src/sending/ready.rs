//! What an accepting request already holds in memory, so that its job need not read it back.
//!
//! An instant message is written, handed over and recorded in two commits. The job that hands it over
//! finds the message here. If it does not (the process that accepted it has died), an attempt is open
//! in the ledger, and the ordinary way finds it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use types::ids::{AttemptId, NotificationId};

use super::outcome::{Call, Ended, Fact};
use crate::recipients::Channel;
use crate::routes::{Seat, Wanted, Way};
use gateways::{OutgoingEmail, OutgoingSms};

/// A message ready to be handed over.
#[derive(Debug)]
pub(crate) enum Message {
    Sms(OutgoingSms),
    Email(OutgoingEmail),
}

impl Message {
    /// What is wanted of a route.
    pub(super) fn wanted<'a>(&'a self, tried: &'a [Arc<str>]) -> Wanted<'a> {
        match self {
            Self::Sms(OutgoingSms { to, urgency, .. }) => {
                Wanted { channel: Channel::Sms, to: Some(to), urgency: *urgency, tried }
            }
            Self::Email(email) => Wanted { channel: Channel::Email, to: None, urgency: email.urgency, tried },
        }
    }

    pub(super) async fn send(&self, way: &Way) -> Fact {
        match self {
            Self::Sms(sms) => way.carrier.send_sms(sms).await,
            Self::Email(email) => way.carrier.send_email(email).await,
        }
    }

    /// From now on it is this attempt.
    pub(super) const fn be(&mut self, id: AttemptId) {
        match self {
            Self::Sms(sms) => sms.attempt = id,
            Self::Email(email) => email.attempt = id,
        }
    }

    /// What is left of its lifetime.
    pub(super) const fn live_for(&mut self, left: Duration) {
        if let Self::Sms(sms) = self {
            sms.time_to_live = Some(left);
        }
    }
}

/// A message whose attempt is on disk, and who waits for its end.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) message: Message,
    pub(crate) call: Call,
    /// Its place on a route.
    pub(crate) seat: Seat,
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
