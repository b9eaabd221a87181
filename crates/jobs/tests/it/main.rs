//! The promises of the queue, shown on every store.

mod clocks;
mod fairness;
mod faults;
mod ledger;
mod nodes;
mod queue;
mod rotation;
mod support;
