//! What senders can know, and when.
//!
//! The *feed* has one entry for each order that has come to its end, as it was then; later facts
//! change the shipment but make no second entry. Entries are written in the commit that ends the
//! order, and get their numbers there or right after it (`number.rs`, `leader.rs`), so that once a
//! reader has seen a number, no smaller one appears. The *timeline* is for operators: what was decided, when and why.

pub mod feed;
pub(crate) mod follow;
pub(crate) mod leader;
mod number;
pub mod prune;
pub(crate) mod record;
pub(crate) mod sql;
pub mod timeline;
mod wire;
