//! Asking the sender, right before sending: still?
//!
//! An order may carry a URL. When the order is due, [`Asker::ask`] calls it and gives an [`Answer`],
//! which goes into the order's timeline; [`decide`] says what follows. An endpoint that cannot be
//! asked twice does not stop the notification: better a needless reminder than a missing one.

pub mod ask;
pub mod decide;
pub mod try_out;

pub use ask::{Answer, Asker, Doubt, SCOPE};
pub use decide::{Asked, Decision, FailurePolicy, decide};
