//! Moving rows from one engine to the other, and blobs from one place to another.
//!
//! Nothing here knows a table: names, columns, keys and references come from the catalogues of both
//! databases. Rows go in the order of their primary key, parents before children, many in one
//! transaction; so the highest key in the target says how far a move has come, and one that was killed
//! at any moment goes on from there.
//!
//! ```text
//! begin    schemas equal? source at rest? target fresh?   mark the target, remove what migrations put there
//! copy     table by table
//! compare  counts and fingerprints of every table, both sides read again
//! (blobs)  only those that are missing
//! finish   what is not in rows (sequences), and the mark goes, in one commit
//! ```
//!
//! The mark is a row among the migrations. As long as it is there no server opens the database, and
//! only a move from the same source goes on with it. The source is only read.

mod blobs;
mod catalogue;
mod error;
mod fingerprint;
mod rows;
mod side;
mod target;

use std::sync::mpsc;
use std::thread;

pub use blobs::{BlobsMoved, move_blobs};
pub use error::MoveError;
pub use fingerprint::Fingerprint;
pub use side::Place;

use crate::tx::Tx;
use catalogue::Table;
use rows::{Batch, Reader};
use side::Side;

/// What a move is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Rows go to the target.
    Copying,
    /// Both sides are read again.
    Comparing,
}

/// How far a move has come, in rows of all tables.
#[derive(Clone, Copy, Debug)]
pub struct Moving<'a> {
    /// What is being done.
    pub stage: Stage,
    /// The table at hand.
    pub table: &'a str,
    /// Rows done.
    pub done: u64,
    /// Rows to do.
    pub of: u64,
}

/// A table that is equal on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub table: String,
    /// What it holds.
    pub fingerprint: Fingerprint,
}

/// A move under way.
pub struct Move {
    source: Side,
    target: Side,
    tables: Vec<Table>,
    rows: u64,
    resumed: bool,
}

impl Move {
    /// Opens both sides and sees to it that the move is possible.
    ///
    /// The source must be at rest; with `forced`, sessions of other nodes on a PostgreSQL source are put
    /// up with. The target must be fresh, or hold the beginning of the same move.
    ///
    /// # Errors
    /// [`MoveError`] says what stands in the way. The target is unchanged then.
    pub fn begin(from: &Place, to: &Place, forced: bool) -> Result<Self, MoveError> {
        let mut source = Side::open_source(from, forced)?;
        let mut target = Side::open_target(to)?;
        if source.identity()? == target.identity()? {
            return Err(MoveError::SameDatabase);
        }
        source.begin_reading()?;
        let resumed = target::prepare(&mut source, &mut target)?;
        let tables = catalogue::common(&mut source, &mut target)?;
        if !resumed {
            target::mark(&mut source, &mut target, &tables)?;
        }
        let mut rows = 0;
        for table in &tables {
            rows += rows::count(&mut source.tx(), table)?;
        }
        Ok(Self { source, target, tables, rows, resumed })
    }

    /// Whether an earlier run had begun the same move.
    pub const fn resumed(&self) -> bool {
        self.resumed
    }

    /// Rows in the source.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Copies every row that is not there yet.
    pub fn copy(&mut self, tell: &mut dyn FnMut(Moving<'_>)) -> Result<(), MoveError> {
        let mut done = 0;
        for table in &self.tables {
            done += rows::count(&mut self.target.tx(), table)?;
            let mut progress = |rows| {
                done += rows;
                tell(Moving { stage: Stage::Copying, table: &table.name, done, of: self.rows });
            };
            progress(0);
            let after = rows::highest_key(&mut self.target.tx(), table)?;
            copy_table(&mut self.source, &mut self.target, table, after, &mut progress)?;
        }
        Ok(())
    }

    /// Reads both sides again and compares them.
    ///
    /// # Errors
    /// [`MoveError::Different`] names the first table that is not equal.
    pub fn compare(&mut self, tell: &mut dyn FnMut(Moving<'_>)) -> Result<Vec<Compared>, MoveError> {
        let (mut compared, mut done) = (Vec::new(), 0);
        self.target.begin_reading()?;
        for table in &self.tables {
            let mut progress = |rows| {
                done += rows;
                tell(Moving { stage: Stage::Comparing, table: &table.name, done, of: self.rows });
            };
            let (source, target) = (&mut self.source, &mut self.target);
            let (here, there) = thread::scope(|scope| {
                let there = scope.spawn(|| fingerprint::of(&mut target.tx(), table, &mut |_| {}));
                let here = fingerprint::of(&mut source.tx(), table, &mut progress);
                (here, there.join())
            });
            let (here, there) = (here?, there.unwrap_or(Err(crate::Error::Panicked))?);
            if here != there {
                return Err(MoveError::Different { table: table.name.clone(), here, there });
            }
            compared.push(Compared { table: table.name.clone(), fingerprint: here });
        }
        self.target.end_reading()?;
        Ok(compared)
    }

    /// Asks the source something that is not in its rows.
    pub fn ask_source<T>(
        &mut self,
        ask: impl FnOnce(&mut Tx<'_>) -> crate::Result<T>,
    ) -> Result<T, MoveError> {
        Ok(ask(&mut self.source.tx())?)
    }

    /// Sets what is not in rows, takes the mark away and makes all of it durable.
    pub fn finish(mut self, last: impl FnOnce(&mut Tx<'_>) -> crate::Result<()>) -> Result<(), MoveError> {
        target::finish(&mut self.target, last)
    }
}

/// One thread reads, the other writes.
fn copy_table(
    source: &mut Side,
    target: &mut Side,
    table: &Table,
    after: Option<rows::Key>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), MoveError> {
    thread::scope(|scope| {
        let (pass, passed) = mpsc::sync_channel::<Batch>(2);
        let reading = scope.spawn(move || -> Result<(), MoveError> {
            let mut tx = source.tx();
            let mut reader = Reader::after(table, after);
            while let Some(batch) = reader.next(&mut tx)? {
                if pass.send(batch).is_err() {
                    return Ok(()); // the writer has failed, and says so
                }
            }
            Ok(())
        });
        let written = passed.iter().try_for_each(|batch| {
            target.insert(table, &batch)?;
            progress(batch.len() as u64);
            Ok(())
        });
        drop(passed);
        let read = reading.join().unwrap_or(Err(MoveError::Store(crate::Error::Panicked)));
        written.and(read)
    })
}
