//! Statements on the embedded engine.

use std::borrow::Cow;

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection};

use crate::error::{Error, Result};
use crate::value::Value;

/// Prepares a statement and binds its parameters. `SQLite` numbers `$2` by where it first appears in the
/// text, `PostgreSQL` by its number; we bind by number.
pub(crate) fn prepare<'c>(
    connection: &'c Connection,
    sql: &str,
    params: &[Value<'_>],
) -> Result<CachedStatement<'c>> {
    let mut statement = connection.prepare_cached(&without_locks(sql))?;
    bind_all(&mut statement, params)?;
    Ok(statement)
}

/// Runs one statement for each row of parameters.
pub(crate) fn each(connection: &Connection, sql: &str, rows: &[Vec<Value<'_>>]) -> Result<Vec<u64>> {
    let mut statement = connection.prepare_cached(&without_locks(sql))?;
    let run = |params: &Vec<Value<'_>>| {
        bind_all(&mut statement, params)?;
        Ok(statement.raw_execute()? as u64)
    };
    rows.iter().map(run).collect()
}

fn bind_all(statement: &mut CachedStatement<'_>, params: &[Value<'_>]) -> Result<()> {
    for index in 1..=statement.parameter_count() {
        let number: usize = statement
            .parameter_name(index)
            .and_then(|name| name.strip_prefix('$')?.parse().ok())
            .expect("parameters are written $1, $2, …");
        let param = params.get(number - 1).expect("as many params! as the statement's highest $n");
        bind(statement, index, param)?;
    }
    Ok(())
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

/// The text without its row locks: there is one writer here, so every row is its own already.
fn without_locks(sql: &str) -> Cow<'_, str> {
    const LOCK: &str = "FOR UPDATE";
    let Some((before, after)) = sql.split_once(LOCK) else { return Cow::Borrowed(sql) };
    let mut text = before.to_owned();
    let mut rest = after;
    loop {
        rest = without_options(rest);
        match rest.split_once(LOCK) {
            None => break,
            Some((before, after)) => {
                text.push_str(before);
                rest = after;
            }
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// What follows a lock's `OF table`, `SKIP LOCKED` and `NOWAIT`.
fn without_options(after: &str) -> &str {
    let mut rest = after;
    if let Some(table) = rest.trim_start().strip_prefix("OF ") {
        let end = table.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(table.len());
        rest = &table[end..];
    }
    let trimmed = rest.trim_start();
    ["SKIP LOCKED", "NOWAIT"].iter().find_map(|option| trimmed.strip_prefix(option)).unwrap_or(rest)
}

/// What a column holds.
pub(crate) fn value<'v>(column: &str, value: ValueRef<'v>) -> Result<Value<'v>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_of_rows_are_left_out_and_nothing_else() {
        for (with, without) in [
            ("SELECT 1 FROM a WHERE b = $1 FOR UPDATE", "SELECT 1 FROM a WHERE b = $1 "),
            ("SELECT 1 FROM a FOR UPDATE OF a SKIP LOCKED", "SELECT 1 FROM a "),
            (
                "WITH n AS (SELECT id FROM a LIMIT 2 FOR UPDATE SKIP LOCKED) UPDATE a SET b = 1",
                "WITH n AS (SELECT id FROM a LIMIT 2 ) UPDATE a SET b = 1",
            ),
            ("SELECT (SELECT 1 FOR UPDATE), (SELECT 2 FOR UPDATE NOWAIT)", "SELECT (SELECT 1 ), (SELECT 2 )"),
            ("UPDATE a SET b = 1", "UPDATE a SET b = 1"),
        ] {
            assert_eq!(without_locks(with), without);
        }
    }
}
