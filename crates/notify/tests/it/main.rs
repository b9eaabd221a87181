//! The notification service, over real sockets and with the product's own simulators.

mod access;
mod acs;
mod app;
mod bodies;
mod bounces;
mod bulk;
mod cancel;
mod composed;
mod conditions;
mod crash;
mod feed;
mod feed_leaders;
mod files;
mod following;
mod instant;
mod nodes;
mod orders;
mod plans;
mod preview;
mod processing;
mod repeated;
mod reports;
mod running;
mod suppressions;
mod surroundings;
mod validators;
mod webhooks;
mod wire;

testkit::again_on_postgres!();
