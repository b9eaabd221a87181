//! Reading a table in the order of its key, some thousand rows at a time.

use super::catalogue::Table;
use crate::error::Result;
use crate::tx::{FromRow, Tx};
use crate::value::Value;
use crate::{params, tx};

/// A whole row, in the order of the table's columns.
pub(super) type Row = Vec<Value<'static>>;
/// The values of a row's primary key.
pub(super) type Key = Vec<Value<'static>>;
/// Rows that are written in one transaction.
pub(super) type Batch = Vec<Row>;

/// Rows in the first batch; nobody knows yet how long they are.
const FIRST: usize = 200;
/// The most rows in a batch.
const MOST: usize = 5_000;
/// Bytes that a batch should have.
const BYTES: usize = 8 << 20;

/// Any row.
struct Cells(Row);

impl FromRow for Cells {
    fn from_row(row: &tx::Row<'_>) -> Result<Self> {
        (0..row.width()).map(|index| Ok(owned(row.value(index)?))).collect::<Result<_>>().map(Self)
    }
}

fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Null => Value::Null,
        Value::Integer(number) => Value::Integer(number),
        Value::Real(number) => Value::Real(number),
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Bytes(bytes) => Value::Bytes(bytes.into_owned().into()),
    }
}

/// Reads on from a key, batch by batch. Batches of long rows have fewer of them.
pub(super) struct Reader<'t> {
    table: &'t Table,
    after: Option<Key>,
    limit: usize,
    ended: bool,
}

impl<'t> Reader<'t> {
    /// Begins behind this key, or at the beginning.
    pub(super) const fn after(table: &'t Table, after: Option<Key>) -> Self {
        Self { table, after, limit: FIRST, ended: false }
    }

    /// The next rows; nothing at the end.
    pub(super) fn next(&mut self, tx: &mut Tx<'_>) -> Result<Option<Batch>> {
        if self.ended {
            return Ok(None);
        }
        let sql = self.table.select(tx.engine(), self.after.is_some(), self.limit);
        let after = self.after.take().unwrap_or_default();
        let batch: Batch = tx.all::<Cells>(&sql, &after)?.into_iter().map(|cells| cells.0).collect();
        self.ended = batch.len() < self.limit;
        let Some(last) = batch.last() else { return Ok(None) };
        self.after = Some(self.table.key_of(last));
        let bytes: usize = batch.iter().flatten().map(length).sum();
        // Few different limits, since each is a statement of its own.
        if bytes > BYTES {
            self.limit = (self.limit / 4).max(1);
        } else if bytes * 4 < BYTES {
            self.limit = (self.limit * 5).min(MOST);
        }
        Ok(Some(batch))
    }
}

fn length(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 8,
    }
}

/// How many rows a table has.
pub(super) fn count(tx: &mut Tx<'_>, table: &Table) -> Result<u64> {
    tx.one(&format!("SELECT count(*) FROM {}", table.quoted()), params![])
}

/// The last row's key, if there is a row.
pub(super) fn highest_key(tx: &mut Tx<'_>, table: &Table) -> Result<Option<Key>> {
    let sql = table.select_highest(tx.engine());
    Ok(tx.optional::<Cells>(&sql, params![])?.map(|cells| cells.0))
}
