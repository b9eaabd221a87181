//! What both directions share: the standard business document (SBD) and the files beside it.
//!
//! An [`Envelope`] is an SBD as it was written: a header, a type and a business message. Whoever holds
//! one holds a document whose header has passed every rule of the contract. A [`Message`] is an
//! envelope in which nothing is missing any more; its [`Facts`] are what tables, filters and channels
//! look at.

pub mod arkivmelding_xml;
pub mod business;
pub mod document;
pub mod envelope;
mod facts;
pub(crate) mod header;
pub mod kind;
pub mod moment;
pub(crate) mod noark;
pub mod process;
#[cfg(test)]
mod properties;
mod rules;

pub use business::Business;
pub use envelope::{Envelope, EnvelopeError};
pub use facts::{Actor, ChannelDefaults, Defaults, Facts, Incomplete, Message};
pub use header::{Header, Partner, Scope};
pub use kind::MessageType;
pub use moment::Moment;
