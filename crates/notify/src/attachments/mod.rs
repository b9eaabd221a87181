//! Files that go with e-mail.
//!
//! A sender names files by links that carry their own permission: shared access signatures (SAS), which let
//! whoever has the link read the file until it runs out. Such a link is a secret. It is kept with its
//! order, shown to nobody, and prints as its host alone.
//!
//! The files are fetched when the e-mail is sent, before the attempt is written down: while a file is on its
//! way, nothing has been handed over, and a lost process leaves no doubt. What is fetched is held in memory
//! only, within two limits: one for each e-mail, one for all that are under way ([`Porter`]).
//!
//! | the file's host | becomes of the e-mail |
//! |---|---|
//! | gives the file | sent with it |
//! | 408, 429, 5xx, no answer, or a broken one | tried again later |
//! | any other status, redirects included; a private address; a link that has run out | `Failed_InvalidSasUrl` |
//! | gives more than the limit | `Failed_PayloadTooLarge` |

mod bring;
mod fetch;
pub mod hosts;
pub mod link;
pub mod media_types;
pub(crate) mod read;
pub(crate) mod sql;

pub(crate) use bring::bring;
pub use fetch::Porter;
pub use hosts::FileHost;
pub use link::{FileLink, SasUrl};
