//! Parts of tests, never shipped: databases and stores to run a behaviour on, servers to talk to, and
//! faults on demand.

pub mod again;
pub mod blobs;
pub mod faults;
pub mod openapi;
pub mod patroni;
pub mod plan;
pub mod ports;
pub mod postfix;
pub mod postgres;
pub mod s3;
pub mod serving;
pub mod stores;
mod watchdog;

use types::time::Clock;

/// A clock that stands at an ordinary Monday noon in winter, Norwegian time, until it is turned.
pub fn stepped_clock() -> Clock {
    Clock::stepped("2026-03-02T11:00:00Z".parse().expect("a moment"))
}
