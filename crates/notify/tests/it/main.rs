//! The notification service, over real sockets and with the product's own simulators.

mod access;
mod app;
mod cancel;
mod crash;
mod feed;
mod instant;
mod nodes;
mod orders;
mod processing;
mod reports;
mod running;
mod wire;

testkit::again_on_postgres!();
