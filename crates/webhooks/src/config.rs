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
    /// After so many failed tries in a row an endpoint is paused: it is asked with a ping now and then, and
    /// told everything it has missed as soon as it answers. 0: never. Default 8.
    pub pause_after_failures: u32,
    /// Between two pings of a paused endpoint, in seconds. Default 300.
    pub probe_seconds: u64,
    /// How long the secret before signs as well after a new one was made, in seconds. Default 24 hours.
    pub secret_overlap_seconds: u64,
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
            pause_after_failures: 8,
            probe_seconds: 300,
            secret_overlap_seconds: 24 * 3_600,
            signing_secret: None,
            refuse_failed_ping: false,
        }
    }
}
