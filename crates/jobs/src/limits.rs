//! How much a lane may do, and how patiently.

use std::time::Duration;

/// How a lane is worked.
#[derive(Clone, Copy, Debug)]
pub struct LaneLimits {
    /// Jobs that run at once on this node.
    pub at_once: usize,
    /// How long a lease lasts; it is renewed while the job runs.
    pub lease: Duration,
    /// How often to look when nobody rings.
    pub poll_every: Duration,
    /// How long jobs may go on after the stop signal.
    pub grace: Duration,
}

impl Default for LaneLimits {
    fn default() -> Self {
        Self {
            at_once: 16,
            lease: Duration::from_secs(60),
            poll_every: Duration::from_secs(1),
            grace: Duration::from_secs(10),
        }
    }
}
