//! How our words become columns, and back.

use std::borrow::Cow;

use jiff::Timestamp;
use types::OrgNumber;
use types::ids::{AttemptId, ChainId, FileTransferId, NotificationId, OrderId};
use uuid::Uuid;

use crate::error::{Error, Result};

/// One value on its way into or out of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `NULL`.
    Null,
    /// Whole numbers, truth values and moments.
    Integer(i64),
    /// Fractions.
    Real(f64),
    /// Text, JSON among it.
    Text(Cow<'a, str>),
    /// Bytes, UUIDs among them.
    Bytes(Cow<'a, [u8]>),
}

impl Value<'_> {
    /// What sort of value it is, for error messages.
    pub(crate) const fn sort(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Integer(_) => "a number",
            Self::Real(_) => "a fraction",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        }
    }
}

/// Something that fits into a column.
pub trait ToValue {
    /// The column's form of it.
    fn to_value(&self) -> Value<'_>;
}

/// Something that can be read from a column.
pub trait Column: Sized {
    /// What the column should hold, for error messages.
    const WANTED: &'static str;

    /// Reads it, or gives `None` when the column holds something else.
    fn from_value(value: Value<'_>) -> Option<Self>;
}

/// Reads a value for the named column, or says what was there instead.
pub(crate) fn read<T: Column>(column: &str, value: Value<'_>) -> Result<T> {
    let found = value.sort();
    T::from_value(value).ok_or_else(|| Error::Column {
        column: column.to_owned(),
        wanted: T::WANTED,
        found: found.to_owned(),
    })
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: Column> Column for Option<T> {
    const WANTED: &'static str = T::WANTED;

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}

impl Column for String {
    const WANTED: &'static str = "text";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(Cow::Borrowed(self))
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(Cow::Borrowed(self))
    }
}

impl Column for Vec<u8> {
    const WANTED: &'static str = "bytes";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes.into_owned()),
            _ => None,
        }
    }
}

macro_rules! whole_numbers {
    ($($number:ty)+) => {$(
        impl ToValue for $number {
            fn to_value(&self) -> Value<'_> {
                Value::Integer(i64::from(*self))
            }
        }

        impl Column for $number {
            const WANTED: &'static str = stringify!($number);

            fn from_value(value: Value<'_>) -> Option<Self> {
                match value {
                    Value::Integer(number) => number.try_into().ok(),
                    _ => None,
                }
            }
        }
    )+};
}

whole_numbers! { i64 i32 i16 u32 u16 u8 }

impl ToValue for u64 {
    /// Numbers beyond `i64::MAX` do not occur; they would be kept as `i64::MAX`.
    fn to_value(&self) -> Value<'_> {
        Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl Column for u64 {
    const WANTED: &'static str = "u64";

    fn from_value(value: Value<'_>) -> Option<Self> {
        i64::from_value(value).and_then(|number| number.try_into().ok())
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Column for bool {
    const WANTED: &'static str = "0 or 1";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(0) => Some(false),
            Value::Integer(1) => Some(true),
            _ => None,
        }
    }
}

impl ToValue for f64 {
    fn to_value(&self) -> Value<'_> {
        Value::Real(*self)
    }
}

impl Column for f64 {
    const WANTED: &'static str = "a fraction";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Real(number) => Some(number),
            _ => None,
        }
    }
}

impl ToValue for Timestamp {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(self.as_microsecond())
    }
}

impl Column for Timestamp {
    const WANTED: &'static str = "a moment in microseconds";

    fn from_value(value: Value<'_>) -> Option<Self> {
        i64::from_value(value).and_then(|number| Self::from_microsecond(number).ok())
    }
}

impl ToValue for Uuid {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(Cow::Borrowed(self.as_bytes()))
    }
}

impl Column for Uuid {
    const WANTED: &'static str = "a UUID of sixteen bytes";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Self::from_slice(&bytes).ok(),
            _ => None,
        }
    }
}

macro_rules! ids {
    ($($id:ty)+) => {$(
        impl ToValue for $id {
            fn to_value(&self) -> Value<'_> {
                Value::Bytes(Cow::Owned(self.uuid().as_bytes().to_vec()))
            }
        }

        impl Column for $id {
            const WANTED: &'static str = "a UUID of sixteen bytes";

            fn from_value(value: Value<'_>) -> Option<Self> {
                Uuid::from_value(value).map(Self::new)
            }
        }
    )+};
}

ids! { AttemptId ChainId FileTransferId NotificationId OrderId }

impl ToValue for OrgNumber {
    fn to_value(&self) -> Value<'_> {
        Value::Text(Cow::Owned(self.to_string()))
    }
}

impl Column for OrgNumber {
    const WANTED: &'static str = "an organization number";

    fn from_value(value: Value<'_>) -> Option<Self> {
        String::from_value(value).and_then(|text| text.parse().ok())
    }
}

impl ToValue for serde_json::Value {
    fn to_value(&self) -> Value<'_> {
        Value::Text(Cow::Owned(self.to_string()))
    }
}

impl Column for serde_json::Value {
    const WANTED: &'static str = "JSON";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => serde_json::from_str(&text).ok(),
            _ => None,
        }
    }
}

impl ToValue for Value<'_> {
    fn to_value(&self) -> Value<'_> {
        match self {
            Value::Null => Value::Null,
            Value::Integer(number) => Value::Integer(*number),
            Value::Real(number) => Value::Real(*number),
            Value::Text(text) => Value::Text(Cow::Borrowed(text)),
            Value::Bytes(bytes) => Value::Bytes(Cow::Borrowed(bytes)),
        }
    }
}

/// The parameters of a statement: `params![id, name]` for `$1` and `$2`.
#[macro_export]
macro_rules! params {
    () => { &[] as &[$crate::Value<'_>] };
    ($($value:expr),+ $(,)?) => { &[$($crate::ToValue::to_value(&$value)),+] as &[$crate::Value<'_>] };
}

/// The parameters of one row for [`Tx::each`](crate::Tx::each): `row![id, name]`. What is borrowed from
/// behind a reference stays borrowed for as long as the reference lives.
#[macro_export]
macro_rules! row {
    ($($value:expr),+ $(,)?) => {{
        use $crate::ToValue as _;
        ::std::vec![$($value.to_value()),+]
    }};
}
