//! Orders: what is to be sent, to whom and when.
//!
//! # Cast
//!
//! A *chain* is a main order and its reminders, registered in one request and named by the sender's
//! own idempotency id. Each *order* of it then lives by itself. When it is due, [`expand::Expand`]
//! asks the send condition, finds the recipients' addresses and makes *notifications* of them
//! (`crate::sending`).
//!
//! # States
//!
//! ```text
//!  Registered ── cancelled in time ────────────────▶ Cancelled
//!      │ due
//!  Processing ── the condition says no ────────────▶ SendConditionNotMet
//!      │ notifications exist
//!  Processed ─── every notification has its result ▶ Completed
//! ```
//!
//! Instant orders begin in `Processed`. A state is changed by one statement that names the state it
//! must have been in, so of two who try, one succeeds.
//!
//! # Promises
//!
//! - Chain, orders, idempotency key, jobs and timeline are one commit before the answer.
//! - A repeated request gets the first answer again, word for word, and changes nothing, however late
//!   it comes.
//! - What has been expanded is never expanded again: notifications and the new state are one commit.

mod asked;
pub(crate) mod body;
pub mod cancel;
pub mod composed;
mod conditions;
pub mod expand;
pub(crate) mod kept;
pub mod model;
mod names;
pub mod older;
pub(crate) mod plan;
pub(crate) mod receipt;
pub mod register;
pub mod shipment;
pub mod show;
pub(crate) mod sql;
pub mod status;
pub(crate) mod wire;
pub(crate) mod wish;

pub use model::{Content, EmailText, Kind, Order, SendingTime, SmsText, State, Texts};
