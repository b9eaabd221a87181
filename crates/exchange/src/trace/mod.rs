//! For operators: messages by whatever is known of them, the story of each, and what can be done about it.
//!
//! A story is put together when somebody asks: from statuses, the ledger of attempts, the inbox and the outbox,
//! webhooks, the audit log, and from *notes*, which are written down in the commit of what they tell of and go
//! with their conversation. Numbers of persons are hidden.
//!
//! A message that ended in FEIL is not sent again from here: its client has been told, its files are gone, and
//! its id is used up. The client sends it anew under another id.

mod act;
mod events;
mod find;
mod model;
pub(crate) mod note;
mod sql;
mod story;

pub use act::Done;
pub use find::{Page, Sought, find};
pub use model::{Act, Answer, Event, Next, Story, What, Who};
pub use note::FileNote;
