//! The message gateway: Integrasjonspunkt, broker and registry.
