//! The message gateway: Integrasjonspunkt, broker and registry.

pub mod broker;
pub mod registry;
pub mod transports;
