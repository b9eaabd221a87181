//! Which notification a bounce is about.

use gateways::Text;
use gateways::email::bounce::Clues;
use store::{FromRow, Result, Row, Tx, params};
use types::ids::{AttemptId, NotificationId, OrderId};

use crate::access::Creator;

/// What a bounce is about.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) notification: NotificationId,
    pub(super) order: OrderId,
    pub(super) creator: Creator,
    pub(super) destination: Text,
}

impl FromRow for Subject {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            notification: row.get("id")?,
            order: row.get("order_id")?,
            creator: row.get("creator")?,
            destination: row.get::<String>("destination")?.into(),
        })
    }
}

/// Follows the clues, the most trustworthy first.
pub(super) fn subject(tx: &mut Tx<'_>, clues: Clues) -> Result<Option<Subject>> {
    for attempt in [clues.token, clues.envelope].into_iter().flatten() {
        if let Some(found) = by_attempt(tx, attempt)? {
            return Ok(Some(found));
        }
    }
    clues.message.map_or(Ok(None), |notification| by_notification(tx, notification))
}

/// The e-mail that a mail service knows by this name, which is the attempt's own or one that the service gave.
/// Without a route, the latest that any service knows by it.
pub(super) fn subject_of(tx: &mut Tx<'_>, route: Option<&str>, name: &str) -> Result<Option<Subject>> {
    const SQL: &str = "SELECT id, order_id, creator, destination FROM notify_notifications
        WHERE reference = $1 AND channel = 'email' AND (route IS NULL OR route = coalesce($2, route))
        ORDER BY id DESC LIMIT 1";
    if let Some(known) = tx.optional(SQL, params![name, route])? {
        return Ok(Some(known));
    }
    // The report was faster than our own record of the name.
    name.parse().map_or(Ok(None), |attempt| by_attempt(tx, attempt))
}

fn by_attempt(tx: &mut Tx<'_>, attempt: AttemptId) -> Result<Option<Subject>> {
    const SQL: &str = "SELECT n.id, n.order_id, n.creator, n.destination FROM attempts a
        JOIN notify_notifications n ON n.id = a.subject WHERE a.id = $1 AND n.channel = 'email'";
    tx.optional(SQL, params![attempt])
}

fn by_notification(tx: &mut Tx<'_>, notification: NotificationId) -> Result<Option<Subject>> {
    const SQL: &str = "SELECT id, order_id, creator, destination FROM notify_notifications
        WHERE id = $1 AND channel = 'email'";
    tx.optional(SQL, params![notification])
}
