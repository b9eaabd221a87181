//! The section `[notify.webhooks]` of the configuration.

use jobs::Ladder;
use serde::Deserialize;

/// How creators' webhooks are told.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Pauses between tries, in seconds; the last one repeats. Default 5 s, 30 s, 2 min, 10 min, 1 h, 6 h,
    /// 24 h.
    pub retry_seconds: Ladder,
    /// How long one event is tried, in seconds. Default 3 days.
    pub give_up_after_seconds: u64,
    /// How long one call may take, in milliseconds. Default 10000.
    pub call_timeout_ms: u64,
    /// Subscribers that are called at the same time. Default 32.
    pub at_once: usize,
    /// How long deliveries are kept for replay after they ended, in seconds. Default 7 days.
    pub keep_seconds: u64,
    /// How long the secret before signs as well after a new one was made, in seconds. Default 24 hours.
    pub secret_overlap_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retry_seconds: Ladder::seconds(&[5, 30, 120, 600, 3_600, 21_600, 86_400]),
            give_up_after_seconds: 3 * 24 * 3_600,
            call_timeout_ms: 10_000,
            at_once: 32,
            keep_seconds: 7 * 24 * 3_600,
            secret_overlap_seconds: 24 * 3_600,
        }
    }
}

impl Config {
    /// For the crate that posts. There is no secret for all: every subscription has its own.
    pub(crate) fn posting(&self) -> webhooks::Config {
        webhooks::Config {
            retry_seconds: self.retry_seconds.clone(),
            give_up_after_seconds: self.give_up_after_seconds,
            call_timeout_ms: self.call_timeout_ms,
            at_once: self.at_once,
            keep_seconds: self.keep_seconds,
            secret_overlap_seconds: self.secret_overlap_seconds,
            // A creator's events are given up by the ladder alone.
            pause_after_failures: 0,
            signing_secret: None,
            refuse_failed_ping: false,
            ..webhooks::Config::default()
        }
    }
}
