//! Mail servers and services, one file each.

pub mod acs;
pub mod event_grid;
pub mod html;
pub mod smtp;

mod attached;
mod connection;
mod message;
mod outcome;

pub use acs::{Acs, AcsConfig, AcsConfigError};
pub use smtp::{Dsn, Smtp, SmtpConfig, SmtpConfigError, Tls};
