//! Budstikke's APIs: [`Notify`] sends SMS and e-mail, [`Exchange`] sends and receives messages.
//!
//! Types and calls are made from the OpenAPI documents. Bodies that may be large are streams, both ways: what
//! is sent is anything that becomes a [`reqwest::Body`], what comes is a [`reqwest::Response`] to read from.

pub mod exchange;
mod http;
pub mod notify;

pub use exchange::Exchange;
pub use http::{Error, Opens};
pub use notify::Notify;
