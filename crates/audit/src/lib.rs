//! What somebody may one day have to answer for: an append-only log whose entries are chained by hashes.
//!
//! **Cast.** An *entry* says who did what to what, and when. It is [`record`]ed in the commit of what it
//! tells of, so that neither exists without the other. A *link* is an entry that has its number and its
//! hash: SHA-256 over the hash before it and the entry. The *head* is the number and the hash of the last
//! link.
//!
//! **Several nodes.** Entries are committed side by side and wait; whoever leads `audit.chain` gives them
//! their numbers, in batches, at most about a second later ([`run`]). The head's row is held until those
//! numbers are visible, so even two who believe to lead take turns.
//!
//! **Promises.** Changing, removing, adding or moving a link breaks the chain, and [`Checker`] says where.
//! Cutting links off at the end shows against the head. Whoever can write the database can also make the
//! whole chain anew: against that, keep a head somewhere else and have it checked as an *anchor*.
//!
//! Entries carry no addresses, numbers or texts of messages: what is in the chain cannot be taken out.

mod chain;
mod check;
mod find;
mod lead;
mod model;
mod sql;

pub use chain::Digest;
pub use check::{Anchor, AnchorError, Broken, Checker, Head};
pub use find::{Found, Wanted, find};
pub use lead::{link_all, run};
pub use model::{Action, Entry, Link};
pub use sql::{about, after, head, record, waiting};
