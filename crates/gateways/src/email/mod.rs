//! Mail servers and services, one file each.

pub mod html;
pub mod smtp;

mod attached;
mod connection;
mod message;
mod outcome;

pub use smtp::{Dsn, Smtp, SmtpConfig, SmtpConfigError, Tls};
