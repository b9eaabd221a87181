//! The outside world, embedded: token issuer, certificate authority, broker, registry, gateways.
//!
//! Everything here speaks the real protocols over HTTP or SMTP, and everything here can be switched
//! off and replaced by the real thing, or by another budstikke's, in the `[embedded]` section.

mod identity;
mod issuer;
mod key_files;
mod registers;
mod services;

pub(crate) use identity::{OwnIdentity, certificate_file, identity};
pub(crate) use issuer::{issuer, issuer_router, own_token};
pub(crate) use key_files::{OwnCredential, Stamps, configured, roots, server_credential};
pub(crate) use registers::registers_router;
pub(crate) use services::{Places, Services};
