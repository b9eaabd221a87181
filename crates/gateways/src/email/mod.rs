//! Mail servers and services, one file each; and what comes back from them.

pub mod acs;
pub mod bounce;
pub mod dkim;
pub mod event_grid;
pub mod html;
pub mod smtp;
pub mod smtp_config;
pub mod verp;

mod attached;
mod connection;
mod message;
mod outcome;

pub use acs::{Acs, AcsConfig, AcsConfigError};
pub use smtp::Smtp;
pub use smtp_config::{Auth, Dsn, SmtpConfig, SmtpConfigError, Tls};
