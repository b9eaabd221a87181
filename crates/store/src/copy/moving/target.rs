//! Making sure that a target may be written, and its mark.

use rusqlite::Connection;

use super::catalogue::{self, Table};
use super::side::Side;
use super::{MoveError, fingerprint, rows};
use crate::error::Result;
use crate::migrate::{self, HALF_MOVED};
use crate::params;
use crate::tx::{Engine, Tx};

/// Brings a fresh target's schema up to date and sees that both sides have the same. Answers whether the
/// target holds the beginning of a move from this source.
pub(super) fn prepare(source: &mut Side, target: &mut Side) -> Result<bool, MoveError> {
    let here = migrations(&mut source.tx())?;
    if here.iter().any(|(name, _)| name == HALF_MOVED) {
        return Err(MoveError::HalfMovedSource);
    }
    let found = target.write(|tx| {
        let there = if has_migrations(tx)? { migrations(tx)? } else { Vec::new() };
        let mark = there.into_iter().find(|(name, _)| name == HALF_MOVED);
        if mark.is_none() {
            migrate::run(tx)?;
        }
        Ok(mark.map(|(_, source)| source))
    })?;
    let there = target.write(|tx| Ok(migrations(tx)?))?;
    let names = |list: &[(String, i64)]| {
        list.iter().map(|(name, _)| name.clone()).filter(|name| name != HALF_MOVED).collect::<Vec<_>>()
    };
    let (ours, theirs) = (names(&here), names(&there));
    let only = |one: &[String], other: &[String]| one.iter().find(|name| !other.contains(name)).cloned();
    if let Some(name) = only(&theirs, &ours) {
        return Err(MoveError::Migrations { name, only: "target" });
    }
    if let Some(name) = only(&ours, &theirs) {
        return Err(MoveError::Migrations { name, only: "source" });
    }
    match found {
        None => Ok(false),
        Some(found) if found == identity(source)? => Ok(true),
        Some(_) => Err(MoveError::OtherMove),
    }
}

/// Marks a fresh target as the beginning of a move, and removes what its migrations put there.
pub(super) fn mark(source: &mut Side, target: &mut Side, tables: &[Table]) -> Result<(), MoveError> {
    let fresh = Connection::open_in_memory()?;
    migrate::run_embedded(&fresh)?;
    let identity = identity(source)?;
    target.write(|tx| {
        for table in tables {
            refuse_rows(tx, &fresh, table)?;
        }
        for table in tables.iter().rev() {
            tx.execute(&format!("DELETE FROM {}", table.quoted()), params![])?;
        }
        let sql = "INSERT INTO migrations (name, checksum) VALUES ($1, $2)";
        tx.execute(sql, params![HALF_MOVED, identity])?;
        Ok(())
    })
}

/// Sets what is not in rows, and takes the mark away.
pub(super) fn finish(
    target: &mut Side,
    last: impl FnOnce(&mut Tx<'_>) -> Result<()>,
) -> Result<(), MoveError> {
    target.sync_fully()?;
    target.write(|tx| {
        if tx.engine() == Engine::Postgres {
            advance_sequences(tx)?;
        }
        last(tx)?;
        tx.execute("DELETE FROM migrations WHERE name = $1", params![HALF_MOVED])?;
        Ok(())
    })?;
    Ok(target.settle()?)
}

/// Sequences that belong to columns go on behind the highest number there.
fn advance_sequences(tx: &mut Tx<'_>) -> Result<()> {
    const OWNED: &str = "SELECT s.oid::regclass::text, quote_ident(t.relname), quote_ident(a.attname)
        FROM pg_class s
            JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
                AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            JOIN pg_class t ON t.oid = d.refobjid
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
        WHERE s.relkind = 'S' AND s.relnamespace = current_schema()::regnamespace";
    let owned: Vec<(String, String, String)> = tx.all(OWNED, params![])?;
    for (sequence, table, column) in owned {
        let highest: Option<i64> = tx.one(&format!("SELECT max({column}) FROM {table}"), params![])?;
        if let Some(highest) = highest {
            let sql = "SELECT setval(CAST($1 AS TEXT)::regclass, CAST($2 AS BIGINT))";
            tx.one::<i64>(sql, params![sequence, highest])?;
        }
    }
    Ok(())
}

/// Only the rows that a fresh database has may be there.
fn refuse_rows(tx: &mut Tx<'_>, fresh: &Connection, table: &Table) -> Result<(), MoveError> {
    let mut wanted = Tx::sqlite(fresh);
    let described = catalogue::describe(&mut wanted, &table.name)?;
    let same = rows::count(tx, table)? == rows::count(&mut wanted, &described)?
        && fingerprint::of(tx, table, &mut |_| {})? == fingerprint::of(&mut wanted, &described, &mut |_| {})?;
    if same { Ok(()) } else { Err(MoveError::NotEmpty(table.name.clone())) }
}

fn migrations(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>> {
    tx.all("SELECT name, checksum FROM migrations ORDER BY name", params![])
}

fn has_migrations(tx: &mut Tx<'_>) -> Result<bool> {
    const SQLITE: &str = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'";
    const POSTGRES: &str = "SELECT count(*) FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relname = 'migrations'";
    let sql = match tx.engine() {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    };
    tx.one(sql, params![])
}

/// What the mark says about the source.
fn identity(source: &Side) -> Result<i64, MoveError> {
    Ok(migrate::checksum(&source.identity()?))
}
