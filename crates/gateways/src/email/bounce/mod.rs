//! What comes back: reports on delivery (RFC 3464), complaints (RFC 5965), and mail that old servers return
//! without either.
//!
//! A small mail server ([`BounceListener`]) takes mail for our own return paths and for nobody else, reads
//! it ([`read`]) and gives what it says to a [`BounceSink`]. The other side hears "taken" when the sink has it on
//! disk.

mod command;
mod config;
mod fields;
mod listener;
mod read;
mod session;
mod status;
mod wire;

use std::fmt;

use async_trait::async_trait;
use types::ids::{AttemptId, NotificationId};

pub use config::{BouncesConfig, BouncesConfigError, Doorkeeper};
pub use listener::{BounceListener, BoundBounces};
pub use read::read;
pub use session::serve as serve_session;
pub use status::names_dead_address;

use crate::{EmailResult, NotTaken};

/// How a message came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The attempt that the recipient's address names, when it is one of our return paths.
    pub token: Option<AttemptId>,
    /// Whether its own return path is empty, as that of reports must be.
    pub is_from_nobody: bool,
}

/// A message that came to one of our return paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Which of our messages it is about.
    pub clues: Clues,
    /// What it says.
    pub says: Says,
    /// The same in a few words without addresses, such as `failed 5.1.1`.
    pub state: String,
}

/// How a message names what it is about, the most trustworthy first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clues {
    /// By a return path that only we can have written.
    pub token: Option<AttemptId>,
    /// By the envelope id that we gave (`ENVID`).
    pub envelope: Option<AttemptId>,
    /// By the `Message-ID` that we gave.
    pub message: Option<NotificationId>,
}

/// What a message says about one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It was not delivered, and will not be.
    Failed {
        /// Of the published vocabulary.
        result: EmailResult,
        /// Whether the address is dead, so that nothing more should be sent to it.
        is_hard: bool,
    },
    /// It is in the mailbox.
    Delivered,
    /// It is late, or on its way beyond where reports come from: worth a note, no more.
    Noted,
    /// Its recipient calls it spam.
    Complaint,
    /// Nothing about delivery: an answer from a person or a machine.
    Nothing,
}

/// Where bounces go.
#[async_trait]
pub trait BounceSink: Send + Sync + fmt::Debug {
    /// Takes one. It is on disk when this answers `Ok`; otherwise it should be brought again.
    async fn take(&self, bounce: Bounce) -> Result<(), NotTaken>;
}
