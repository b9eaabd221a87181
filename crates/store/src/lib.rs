//! Keeps what was promised: rows with group commit, and blobs beside them.
//!
//! # What `write` and `read` promise
//!
//! [`Store::write`] takes a plain function over a [`Tx`]. The function runs on the one writer, in a
//! savepoint of its own, together with whatever else is waiting; all of it is committed with one
//! full sync. The answer comes when the rows are on disk. A function that returns an error, or
//! panics, takes back its own changes and nobody else's. Nothing can be awaited inside, so no
//! transaction is ever held open over a network call.
//!
//! [`Store::read`] runs beside the writer on a connection of its own and sees one consistent
//! snapshot. Readers never wait for the writer, and never stop it.
//!
//! # How to write SQL here
//!
//! - One text for both databases, parameters as `$1`, `$2`, … in any order, as often as needed.
//! - A moment is microseconds since 1970 in an `INTEGER` (`BIGINT` on PostgreSQL); a UUID is sixteen bytes; a truth value is
//!   0 or 1; JSON is text.
//! - The organization that owns a row leads every hot key; primary keys of hot tables are ordered
//!   by time (UUID version 7).
//! - Races are settled by unique keys: insert with `ON CONFLICT DO NOTHING` and look at the count.
//!
//! # Blobs
//!
//! [`blobs::Blobs`] keeps byte streams of any length under keys that are written once. Write the
//! blob first and the row that names it afterwards; a blob without a row is swept away later.

mod batch;
pub mod blobs;
pub mod copy;
mod data_dir;
mod error;
mod faults;
mod migrate;
mod postgres;
mod size;
mod sqlite;
mod store;
mod tx;
mod value;
mod work;

pub use batch::Batch;
pub use data_dir::{DataDir, DataDirError};
pub use error::{Error, Result};
pub use faults::{Fault, FaultPoint, Faults};
pub use postgres::{Lead, PostgresConfig, PostgresLook, leads, look as look_at_postgres};
pub use size::{Size, size};
pub use store::{Options, Store};
pub use tx::{Engine, FromRow, Row, Tx};
pub use value::{Column, ToValue, Value};
