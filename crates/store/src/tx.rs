//! A transaction, as a plain function sees it.

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection};

use crate::error::{Error, Result};
use crate::value::{self, Column, Value};

/// A transaction under way. Its end is the store's business: there is no commit to forget.
pub struct Tx<'c> {
    connection: &'c Connection,
}

impl<'c> Tx<'c> {
    pub(crate) const fn new(connection: &'c Connection) -> Self {
        Self { connection }
    }

    /// Runs a statement and tells how many rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let mut statement = self.prepare(sql, params)?;
        Ok(statement.raw_execute()? as u64)
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
        let mut statement = self.prepare(sql, params)?;
        let mut rows = statement.raw_query();
        rows.next()?.map(|row| T::from_row(&Row(row))).transpose()
    }

    /// Every row a query finds. The query carries its own `LIMIT`.
    pub fn all<T: FromRow>(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<T>> {
        let mut statement = self.prepare(sql, params)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(T::from_row(&Row(row))?);
        }
        Ok(found)
    }

    /// Several statements without parameters, as migrations have them.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        Ok(self.connection.execute_batch(sql)?)
    }

    /// `SQLite` numbers `$2` by where it first appears in the text, `PostgreSQL` by its number; we bind
    /// by number.
    fn prepare(&self, sql: &str, params: &[Value<'_>]) -> Result<CachedStatement<'c>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        for index in 1..=statement.parameter_count() {
            let number: usize = statement
                .parameter_name(index)
                .and_then(|name| name.strip_prefix('$')?.parse().ok())
                .expect("parameters are written $1, $2, …");
            let param = params.get(number - 1).expect("as many params! as the statement's highest $n");
            bind(&mut statement, index, param)?;
        }
        Ok(statement)
    }
}

fn bind(statement: &mut CachedStatement<'_>, index: usize, param: &Value<'_>) -> rusqlite::Result<()> {
    match param {
        Value::Null => statement.raw_bind_parameter(index, rusqlite::types::Null),
        Value::Integer(number) => statement.raw_bind_parameter(index, number),
        Value::Real(number) => statement.raw_bind_parameter(index, number),
        Value::Text(text) => statement.raw_bind_parameter(index, text.as_ref()),
        Value::Bytes(bytes) => statement.raw_bind_parameter(index, bytes.as_ref()),
    }
}

/// One row of an answer.
pub struct Row<'r>(&'r rusqlite::Row<'r>);

impl Row<'_> {
    /// The column with this name.
    pub fn get<T: Column>(&self, column: &str) -> Result<T> {
        value::read(column, from_sqlite(column, self.0.get_ref(column)?)?)
    }

    /// The column at this place, counted from zero.
    pub fn at<T: Column>(&self, index: usize) -> Result<T> {
        let column = index.to_string();
        value::read(&column, from_sqlite(&column, self.0.get_ref(index)?)?)
    }
}

fn from_sqlite<'v>(column: &str, value: ValueRef<'v>) -> Result<Value<'v>> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(std::str::from_utf8(text).map_err(|_| not_utf8(column))?.into()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.into()),
    })
}

fn not_utf8(column: &str) -> Error {
    Error::Column { column: column.to_owned(), wanted: "text", found: "bytes that are not UTF-8".to_owned() }
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
