//! A transaction, as a plain function sees it.

use std::time::Duration;

use meter::{Count, Family};
use rusqlite::Connection;

use crate::error::{Error, Result};
use crate::postgres::{Session, wire};
use crate::sqlite::statement;
use crate::value::{self, Column, Value};

/// Which database is below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded: one process, one writer.
    Sqlite,
    /// Shared by any number of processes, each with several writers.
    Postgres,
}

/// A transaction under way. Its end is the store's business: there is no commit to forget.
pub struct Tx<'c> {
    below: Below<'c>,
    counts: Vec<Count>,
}

enum Below<'c> {
    Sqlite(&'c Connection),
    Postgres(&'c mut Session),
}

impl<'c> Tx<'c> {
    pub(crate) const fn sqlite(connection: &'c Connection) -> Self {
        Self { below: Below::Sqlite(connection), counts: Vec::new() }
    }

    pub(crate) const fn postgres(session: &'c mut Session) -> Self {
        Self { below: Below::Postgres(session), counts: Vec::new() }
    }

    /// One more of these, once the transaction has been committed. Without effect in reads.
    pub fn count(&mut self, family: &'static Family, labels: &[&str]) {
        self.counts.push(Count::one(family, labels));
    }

    /// Something took so long, once the transaction has been committed. Without effect in reads.
    pub fn time(&mut self, family: &'static Family, labels: &[&str], took: Duration) {
        self.counts.push(Count::timed(family, labels, took));
    }

    /// What is to be counted when the transaction has been committed.
    pub(crate) fn take_counts(&mut self) -> Vec<Count> {
        std::mem::take(&mut self.counts)
    }

    /// Which database is below, for the few texts that have to differ.
    pub const fn engine(&self) -> Engine {
        match self.below {
            Below::Sqlite(_) => Engine::Sqlite,
            Below::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a statement and tells how many rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        match &mut self.below {
            Below::Sqlite(connection) => {
                Ok(statement::prepare(connection, sql, params)?.raw_execute()? as u64)
            }
            Below::Postgres(session) => session.execute(sql, params),
        }
    }

    /// Runs a statement once for each row of parameters, in one round trip, and tells how many rows each
    /// changed.
    pub fn each(&mut self, sql: &str, rows: &[Vec<Value<'_>>]) -> Result<Vec<u64>> {
        match &mut self.below {
            Below::Sqlite(connection) => statement::each(connection, sql, rows),
            Below::Postgres(session) => session.each(sql, rows),
        }
    }

    /// The one row a query finds.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub fn one<T: FromRow>(&mut self, sql: &str, params: &[Value<'_>]) -> Result<T> {
        self.optional(sql, params)?.ok_or(Error::NotFound)
    }

    /// The first row a query finds, if any.
    pub fn optional<T: FromRow>(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Option<T>> {
        match &mut self.below {
            Below::Sqlite(connection) => {
                let mut statement = statement::prepare(connection, sql, params)?;
                let mut rows = statement.raw_query();
                rows.next()?.map(|row| T::from_row(&Row::sqlite(row))).transpose()
            }
            Below::Postgres(session) => {
                let rows = session.query(sql, params)?;
                rows.first().map(|row| T::from_row(&Row::postgres(row))).transpose()
            }
        }
    }

    /// Every row a query finds. The query carries its own `LIMIT`.
    pub fn all<T: FromRow>(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<T>> {
        match &mut self.below {
            Below::Sqlite(connection) => {
                let mut statement = statement::prepare(connection, sql, params)?;
                let mut rows = statement.raw_query();
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    found.push(T::from_row(&Row::sqlite(row))?);
                }
                Ok(found)
            }
            Below::Postgres(session) => {
                let rows = session.query(sql, params)?;
                rows.iter().map(|row| T::from_row(&Row::postgres(row))).collect()
            }
        }
    }

    /// Several statements without parameters, as migrations have them.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        match &mut self.below {
            Below::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Below::Postgres(session) => session.batch(sql),
        }
    }
}

/// One row of an answer.
pub struct Row<'r>(Found<'r>);

enum Found<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    pub(crate) const fn sqlite(row: &'r rusqlite::Row<'r>) -> Self {
        Self(Found::Sqlite(row))
    }

    pub(crate) const fn postgres(row: &'r tokio_postgres::Row) -> Self {
        Self(Found::Postgres(row))
    }

    /// The column with this name.
    pub fn get<T: Column>(&self, column: &str) -> Result<T> {
        let value = match &self.0 {
            Found::Sqlite(row) => statement::value(column, row.get_ref(column)?)?,
            Found::Postgres(row) => wire::value(row, column)?,
        };
        value::read(column, value)
    }

    /// The column at this place, counted from zero.
    pub fn at<T: Column>(&self, index: usize) -> Result<T> {
        value::read(&index.to_string(), self.value(index)?)
    }

    /// Whatever the column at this place holds.
    pub fn value(&self, index: usize) -> Result<Value<'_>> {
        match &self.0 {
            Found::Sqlite(row) => statement::value(&index.to_string(), row.get_ref(index)?),
            Found::Postgres(row) => wire::value(row, index),
        }
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        match &self.0 {
            Found::Sqlite(row) => row.as_ref().column_count(),
            Found::Postgres(row) => row.len(),
        }
    }
}

/// A type that a row can be read into.
pub trait FromRow: Sized {
    /// Reads the row.
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

impl<T: Column> FromRow for T {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.at(0)
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))+) => {$(
        impl<$($name: Column),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self> {
                Ok(($(row.at::<$name>($index)?,)+))
            }
        }
    )+};
}

tuples! {
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
}
