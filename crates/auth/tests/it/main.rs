//! Behaviour of tokens, keys, sources, the embedded issuer and the test authority.

mod authority;
mod issuer;
mod issuer_keys;
mod own_key;
mod sources;
mod support;
mod verifying;
