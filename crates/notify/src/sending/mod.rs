//! One notification to one address: states, attempts, and the jobs that send it.
//!
//! # States
//!
//! ```text
//!  New ─▶ Sending ─▶ Accepted / Succeeded ─▶ Delivered or Failed_…
//!   ▲        │ not taken, may be later
//!   └────────┘
//! ```
//!
//! A notification never goes back from a final result, and never from what the provider has taken.
//! What comes late (a report after another, an answer after the lease) changes nothing.
//!
//! Where a provider takes an e-mail and works on it, the e-mail is on its way until the provider is done
//! with it: `follow.rs` asks, and the answer counts like a report.
//!
//! # Doubt
//!
//! Before the provider is called, an attempt is on disk; afterwards its end is. An attempt without an
//! end, and one whose provider gave no readable answer, may have had its effect. The ledger then says
//! *unknown*. An SMS in doubt is by default not sent again: a report may still settle it, and
//! otherwise it ends when its time is up. An e-mail in doubt is sent once more after a
//! while, since its `Message-ID` lets the second copy fold into the first.

mod begin;
mod doubt;
mod email;
pub mod expire;
mod follow;
mod hand_over;
pub mod hours;
pub mod model;
mod outcome;
mod ready;
mod settle;
mod sms;
pub(crate) mod sql;
pub(crate) mod timing;

pub(crate) use begin::WAITS_FOR_DAYTIME;
pub(crate) use email::SendEmail;
pub(crate) use follow::FollowEmail;
pub use model::{Notification, Standing};
pub(crate) use outcome::{Call, Ended, Fact, RecordError};
pub(crate) use ready::{Message, Ready, Waiting};
pub(crate) use settle::{Settlement, settle_all};
pub(crate) use sms::SendSms;
