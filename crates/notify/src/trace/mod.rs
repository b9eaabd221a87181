//! For operators: shipments by whatever is known of them, the story of each, and what can be done about it.
//!
//! Nothing here is on the way of a message. A story is put together when somebody asks, from what the commits
//! wrote anyway: the timeline of the order, the ledger of attempts, reports, the feed, webhooks and the audit
//! log. Addresses are masked; [`reveal`] shows one, and whoever calls it writes down who asked.
//!
//! Acts are the verbs that senders and workers have, called by hand. A result that a sender has been told is
//! never taken back, so what has failed for good is not sent again: its sender orders anew.

mod act;
mod find;
mod model;
mod next;
mod sql;
mod story;

pub(crate) use find::recipient_is;

pub use act::{Done, Revealed, reveal};
pub use find::{Cursor, CursorError, Hit, HitRecipient, Page, Sought, find};
pub use model::{Act, Event, Next, Recipient, Sibling, Story, Wanted, What, Who};
