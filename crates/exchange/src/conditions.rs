//! Conditions of statements that are put together from what a request asks for.
//!
//! Columns and operators are constants of the program; what the client sends is always bound.

use store::{ToValue, Value};

use crate::access::Reach;

/// Conditions that must all hold, and the values bound in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    texts: Vec<String>,
    values: Vec<Value<'static>>,
}

impl Conditions {
    /// Binds a value; answers its place in the statement.
    pub(crate) fn bind(&mut self, value: &dyn ToValue) -> String {
        let owned = match value.to_value() {
            Value::Null => Value::Null,
            Value::Integer(number) => Value::Integer(number),
            Value::Real(number) => Value::Real(number),
            Value::Text(text) => Value::Text(text.into_owned().into()),
            Value::Bytes(bytes) => Value::Bytes(bytes.into_owned().into()),
        };
        self.values.push(owned);
        format!("${}", self.values.len())
    }

    /// `column` compares so.
    #[must_use]
    pub(crate) fn and(mut self, column: &'static str, operator: &'static str, value: &dyn ToValue) -> Self {
        let bound = self.bind(value);
        self.texts.push(format!("{column} {operator} {bound}"));
        self
    }

    /// `column` is this, if anything is asked for.
    #[must_use]
    pub(crate) fn and_if(self, column: &'static str, value: Option<&String>) -> Self {
        match value {
            Some(value) => self.and(column, "=", value),
            None => self,
        }
    }

    /// `column` is one of these; nothing is one of none.
    #[must_use]
    pub(crate) fn one_of(mut self, column: &'static str, values: &[&dyn ToValue]) -> Self {
        let text = self.list(column, values);
        self.texts.push(text);
        self
    }

    /// There is a row of `related`, a table and how it is joined, whose `column` is one of these.
    #[must_use]
    pub(crate) fn any_of(
        mut self,
        related: &'static str,
        column: &'static str,
        values: &[&dyn ToValue],
    ) -> Self {
        let text = self.list(column, values);
        self.texts.push(format!("EXISTS (SELECT 1 FROM {related} AND {text})"));
        self
    }

    fn list(&mut self, column: &str, values: &[&dyn ToValue]) -> String {
        let bound: Vec<_> = values.iter().map(|value| self.bind(*value)).collect();
        match bound.as_slice() {
            [] => "1 = 0".to_owned(),
            [one] => format!("{column} = {one}"),
            several => format!("{column} IN ({})", several.join(", ")),
        }
    }

    /// `column`, one of our own organizations, is within reach.
    #[must_use]
    pub(crate) fn within(self, reach: &Reach, column: &'static str) -> Self {
        match reach {
            Reach::All => self,
            Reach::Only(organizations) => {
                let values: Vec<&dyn ToValue> = organizations.iter().map(|org| org as &dyn ToValue).collect();
                self.one_of(column, &values)
            }
        }
    }

    /// `WHERE …`, or nothing when there are no conditions.
    pub(crate) fn to_where(&self) -> String {
        if self.texts.is_empty() { String::new() } else { format!(" WHERE {}", self.texts.join(" AND ")) }
    }

    /// The values, in the order of their places.
    pub(crate) fn values(&self) -> &[Value<'static>] {
        &self.values
    }
}
