//! Who asks, and our own tokens: Maskinporten in both directions, an embedded issuer and a small
//! certificate authority.
//!
//! ```text
//!  requests in                                   requests out
//!  ───────────                                   ────────────
//!  Authorization: Bearer …                       TokenSource::token(request)
//!        │                                             │
//!    Verifier ── IssuerKeys (JWKS, kept)         TokenCache (one fetch at a time per request)
//!        │                                             │
//!     Caller                                     Maskinporten ◄── SigningKey
//!                                                      │
//!                                                AltinnExchange (wraps the one above)
//!
//!  LocalIssuer stands in for Maskinporten and for Altinn's exchange where neither is there;
//!  Authority stands in for the issuers of business certificates. Both are for development.
//! ```
//!
//! Trust runs one way: a [`verify::Verifier`] believes the issuers it was given and nobody else, by
//! their exact name, with the algorithms named for each. Whoever holds a [`caller::Caller`] holds
//! one whose token has been checked.
//!
//! Nothing here knows a web framework or a database. Tokens and keys never reach a log: they travel
//! as [`types::Secret`], and errors carry causes, not contents.

mod altinn_exchange;
mod assertion;
pub mod authority;
mod believed;
pub mod caller;
mod claims;
pub mod directory;
pub mod issuer_keys;
pub mod local_issuer;
pub mod maskinporten;
pub mod openid;
mod private_file;
mod public_keys;
pub mod signing_key;
mod token_cache;
pub mod token_source;
pub mod verify;

pub use altinn_exchange::AltinnExchange;
pub use authority::Authority;
pub use caller::{Caller, TokenKind};
pub use directory::{Directory, Organization};
pub use issuer_keys::IssuerKeys;
pub use local_issuer::LocalIssuer;
pub use maskinporten::Maskinporten;
pub use signing_key::SigningKey;
pub use token_source::{SystemUser, TokenError, TokenRequest, TokenSource};
pub use verify::{Refusal, TrustedIssuer, Verifier};
