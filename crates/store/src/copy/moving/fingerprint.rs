//! What a table holds, in one number that does not depend on engine or order.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};

use super::catalogue::Table;
use super::rows::{Reader, Row};
use crate::tx::Tx;
use crate::value::Value;

/// How many rows there are, and the sum of their hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// Rows.
    pub rows: u64,
    /// The first sixteen bytes of each row's SHA-256, as numbers, added up (modulo 2^128).
    pub sum: u128,
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, {:032x}", self.rows, self.sum)
    }
}

impl Fingerprint {
    fn add(&mut self, row: &Row) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(hash(row));
    }
}

/// Reads a whole table; tells the rows of each batch.
pub(super) fn of(tx: &mut Tx<'_>, table: &Table, read: &mut dyn FnMut(u64)) -> crate::Result<Fingerprint> {
    let mut fingerprint = Fingerprint::default();
    let mut reader = Reader::after(table, None);
    while let Some(batch) = reader.next(tx)? {
        for row in &batch {
            fingerprint.add(row);
        }
        read(batch.len() as u64);
    }
    Ok(fingerprint)
}

/// Each value with its kind and length, so that no two rows look alike.
fn hash(row: &Row) -> u128 {
    let mut context = Context::new(&SHA256);
    for value in row {
        match value {
            Value::Null => context.update(&[0]),
            Value::Integer(number) => sized(&mut context, 1, &number.to_be_bytes()),
            Value::Real(number) => sized(&mut context, 2, &number.to_bits().to_be_bytes()),
            Value::Text(text) => sized(&mut context, 3, text.as_bytes()),
            Value::Bytes(bytes) => sized(&mut context, 4, bytes),
        }
    }
    let digest = context.finish();
    let first = digest.as_ref().first_chunk::<16>().expect("SHA-256 has thirty-two bytes");
    u128::from_be_bytes(*first)
}

fn sized(context: &mut Context, kind: u8, bytes: &[u8]) {
    context.update(&[kind]);
    context.update(&(bytes.len() as u64).to_be_bytes());
    context.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[&'static str]) -> Row {
        values.iter().map(|text| Value::Text((*text).into())).collect()
    }

    fn fingerprint(rows: &[Row]) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        for row in rows {
            fingerprint.add(row);
        }
        fingerprint
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        let rows = [row(&["a", "b"]), row(&["c", "d"])];
        let turned = [row(&["c", "d"]), row(&["a", "b"])];
        assert_eq!(fingerprint(&rows), fingerprint(&turned));

        for other in [
            vec![row(&["a", "b"])],
            vec![row(&["a", "b"]), row(&["c", "D"])],
            vec![row(&["a", "d"]), row(&["c", "b"])],
            vec![row(&["ab", ""]), row(&["c", "d"])],
            vec![row(&["a", "b"]), row(&["c", "d"]), row(&["c", "d"])],
            vec![row(&["a", "b"]), vec![Value::Text("c".into()), Value::Bytes(b"d".as_slice().into())]],
            vec![row(&["a", "b"]), vec![Value::Text("c".into()), Value::Null]],
        ] {
            assert_ne!(fingerprint(&rows), fingerprint(&other), "{other:?}");
        }
    }
}
