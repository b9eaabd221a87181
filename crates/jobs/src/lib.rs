//! Doing things later: at least once, with leases, fences and a ledger.
//!
//! # The promises
//!
//! - A job queued in a transaction exists if and only if that transaction was committed.
//! - A worker takes a job with a lease and a fencing number. When the worker dies or stalls, the
//!   lease runs out and anybody may take the job again, under the next number. Whatever the first
//!   one brings home afterwards is refused: [`Taken::finish`] fails with [`Stale`].
//! - So every job may run twice. What must not happen twice outside is written to the
//!   [`ledger`] before the call and after it; an attempt that began and has no end is *unknown*,
//!   and the job that finds it decides what that means.
//! - Nothing waits for a slow neighbour: every lane has workers of its own.
//!
//! # How to write a job
//!
//! A small struct of ids that implements [`Job`]. `run` asks the world, decides, and writes its
//! results together with [`Taken::finish`] in one commit; it then returns [`Outcome::Settled`].
//! Jobs without results of their own return another [`Outcome`] and leave the rest to the worker.

mod buried;
mod job;
pub mod ledger;
mod queue;
mod retry;
mod wake;
mod worker;

pub use buried::{Buried, buried, dig_up};
pub use job::{Job, Kinds, Lane, Outcome};
pub use queue::{Claim, Due, Stale, Taken, claim, enqueue, enqueue_taken, renew, still_taken, waiting};
pub use retry::Ladder;
pub use wake::Wake;
pub use worker::{LaneLimits, Workers};
