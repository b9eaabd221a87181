//! Delivery reports in the store.

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, ToValue as _, Tx, Value, params, row};
use types::ids::NotificationId;
use uuid::Uuid;

use crate::recipients::Channel;
use crate::sending::Standing;

/// A report that has come.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) id: Uuid,
    pub(crate) reference: String,
    pub(crate) standing: Standing,
    /// The provider's own word.
    pub(crate) state: String,
    pub(crate) occurred: Option<Timestamp>,
}

/// A report as it is kept.
pub(super) struct Kept<'r> {
    pub(super) report: &'r Report,
    pub(super) notification: Option<NotificationId>,
    pub(super) applied: bool,
    pub(super) received: Timestamp,
}

pub(super) fn insert_all(tx: &mut Tx<'_>, all: &[Kept<'_>]) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_reports
            (id, reference, notification, result, state, occurred, received, applied)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let rows: Vec<_> = all.iter().map(Kept::row).collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

impl Kept<'_> {
    fn row(&self) -> Vec<Value<'_>> {
        let Report { id, reference, standing, state, occurred } = self.report;
        vec![
            id.to_value(),
            reference.to_value(),
            self.notification.to_value(),
            standing.as_str().to_value(),
            state.to_value(),
            occurred.to_value(),
            self.received.to_value(),
            self.applied.to_value(),
        ]
    }
}

/// A report that has waited for its notification.
pub(super) struct Orphan {
    pub(super) id: Uuid,
    result: String,
}

impl FromRow for Orphan {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { id: row.get("id")?, result: row.get("result")? })
    }
}

impl Orphan {
    pub(super) fn standing(&self, channel: Channel) -> Result<Standing> {
        Standing::parse(channel, &self.result).ok_or_else(|| Error::Column {
            column: "result".to_owned(),
            wanted: "a result of the contract",
            found: "another word".to_owned(),
        })
    }
}

/// How many reports wait for each of these references. A change that changes nothing, since one statement
/// can tell the count for many.
pub(super) fn count_orphans(tx: &mut Tx<'_>, references: &[&str]) -> Result<Vec<u64>> {
    const SQL: &str =
        "UPDATE notify_reports SET applied = applied WHERE reference = $1 AND notification IS NULL";
    let rows: Vec<_> = references.iter().map(|reference| row![reference]).collect();
    tx.each(SQL, &rows)
}

/// The reports that wait for this reference, the first first.
pub(super) fn orphans(tx: &mut Tx<'_>, reference: &str) -> Result<Vec<Orphan>> {
    const SQL: &str = "SELECT id, result FROM notify_reports
        WHERE reference = $1 AND notification IS NULL ORDER BY id LIMIT 100";
    tx.all(SQL, params![reference])
}

/// Gives a report its notification.
pub(super) fn match_to(
    tx: &mut Tx<'_>,
    report: Uuid,
    notification: NotificationId,
    applied: bool,
) -> Result<()> {
    const SQL: &str = "UPDATE notify_reports SET notification = $2, applied = $3 WHERE id = $1";
    tx.execute(SQL, params![report, notification, applied])?;
    Ok(())
}
