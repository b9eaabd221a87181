//! Tables, columns, keys and references, as the databases themselves know them.

use std::collections::{BTreeMap, BTreeSet};

use super::MoveError;
use super::rows::{Key, Row};
use super::side::Side;
use crate::error::Result;
use crate::params;
use crate::tx::{Engine, Tx};

/// Tables that belong to the engine below and not to what is kept.
const OWN: [&str; 2] = ["migrations", "leaders"];

/// A table that both sides have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    /// In the order in which rows are read and written.
    pub(super) columns: Vec<Column>,
    /// Places of the primary key's columns among `columns`, in the order of the key.
    key: Vec<usize>,
}

/// A column, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Whether it is sorted as text.
    is_text: bool,
}

impl Table {
    pub(super) fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// The values of a row's primary key.
    pub(super) fn key_of(&self, row: &Row) -> Key {
        self.key.iter().map(|&place| row[place].clone()).collect()
    }

    /// Rows in the order of the key, from the beginning or behind the key in `$1`, `$2`, …
    pub(super) fn select(&self, engine: Engine, after_key: bool, limit: usize) -> String {
        let (columns, order) = (self.names(), self.order(engine, ""));
        let behind = if after_key {
            let numbers: Vec<_> = (1..=self.key.len()).map(|number| format!("${number}")).collect();
            format!(" WHERE ({}) > ({})", order, numbers.join(", "))
        } else {
            String::new()
        };
        format!("SELECT {columns} FROM {}{behind} ORDER BY {order} LIMIT {limit}", self.quoted())
    }

    /// The key of the last row.
    pub(super) fn select_highest(&self, engine: Engine) -> String {
        let key: Vec<_> = self.key.iter().map(|&place| quoted(&self.columns[place].name)).collect();
        let order = self.order(engine, " DESC");
        format!("SELECT {} FROM {} ORDER BY {order} LIMIT 1", key.join(", "), self.quoted())
    }

    /// A new row with the values in `$1`, `$2`, …
    pub(super) fn insert(&self) -> String {
        let numbers: Vec<_> = (1..=self.columns.len()).map(|number| format!("${number}")).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", self.quoted(), self.names(), numbers.join(", "))
    }

    fn names(&self) -> String {
        self.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
    }

