//! Told before anything is sent: what a text takes as an SMS, and what an order would do to whom and when.
//! Beyond the reference; nothing here is stored, and nothing is sent.

pub(crate) mod dry_run;
pub(crate) mod messages;
pub(crate) mod sms;
mod text;
mod wire;
