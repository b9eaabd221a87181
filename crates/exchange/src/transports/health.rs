//! How the channels do, for operators.

use super::Health;
use crate::Exchange;
use crate::registry::ServiceIdentifier;

impl Exchange {
    /// Whether the other side of each channel can be reached now. Asks them, so this takes a while.
    pub async fn channel_health(&self) -> Vec<(ServiceIdentifier, Health)> {
        let mut health = Vec::with_capacity(self.0.transports.len());
        for transport in &self.0.transports {
            health.push((transport.service(), transport.health().await));
        }
        health
    }
}
