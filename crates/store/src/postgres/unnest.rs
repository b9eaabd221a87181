//! Many rows of one plain insert as arrays: one statement, planned and sent once.

use std::error::Error as StdError;

use tokio_postgres::types::{IsNull, Kind, ToSql, Type, to_sql_checked};
use tokio_util::bytes::{BufMut, BytesMut};

use crate::value::Value;

/// Below this many rows, sending them one by one is as quick.
const WORTH_IT: usize = 4;

/// `INSERT … VALUES ($1, …, $n)` as an insert from arrays, or `None` for any other statement. Statements
/// that may leave rows out (`ON CONFLICT`) are not rewritten, since each row's count is wanted.
pub(super) fn rewritten(sql: &str, params: &[Type], rows: usize) -> Option<String> {
    if rows < WORTH_IT || !sql.trim_start().starts_with("INSERT INTO") {
        return None;
    }
    let (before, values) = sql.split_once("VALUES")?;
    let values = values.trim().strip_prefix('(')?.strip_suffix(')')?;
    let mut arrays = Vec::with_capacity(params.len());
    for (index, name) in values.split(',').enumerate() {
        if name.trim() != format!("${}", index + 1) {
            return None;
        }
        arrays.push(format!("${}::{}[]", index + 1, params.get(index)?.name()));
    }
    (arrays.len() == params.len()).then(|| format!("{before}SELECT * FROM unnest({})", arrays.join(", ")))
}

/// One column of all rows.
#[derive(Debug)]
pub(super) struct Array<'a> {
    of: Type,
    values: Vec<&'a Value<'a>>,
}

/// The rows turned on their side.
pub(super) fn columns<'a>(params: &[Type], rows: &'a [Vec<Value<'a>>]) -> Vec<Array<'a>> {
    let column = |(index, of): (usize, &Type)| Array {
        of: of.clone(),
        values: rows.iter().map(|row| &row[index]).collect(),
    };
    params.iter().enumerate().map(column).collect()
}

impl ToSql for Array<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        debug_assert!(matches!(ty.kind(), Kind::Array(of) if *of == self.of), "arrays of what the rows hold");
        let length = i32::try_from(self.values.len())?;
        out.put_i32(1); // dimensions
        out.put_i32(i32::from(self.values.iter().any(|value| **value == Value::Null)));
        out.put_u32(self.of.oid());
        out.put_i32(length);
        out.put_i32(1); // the first index
        for value in &self.values {
            put(value, &self.of, out)?;
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn put(value: &Value<'_>, of: &Type, out: &mut BytesMut) -> Result<(), Box<dyn StdError + Sync + Send>> {
    let start = out.len();
    out.put_i32(-1); // NULL, unless a length takes its place
    if let IsNull::No = value.to_sql(of, out)? {
        let length = i32::try_from(out.len() - start - 4)?;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_inserts_are_rewritten() {
        let two = [Type::INT8, Type::TEXT];
        let text = rewritten("INSERT INTO a (b, c) VALUES ($1, $2)", &two, 9);

        assert_eq!(
            text.as_deref(),
            Some("INSERT INTO a (b, c) SELECT * FROM unnest($1::int8[], $2::text[])")
        );
        for other in [
            "INSERT INTO a (b, c) VALUES ($2, $1)",
            "INSERT INTO a (b, c) VALUES ($1, 'x', $2)",
            "INSERT INTO a (b, c) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            "UPDATE a SET b = $1 WHERE c = $2",
        ] {
            assert_eq!(rewritten(other, &two, 9), None, "{other}");
        }
        assert_eq!(rewritten("INSERT INTO a (b, c) VALUES ($1, $2)", &two, 2), None);
    }
}
