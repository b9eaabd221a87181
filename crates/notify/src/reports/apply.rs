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

/// A reference has just been stored: reports that came before it are applied now. Reports come for SMS
/// only; a mail server's reference that happens to be the same is not what they are about.
pub(crate) fn adopt(tx: &mut Tx<'_>, channel: Channel, reference: &str, now: Timestamp) -> Result<()> {
    if channel != Channel::Sms {
        return Ok(());
    }
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

#[cfg(test)]
mod tests {
    use store::{Error, Store, params};
    use types::ids::NotificationId;
    use uuid::Uuid;

    use super::*;
    use crate::providers::SmsResult;

    #[tokio::test]
    async fn an_early_report_about_an_sms_is_not_taken_for_one_about_an_email() {
        const EMAIL: &str = "INSERT INTO notify_notifications (id, order_id, creator, channel, result, final,
                destination, expires, reference, doubt, created, changed)
            VALUES ($1, $1, 'bym', 'email', 'Succeeded', 0, 'a@b.example', $2, '4711', 0, $2, $2)";
        let store = Store::temporary().expect("a store");
        let (id, now) = (NotificationId::new(Uuid::from_u128(7)), Timestamp::UNIX_EPOCH);
        let report = Report {
            id: Uuid::from_u128(8),
            reference: "4711".to_owned(),
            standing: Standing::Sms(SmsResult::FailedBarredReceiver),
            state: "BARRED".to_owned(),
            occurred: None,
        };
        let work = move |tx: &mut Tx<'_>| {
            tx.execute(EMAIL, params![id, now])?;
            apply(tx, &report, now)?;
            adopt(tx, Channel::Email, "4711", now)?;
            tx.one::<String>("SELECT result FROM notify_notifications", params![])
        };
        let result: Result<String, Error> = store.write(work).await;
        assert_eq!(result.expect("no failure"), "Succeeded");
    }
}
