//! The tables of the copy of the feed of notification addresses.

use std::collections::HashMap;

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, Value, params};
use types::OrgNumber;

use super::brreg_entries::{Address, Change};
use super::sql::organizations;

/// How far a feed has been read.
pub(super) struct Feed {
    pub(super) since: String,
    /// Whether its end has been reached once.
    pub(super) whole: bool,
}

impl FromRow for Feed {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { since: row.get("since")?, whole: row.get("whole")? })
    }
}

impl FromRow for Address {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            organization: row.get("org_number")?,
            email: row.get("email")?,
            mobile: row.get("mobile")?,
        })
    }
}

pub(super) fn feed(tx: &mut Tx<'_>, name: &str) -> Result<Option<Feed>> {
    tx.optional("SELECT since, whole FROM notify_register_feeds WHERE name = $1", params![name])
}

/// Remembers how far a feed has been read; a page without entries leaves the place alone.
pub(super) fn remember(
    tx: &mut Tx<'_>,
    name: &str,
    since: Option<&str>,
    whole: bool,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_register_feeds (name, since, whole, read_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO UPDATE SET since = excluded.since, read_at = excluded.read_at,
            whole = CASE WHEN excluded.whole = 1 THEN 1 ELSE notify_register_feeds.whole END";
    let before = feed(tx, name)?.map(|feed| feed.since);
    let since = since.map(str::to_owned).or(before).unwrap_or_default();
    tx.execute(SQL, params![name, since, whole, now])?;
    Ok(())
}

/// Applies entries in the order of the feed.
pub(super) fn apply(tx: &mut Tx<'_>, changes: &[Change]) -> Result<()> {
    const PUT: &str = "INSERT INTO notify_register_addresses (id, org_number, email, mobile, updated)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET org_number = excluded.org_number, email = excluded.email,
            mobile = excluded.mobile, updated = excluded.updated";
    const DROP: &str = "DELETE FROM notify_register_addresses WHERE id = $1";
    // Of several entries about one address only the last counts.
    let latest: HashMap<&str, &Change> = changes.iter().map(|change| (change.id.as_str(), change)).collect();
    let (mut put, mut dropped) = (Vec::new(), Vec::new());
    let text = |text: &str| Value::Text(text.to_owned().into());
    let optional = |value: &Option<String>| value.as_deref().map_or(Value::Null, text);
    for change in latest.into_values() {
        match &change.address {
            None => dropped.push(vec![text(&change.id)]),
            Some(address) => put.push(vec![
                text(&change.id),
                text(&address.organization.to_string()),
                optional(&address.email),
                optional(&address.mobile),
                text(&change.updated),
            ]),
        }
    }
    tx.each(DROP, &dropped)?;
    tx.each(PUT, &put)?;
    Ok(())
}

/// The addresses of organizations.
pub(super) fn addresses(tx: &mut Tx<'_>, numbers: &[OrgNumber]) -> Result<Vec<Address>> {
    const SQL: &str =
        "SELECT org_number, email, mobile FROM notify_register_addresses WHERE org_number = $1 ORDER BY id";
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    let mut found = Vec::new();
    for number in numbers {
        found.extend(tx.all::<Address>(SQL, params![number])?);
    }
    Ok(found)
}

/// The main units that the embedded register knows.
pub(super) fn main_units(tx: &mut Tx<'_>, numbers: &[OrgNumber]) -> Result<HashMap<OrgNumber, OrgNumber>> {
    let rows = organizations(tx, numbers)?;
    Ok(rows.into_iter().filter_map(|row| Some((row.number, row.main_unit?))).collect())
}
