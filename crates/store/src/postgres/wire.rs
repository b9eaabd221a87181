//! Our values in `PostgreSQL`'s binary form, and back.
//!
//! A statement's own types decide: a whole number goes into whatever number or truth value the
//! statement wants there, sixteen bytes into a `uuid`.

use std::error::Error as StdError;

use tokio_postgres::row::RowIndex;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_util::bytes::{BufMut, BytesMut};

use crate::error::{Error, Result};
use crate::value::Value;

type Wrong = Box<dyn StdError + Sync + Send>;

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, Wrong> {
        match self {
            Value::Null => return Ok(IsNull::Yes),
            Value::Integer(number) => put_number(*number, ty, out)?,
            Value::Real(number) if *ty == Type::FLOAT8 => out.put_f64(*number),
            Value::Text(text) if is_text(ty) => out.put_slice(text.as_bytes()),
            Value::Bytes(bytes) if *ty == Type::BYTEA || (*ty == Type::UUID && bytes.len() == 16) => {
                out.put_slice(bytes);
            }
            // The value itself may be somebody's telephone number, and errors get into logs.
            other => return Err(format!("{} is not for a column of type {ty}", other.sort()).into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn put_number(number: i64, ty: &Type, out: &mut BytesMut) -> std::result::Result<(), Wrong> {
    match *ty {
        Type::INT8 => out.put_i64(number),
        Type::INT4 => out.put_i32(number.try_into()?),
        Type::INT2 => out.put_i16(number.try_into()?),
        Type::BOOL => out.put_u8(u8::from(number != 0)),
        Type::FLOAT8 => {
            let whole = i32::try_from(number)?;
            out.put_f64(whole.into());
        }
        _ => return Err(format!("a number is not for a column of type {ty}").into()),
    }
    Ok(())
}

fn is_text(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN)
}

/// A value as it came.
struct Came<'a>(Value<'a>);

impl<'a> FromSql<'a> for Came<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> std::result::Result<Self, Wrong> {
        let value = match *ty {
            Type::INT8 => Value::Integer(i64::from_be_bytes(raw.try_into()?)),
            Type::INT4 => Value::Integer(i32::from_be_bytes(raw.try_into()?).into()),
            Type::INT2 => Value::Integer(i16::from_be_bytes(raw.try_into()?).into()),
            Type::BOOL => Value::Integer(i64::from(raw != [0])),
            Type::FLOAT8 => Value::Real(f64::from_be_bytes(raw.try_into()?)),
            Type::BYTEA | Type::UUID => Value::Bytes(raw.into()),
            _ if is_text(ty) => Value::Text(std::str::from_utf8(raw)?.into()),
            _ => return Err(format!("columns of type {ty} are not read; cast it in the query").into()),
        };
        Ok(Self(value))
    }

    fn from_sql_null(_: &Type) -> std::result::Result<Self, Wrong> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// What a row holds in a column.
pub(crate) fn value<I>(row: &tokio_postgres::Row, column: I) -> Result<Value<'_>>
where
    I: RowIndex + std::fmt::Display,
{
    row.try_get::<_, Came<'_>>(column).map(|came| came.0).map_err(|error| Error::Database(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_the_wrong_place_is_not_told_to_logs() {
        let refused = Value::Text("+4799999999".into()).to_sql(&Type::INT8, &mut BytesMut::new());

        let told = refused.err().expect("a refusal").to_string();
        assert_eq!(told, "text is not for a column of type int8");
    }
}
