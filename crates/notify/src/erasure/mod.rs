//! Erasing everything about one recipient, and saying beforehand what that would be.
//!
//! What goes and what stays:
//!
//! | what | what becomes of it |
//! |---|---|
//! | a notification that is over | keeps its place, its result and its times; address, number, identity, texts of its own and the provider's reference are overwritten with nothing, the address with [`ERASED`](types::erasure::ERASED) |
//! | lines of the log, attempts, reports | go |
//! | the order that it was made of | keeps its place for the recipient, empty; texts, files and timeline go where nobody else was written to |
//! | the entry of the feed | keeps its number and everything but the address |
//! | what webhooks were told, or are to be told | the same |
//! | the embedded contact register | forgets the person, or the address |
//! | a notification that may still be sent or waits for its result, an order that waits for its time | stays: its sender wants it sent. It goes with the next erasure, or is cancelled before |
//! | the suppression of an address | stays: it is a keyed hash, and says that nothing is to be sent |
//! | the idempotency key, the audit log, figures of days | stay: they have no addresses |
//!
//! Each batch is a commit of its own, with its entry in the audit log. What has been erased is found no more, so
//! whoever is killed half-way begins again and goes on.

mod erase;
mod look;
mod model;
mod register;
mod sql;
mod unsent;

pub use model::About;
