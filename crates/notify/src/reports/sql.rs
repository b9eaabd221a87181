//! Delivery reports in the store.

use store::{Engine, Error, FromRow, Result, Row, ToValue as _, Tx, Value, params};
use types::ids::{AttemptId, NotificationId};
use uuid::Uuid;

use super::model::Arrived;
use crate::recipients::Channel;
use crate::sending::Standing;
use crate::sending::sql::{channel_name, channel_named};

/// A report as it is kept.
pub(super) struct Kept<'r> {
    pub(super) report: &'r Arrived,
    pub(super) notification: Option<NotificationId>,
    pub(super) applied: bool,
}

pub(super) fn insert_all(tx: &mut Tx<'_>, all: &[Kept<'_>]) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_reports
            (id, reference, notification, result, state, occurred, received, applied, route, channel)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let rows: Vec<_> = all.iter().map(Kept::row).collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

impl Kept<'_> {
    fn row(&self) -> Vec<Value<'_>> {
        let Arrived { id, route, about, standing, state, occurred, received } = self.report;
        vec![
            id.to_value(),
            Value::Text(about.in_words().into()),
            self.notification.to_value(),
            standing.as_str().to_value(),
            state.to_value(),
            occurred.to_value(),
            received.to_value(),
            self.applied.to_value(),
            route.to_value(),
            channel_name(standing.channel()).to_value(),
        ]
    }
}

/// A report that has waited for its notification.
pub(super) struct Orphan {
    pub(super) id: Uuid,
    pub(super) channel: Channel,
    pub(super) reference: String,
    pub(super) route: Option<String>,
    result: String,
}

impl FromRow for Orphan {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            channel: channel_named(&row.get::<String>("channel")?),
            reference: row.get("reference")?,
            route: row.get("route")?,
            result: row.get("result")?,
        })
    }
}

impl Orphan {
    pub(super) fn standing(&self) -> Result<Standing> {
        Standing::parse(self.channel, &self.result).ok_or_else(|| Error::Column {
            column: "result".to_owned(),
            wanted: "a result of the contract",
            found: "another word".to_owned(),
        })
    }
}

const ORPHANS_EMBEDDED: &str = "SELECT id, channel, reference, route, result FROM notify_reports
    WHERE reference IN (SELECT value FROM json_each($1)) AND notification IS NULL ORDER BY id LIMIT 1000";
const ORPHANS_SHARED: &str = "SELECT id, channel, reference, route, result FROM notify_reports
    WHERE reference = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(CAST($1 AS TEXT) AS JSONB))))
    AND notification IS NULL ORDER BY id LIMIT 1000";

/// The reports that wait for these references, the first first.
pub(super) fn orphans(tx: &mut Tx<'_>, references: &[&str]) -> Result<Vec<Orphan>> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let sql = match tx.engine() {
        Engine::Sqlite => ORPHANS_EMBEDDED,
        Engine::Postgres => ORPHANS_SHARED,
    };
    tx.all(sql, params![serde_json::Value::from(references)])
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

/// The notification that an attempt was made for.
pub(super) fn of_attempt(tx: &mut Tx<'_>, attempt: AttemptId) -> Result<Option<NotificationId>> {
    tx.optional("SELECT subject FROM attempts WHERE id = $1", params![attempt])
}
