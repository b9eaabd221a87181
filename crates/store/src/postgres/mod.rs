//! The shared database: threads with a connection each, several hosts, and what nodes tell each other.
//!
//! Every piece of work is one transaction of its own (`READ COMMITTED` for writes, one snapshot for
//! reads). Work whose transaction certainly came to nothing, because it collided with another or the
//! connection broke before the commit, is run again; a commit whose answer was lost is
//! [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown), and only the caller's own key can tell.

mod companion;
mod config;
mod connect;
mod leads;
mod look;
mod schema;
mod session;
mod unnest;
pub(crate) mod wire;
mod workers;

pub(crate) use companion::Companion;
pub use config::PostgresConfig;
pub(crate) use connect::Connector;
pub use leads::{Lead, leads};
pub use look::{PostgresLook, look};
pub(crate) use schema::bring_up_to_date;
pub(crate) use session::{Ended, Kind, Session};
pub(crate) use workers::start;
