//! Creators' own webhooks: told of every change, durably, signed, in order. Beyond the reference.
//!
//! **Cast.** A creator *subscribes* an endpoint ([`manage`]). Whatever changes a notification or ends an
//! order leaves *news* in the same commit ([`news`]), if the creator subscribes to anything. Whoever leads
//! the feed makes *deliveries* of the news ([`dispatch`]), and the crate `webhooks` posts them.
//!
//! **Why in two steps.** A delivery has a number, and whoever gives numbers holds the subscription's row
//! until its commit. Results of a large sending come in on many connections side by side; they must not
//! stand in line for that row. News needs no lock. Where nobody subscribes it costs one look at an index.
//!
//! **Promises.** News is never lost and never told before it is true. What happened to one order is told
//! in the order in which it happened; between orders there is no promise. A subscriber that fails is tried
//! again with growing pauses and harms nobody else; what it never takes is given up, can be looked at, and
//! can be replayed.

mod config;
pub(crate) mod deliveries;
pub(crate) mod dispatch;
mod look_after;
pub(crate) mod manage;
mod model;
pub(crate) mod news;
mod wire;

use webhooks::Owner;

use crate::access::Creator;

pub use config::Config;
pub(crate) use manage::ping;

/// The lane in which creators' webhooks are posted.
pub const WEBHOOKS: jobs::Lane = jobs::Lane("notify.webhooks");

/// How a creator is called among all who own webhooks.
pub(crate) fn owner(creator: &Creator) -> Owner {
    Owner::new(format!("notify:{creator}"))
}
