//! Delivery reports in the store.

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, Tx, params};
use types::ids::NotificationId;
use uuid::Uuid;

use crate::recipients::Channel;
use crate::sending::Standing;

/// A report to be kept.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) id: Uuid,
    pub(super) reference: String,
    pub(super) standing: Standing,
    /// The provider's own word.
    pub(super) state: String,
    pub(super) occurred: Option<Timestamp>,
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    report: &Report,
    notification: Option<NotificationId>,
    applied: bool,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_reports
            (id, reference, notification, result, state, occurred, received, applied)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let Report { id, reference, standing, state, occurred } = report;
    let result = standing.as_str();
    tx.execute(SQL, params![id, reference, notification, result, state, occurred, now, applied])?;
    Ok(())
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
