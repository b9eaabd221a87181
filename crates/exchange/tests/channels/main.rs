//! Broker, registry and transports over real HTTP.

mod broker;
mod contract;
mod dpo;
mod faults;
mod limits;
mod receivers;
mod registry;
mod support;

testkit::again_on_postgres!();
