//! Which reports still count, and what they change.

use jiff::Timestamp;
use store::{Result, Tx};

use super::sql::{self, Report};
use crate::recipients::Channel;
use crate::sending::{self, Notification, Standing};
use crate::status::record;

/// Keeps a report and applies it to its notification, if that is known.
pub(super) fn apply(tx: &mut Tx<'_>, report: &Report, now: Timestamp) -> Result<()> {
    let channel = report.standing.channel();
    let found = if report.reference.is_empty() {
        None
    } else {
        sending::sql::by_reference(tx, channel, &report.reference)?
    };
    match found {
        None => sql::insert(tx, report, None, false, now),
        Some(notification) => {
            let applied = change(tx, &notification, report.standing, now)?;
            sql::insert(tx, report, Some(notification.id), applied, now)
        }
    }
}

/// A reference has just been stored: reports that came before it are applied now.
pub(crate) fn adopt(tx: &mut Tx<'_>, channel: Channel, reference: &str, now: Timestamp) -> Result<()> {
    for orphan in sql::orphans(tx, reference)? {
        let Some(notification) = sending::sql::by_reference(tx, channel, reference)? else {
            return Ok(());
        };
        let applied = change(tx, &notification, orphan.standing(channel)?, now)?;
        sql::match_to(tx, orphan.id, notification.id, applied)?;
    }
    Ok(())
}

/// Changes a notification, if the fact still counts, and ends its order if it was the last.
fn change(tx: &mut Tx<'_>, notification: &Notification, fact: Standing, now: Timestamp) -> Result<bool> {
    let Some(standing) = notification.standing.after(fact, notification.expires <= now) else {
        return Ok(false);
    };
    let changed = sending::sql::change(tx, notification.id, notification.standing, standing, now)?;
    if changed {
        record::complete_if_done(tx, notification.order, now)?;
    }
    Ok(changed)
}
