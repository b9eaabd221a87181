//! The log in the store.

use store::{FromRow, Result, Row, Tx, params, row};

use crate::chain::Digest;
use crate::check::Head;
use crate::model::{Entry, Link};

/// Writes entries down, in the commit of what they tell of. They get their place in the chain soon after.
pub fn record(tx: &mut Tx<'_>, entries: &[Entry]) -> Result<()> {
    const SQL: &str = "INSERT INTO audit_waiting (id, at, actor, action, subject, detail)
        VALUES ($1, $2, $3, $4, $5, $6)";
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| row![entry.id, entry.at, entry.actor, entry.action, entry.subject, entry.detail])
        .collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

/// Whether entries wait for their place.
pub fn waiting(tx: &mut Tx<'_>) -> Result<bool> {
    let found: Option<i64> = tx.optional("SELECT 1 FROM audit_waiting ORDER BY at, id LIMIT 1", params![])?;
    Ok(found.is_some())
}

/// Where the chain ends.
pub fn head(tx: &mut Tx<'_>) -> Result<Head> {
    tx.one("SELECT number, hash FROM audit_head WHERE one = 1", params![])
}

/// Up to `max` links behind the one with this number.
pub fn after(tx: &mut Tx<'_>, number: i64, max: u32) -> Result<Vec<Link>> {
    const SQL: &str = "SELECT number, id, at, actor, action, subject, detail, hash FROM audit_log
        WHERE number > $1 ORDER BY number LIMIT $2";
    tx.all(SQL, params![number, max])
}

/// The latest entries about one subject, at most `max`, the first first; also those that wait for their place.
pub fn about(tx: &mut Tx<'_>, subject: &str, max: u32) -> Result<Vec<Entry>> {
    const LINKED: &str = "SELECT id, at, actor, action, subject, detail FROM audit_log
        WHERE subject = $1 ORDER BY number DESC LIMIT $2";
    // Few wait, and not for long.
    const WAITING: &str = "SELECT id, at, actor, action, subject, detail FROM
            (SELECT * FROM audit_waiting ORDER BY at DESC, id DESC LIMIT 2000) AS waiting
        WHERE subject = $1";
    let mut entries: Vec<Entry> = tx.all(LINKED, params![subject, max])?;
    entries.extend(tx.all::<Entry>(WAITING, params![subject])?);
    entries.sort_by_key(|entry| (entry.at, entry.id));
    Ok(entries)
}

/// Gives up to `max` waiting entries their places; answers how many.
pub(crate) fn link(tx: &mut Tx<'_>, max: u32) -> Result<usize> {
    const HELD: &str = "SELECT number, hash FROM audit_head WHERE one = 1 FOR UPDATE";
    const NEXT: &str =
        "SELECT id, at, actor, action, subject, detail FROM audit_waiting ORDER BY at, id LIMIT $1";
    const ADD: &str = "INSERT INTO audit_log (number, id, at, actor, action, subject, detail, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    const TAKE: &str = "DELETE FROM audit_waiting WHERE at = $1 AND id = $2";
    const MOVE: &str = "UPDATE audit_head SET number = $1, hash = $2 WHERE one = 1";
    let mut head: Head = tx.one(HELD, params![])?;
    let next: Vec<Entry> = tx.all(NEXT, params![max])?;
    let links: Vec<Link> = next
        .into_iter()
        .map(|entry| {
            let link = Link::behind(head.number, &head.hash, entry);
            head = Head { number: link.number, hash: link.hash };
            link
        })
        .collect();
    let rows: Vec<_> = links
        .iter()
        .map(|Link { number, entry, hash }| {
            let Entry { id, at, actor, action, subject, detail } = entry;
            row![number, id, at, actor, action, subject, detail, hash]
        })
        .collect();
    tx.each(ADD, &rows)?;
    let taken: Vec<_> = links.iter().map(|link| row![link.entry.at, link.entry.id]).collect();
    tx.each(TAKE, &taken)?;
    tx.execute(MOVE, params![head.number, head.hash])?;
    Ok(links.len())
}

impl FromRow for Head {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { number: row.get("number")?, hash: row.get::<Digest>("hash")? })
    }
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            at: row.get("at")?,
            actor: row.get("actor")?,
            action: row.get("action")?,
            subject: row.get("subject")?,
            detail: row.get("detail")?,
        })
    }
}

impl FromRow for Link {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { number: row.get("number")?, entry: Entry::from_row(row)?, hash: row.get("hash")? })
    }
}
