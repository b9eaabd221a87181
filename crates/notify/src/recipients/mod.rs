//! From a person or an organization to addresses.
//!
//! A [`Recipient`] is whom a sender named. [`look_up`] asks the register about all recipients of an
//! order at once and gives [`Contacts`]; [`Contacts::plan`] then says, for one recipient and one
//! channel schema, who gets what ([`Planned`]). Nothing of it is stored: contact details belong to
//! the register, and are asked for again when the order is processed.

pub mod choose;
pub mod model;
pub mod registers;

mod look_up;

pub(crate) use look_up::ASKED_AT_ONCE;
pub use look_up::{Contacts, Phase, look_up};
pub use model::{
    Address, Channel, ChannelSchema, ExternalIdentity, NotSent, Planned, Recipient, ResourceRight,
};
pub use registers::{ContactRegister, RegisterError};
