//! The notification service: SMS and e-mail.

pub mod providers;
pub mod recipients;
pub mod send_condition;
pub mod text;
