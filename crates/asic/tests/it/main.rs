//! Containers and envelopes held against OpenSSL, Info-ZIP and the `zip` crate, in both
//! directions, and against everything that may be wrong with them.

mod bad_containers;
mod bad_envelopes;
mod bouncycastle;
mod certificates;
mod containers;
mod envelopes;
mod foreign;
mod keystores;
mod memory;
mod properties;
mod support;
mod transport;
mod zip_crate;
