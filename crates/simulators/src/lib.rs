//! Stand-ins for the outside world that speak the real protocols.
//!
//! They are part of the product: the demo tells its story with them, a trial installation sends to
//! them, and tests question them afterwards. They are never on by default in production, and since
//! they show what they were sent to anyone who asks, they belong on a loopback address or behind a
//! login.
//!
//! | module | stands in for | speaks |
//! |---|---|---|
//! | [`sms_gateway`] | an SMS gateway | the PSWin XML protocol over HTTP, delivery reports included |
//! | [`smsc`] | an operator's message centre | SMPP 3.4, delivery receipts included |
//! | [`smtp_sink`] | a mail server | SMTP |
//! | [`mail_cloud`] | Azure Communication Services' e-mail | its JSON over HTTP, Event Grid's pushes included |
//! | [`contact_register`] | the registers of contact details, names and rights | their JSON over HTTP, in five dialects |
//! | [`condition`] | a sender's send-condition endpoint | JSON over HTTP |
//! | [`file_store`] | a store of files with signed links | HTTP |
//! | [`subscriber`] | a webhook receiver | JSON over HTTP |
//!
//! Each keeps the newest of what it was sent, up to a limit, in a [`captured::Captured`]. What
//! becomes of a message is decided by its recipient: see [`sms_gateway::MAGIC_NUMBERS`],
//! [`smsc::MAGIC_NUMBERS`], [`smtp_sink::MAGIC_RECIPIENTS`] and [`mail_cloud::MAGIC_RECIPIENTS`].

pub mod captured;
pub mod condition;
pub mod contact_register;
mod drop_connection;
pub mod file_store;
mod line;
mod listing;
pub mod magic;
pub mod mail_cloud;
pub mod signature;
pub mod sms_gateway;
pub mod smsc;
pub mod smtp_sink;
pub mod subscriber;

pub use captured::Captured;
pub use condition::Condition;
pub use contact_register::ContactRegister;
pub use file_store::FileStore;
pub use mail_cloud::MailCloud;
pub use sms_gateway::SmsGateway;
pub use smsc::Smsc;
pub use smtp_sink::SmtpSink;
pub use subscriber::Subscriber;
