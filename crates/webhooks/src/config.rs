//! The `[webhooks]` section.

use jobs::Ladder;
use serde::Deserialize;
use types::Secret;

/// How subscribers are told.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Pauses between tries, in seconds; the last repeats. Default 10 s, 1 min, 5 min, 30 min, 1 h.
    pub retry_seconds: Ladder,
    /// How long one event is tried, in seconds. Default 24 hours.
    pub give_up_after_seconds: u64,
    /// How long one call may take, in milliseconds. Default 10000.
    pub call_timeout_ms: u64,
    /// Subscribers that are called at the same time. Default 32.
    pub at_once: usize,
    /// How long deliveries are kept for replay after they ended, in seconds. Default 7 days.
    pub keep_seconds: u64,
    /// Signs deliveries in the Standard Webhooks format: `whsec_` and 24 to 64 bytes in Base64.
    /// Default: not signed.
    pub signing_secret: Option<Secret>,
    /// Whether a subscription is refused when its endpoint does not answer the ping with success.
    /// Default false, as the reference behaves.
    pub refuse_failed_ping: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retry_seconds: Ladder::seconds(&[10, 60, 300, 1_800, 3_600]),
            give_up_after_seconds: 24 * 3_600,
            call_timeout_ms: 10_000,
            at_once: 32,
            keep_seconds: 7 * 24 * 3_600,
            signing_secret: None,
            refuse_failed_ping: false,
        }
    }
}