    /// Both engines sort text by its bytes, whatever the database's language is.
    fn order(&self, engine: Engine, direction: &str) -> String {
        let part = |&place: &usize| {
            let column = &self.columns[place];
            let bytewise = match engine {
                Engine::Postgres if column.is_text => " COLLATE \"C\"",
                _ => "",
            };
            format!("{}{bytewise}{direction}", quoted(&column.name))
        };
        self.key.iter().map(part).collect::<Vec<_>>().join(", ")
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The tables of both sides, those that others refer to first.
///
/// # Errors
/// [`MoveError::Schema`] when the sides differ.
pub(super) fn common(source: &mut Side, target: &mut Side) -> Result<Vec<Table>, MoveError> {
    let (here, there) = (tables(&mut source.tx())?, tables(&mut target.tx())?);
    let differs = |table: &str, what: String| MoveError::Schema { table: table.to_owned(), what };
    if let Some(only) = here.symmetric_difference(&there).next() {
        let side = if here.contains(only) { "source" } else { "target" };
        return Err(differs(only, format!("only the {side} has it")));
    }
    let mut all = BTreeMap::new();
    for name in &here {
        let (table, other) = (describe(&mut source.tx(), name)?, describe(&mut target.tx(), name)?);
        let names =
            |table: &Table| table.columns.iter().map(|column| column.name.clone()).collect::<BTreeSet<_>>();
        if let Some(only) = names(&table).symmetric_difference(&names(&other)).next() {
            return Err(differs(name, format!("only one side has the column {only}")));
        }
        if table.key.is_empty() {
            return Err(differs(name, "it has no primary key".to_owned()));
        }
        all.insert(name.clone(), (table, references(&mut target.tx(), name)?));
    }
    in_order(all)
}

/// Parents before children.
fn in_order(mut waiting: BTreeMap<String, (Table, Vec<String>)>) -> Result<Vec<Table>, MoveError> {
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let free = waiting.iter().find(|(name, (_, parents))| {
            parents.iter().all(|parent| parent == *name || !waiting.contains_key(parent))
        });
        let Some(name) = free.map(|(name, _)| name.clone()) else {
            let table = waiting.into_keys().next().unwrap_or_default();
            return Err(MoveError::Schema { table, what: "tables refer to each other in a ring".to_owned() });
        };
        ordered.extend(waiting.remove(&name).map(|(table, _)| table));
    }
    Ok(ordered)
}

/// Names of the tables that hold what is kept.
pub(super) fn tables(tx: &mut Tx<'_>) -> Result<BTreeSet<String>> {
    const SQLITE: &str =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'";
    const POSTGRES: &str = "SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace
            AND c.relkind IN ('r', 'p') AND NOT c.relispartition";
    let names: Vec<String> = tx.all(either(tx, SQLITE, POSTGRES), params![])?;
    Ok(names.into_iter().filter(|name| !OWN.contains(&name.as_str())).collect())
}

/// Columns by name, so that both sides have the same order.
pub(super) fn describe(tx: &mut Tx<'_>, table: &str) -> Result<Table> {
    const SQLITE: &str = "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY name";
    const POSTGRES: &str = "SELECT a.attname::text, format_type(a.atttypid, NULL),
            coalesce(array_position(string_to_array(i.indkey::text, ' '), a.attnum::text), 0)::bigint
        FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = $1
        ORDER BY a.attname COLLATE \"C\"";
    let rows: Vec<(String, String, i64)> = tx.all(either(tx, SQLITE, POSTGRES), params![table])?;
    let mut key: Vec<_> = rows.iter().enumerate().filter(|(_, row)| row.2 > 0).collect();
    key.sort_by_key(|(_, row)| row.2);
    let key = key.into_iter().map(|(place, _)| place).collect();
    let column = |(name, kind, _): (String, String, i64)| {
        let is_text = matches!(kind.to_ascii_lowercase().as_str(), "text" | "character varying");
        Column { name, is_text }
    };
    Ok(Table { name: table.to_owned(), key, columns: rows.into_iter().map(column).collect() })
}

/// The tables that a table refers to.
fn references(tx: &mut Tx<'_>, table: &str) -> Result<Vec<String>> {
    const SQLITE: &str = "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)";
    const POSTGRES: &str = "SELECT DISTINCT parent.relname::text
        FROM pg_constraint k
            JOIN pg_class child ON child.oid = k.conrelid
            JOIN pg_class parent ON parent.oid = k.confrelid
        WHERE k.contype = 'f' AND child.relname = $1
            AND child.relnamespace = current_schema()::regnamespace";
    tx.all(either(tx, SQLITE, POSTGRES), params![table])
}

fn either(tx: &Tx<'_>, sqlite: &'static str, postgres: &'static str) -> &'static str {
    match tx.engine() {
        Engine::Sqlite => sqlite,
        Engine::Postgres => postgres,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> Table {
        let column = |name: &str, is_text| Column { name: name.to_owned(), is_text };
        let columns = vec![column("body", true), column("number", false), column("owner", true)];
        Table { name: name.to_owned(), columns, key: vec![2, 1] }
    }

    #[test]
    fn rows_are_read_in_the_order_of_the_key_on_both_engines() {
        assert_eq!(
            table("t").select(Engine::Sqlite, true, 9),
            "SELECT \"body\", \"number\", \"owner\" FROM \"t\" WHERE (\"owner\", \"number\") > ($1, $2) \
             ORDER BY \"owner\", \"number\" LIMIT 9"
        );
        assert_eq!(
            table("t").select_highest(Engine::Postgres),
            "SELECT \"owner\", \"number\" FROM \"t\" ORDER BY \"owner\" COLLATE \"C\" DESC, \"number\" DESC LIMIT 1"
        );
    }

    #[test]
    fn parents_come_before_children_and_rings_are_refused() {
        let entry = |name: &str, parents: &[&str]| {
            (name.to_owned(), (table(name), parents.iter().map(|&parent| parent.to_owned()).collect()))
        };
        let ordered = in_order([entry("a", &["b"]), entry("b", &["c", "b"]), entry("c", &[])].into());
        let names: Vec<_> = ordered.expect("an order").into_iter().map(|table| table.name).collect();
        assert_eq!(names, ["c", "b", "a"]);

        let ring = in_order([entry("a", &["b"]), entry("b", &["a"])].into());
        assert!(matches!(ring, Err(MoveError::Schema { what, .. }) if what.contains("ring")));
    }
}
