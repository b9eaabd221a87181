//! Whether the other side of each channel can be reached, asked now and then so that health need not wait.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use exchange::Exchange;
use exchange::transports::Health;
use tokio_util::sync::CancellationToken;

/// Between two questions.
const EVERY: Duration = Duration::from_secs(30);
/// How long an answer is waited for, from all channels together.
const PATIENCE: Duration = Duration::from_secs(60);

/// A channel and how it does.
pub(super) type Channel = (&'static str, Health);

/// The latest answers. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Channels(Arc<Mutex<Vec<Channel>>>);

impl Channels {
    /// What was heard last; nothing before the first answer.
    pub(super) fn latest(&self) -> Vec<Channel> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks until told to stop.
    pub(crate) async fn keep(self, exchange: Exchange, stop: CancellationToken) {
        loop {
            let asked = tokio::select! {
                () = stop.cancelled() => return,
                asked = tokio::time::timeout(PATIENCE, exchange.channel_health()) => asked,
            };
            if let Ok(health) = asked {
                let told = health.into_iter().map(|(service, health)| (service.as_str(), health));
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = told.collect();
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}
