//! Speaking HTTP, both ways. Knows no product: notify and exchange shape their own errors.
//!
//! A request passes, from the outside in:
//!
//! 1. [`server`]: a place among the connections, limits on silence, headers and time;
//! 2. [`layers::Requests`]: a request id, one log line, and an answer even when a handler panics;
//! 3. the product's router, whose handlers read bodies with [`json`] or [`multipart`] and callers
//!    with [`basic`] or [`bearer`].
//!
//! The other way, [`client`] calls out: [`client::GuardedClient`] wherever a stranger chose the
//! URL, [`client::plain_client`] for the services an operator has configured.

pub mod basic;
pub mod bearer;
pub mod body;
pub mod client;
pub mod disposition;
pub mod json;
pub mod layers;
pub mod multipart;
pub mod networks;
pub mod openapi;
mod params;
mod resolver;
pub mod server;

pub use body::BodyError;
pub use client::{GuardedClient, plain_client};
pub use json::{JsonError, JsonLimits};
pub use layers::{RequestId, Requests};
pub use multipart::{Multipart, MultipartError, MultipartLimits};
pub use networks::AllowedNetworks;
pub use server::{Bound, Limits};
