//! The notification service, over real sockets and with the product's own simulators.

mod access;
mod app;
mod bodies;
mod cancel;
mod crash;
mod feed;
mod feed_leaders;
mod instant;
mod nodes;
mod orders;
mod plans;
mod processing;
mod reports;
mod running;
mod surroundings;
mod wire;

testkit::again_on_postgres!();
