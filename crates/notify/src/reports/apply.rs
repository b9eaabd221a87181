//! Which reports still count, and what they change.

use jiff::Timestamp;
use store::{Result, Tx};
use types::ids::OrderId;

use super::sql::{self, Kept, Report};
use crate::lock;
use crate::recipients::Channel;
use crate::sending::{self, Notification, Standing};
use crate::status::record;

/// Keeps reports and applies them to their notifications, where those are known.
///
/// Whoever stores a reference and whoever brings a report about it hold its name, so that one of them sees
/// what the other has done.
pub(crate) fn apply_all(tx: &mut Tx<'_>, reports: &[(Report, Timestamp)]) -> Result<()> {
    let mut sorted: Vec<_> = reports.iter().collect();
    sorted.sort_by_key(|(report, _)| &report.reference);
    let mut names: Vec<&str> = sorted.iter().map(|(report, _)| report.reference.as_str()).collect();
    names.dedup();
    lock::hold_all(tx, &names)?;
    let Some(now) = reports.iter().map(|(_, received)| *received).max() else {
        return Ok(());
    };
    let (mut orders, mut kept) = (Vec::new(), Vec::new());
    for (report, received) in sorted {
        let channel = report.standing.channel();
        let found = match report.reference.as_str() {
            "" => None,
            reference => sending::sql::hold_by_reference(tx, channel, reference)?,
        };
        let applied = match &found {
            Some(held) => change(tx, held, report.standing, now)?,
            None => false,
        };
        orders.extend(found.as_ref().filter(|_| applied).map(|held| held.order));
        kept.push(Kept { report, notification: found.map(|held| held.id), applied, received: *received });
    }
    record::complete_all(tx, orders, now)?;
    sql::insert_all(tx, &kept)
}

/// References have just been stored, and their names are held: reports that came before them are applied
/// now. Reports come for SMS only; a mail server's reference that happens to be the same is not what they
/// are about. Answers the orders that may have come to their end.
pub(crate) fn adopt(tx: &mut Tx<'_>, references: &[&str], now: Timestamp) -> Result<Vec<OrderId>> {
    let mut orders = Vec::new();
    for (reference, waiting) in references.iter().zip(sql::count_orphans(tx, references)?) {
        if waiting == 0 {
            continue;
        }
        for orphan in sql::orphans(tx, reference)? {
            let Some(held) = sending::sql::hold_by_reference(tx, Channel::Sms, reference)? else {
                break;
            };
            let applied = change(tx, &held, orphan.standing(Channel::Sms)?, now)?;
            sql::match_to(tx, orphan.id, held.id, applied)?;
            if applied {
                orders.push(held.order);
            }
        }
    }
    Ok(orders)
}

/// Changes a notification that is held, if the fact still counts.
fn change(tx: &mut Tx<'_>, held: &Notification, fact: Standing, now: Timestamp) -> Result<bool> {
    let Some(standing) = held.standing.after(fact, held.expires <= now) else {
        return Ok(false);
    };
    sending::sql::change(tx, held, standing, now)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use store::{Error, params};
    use types::ids::NotificationId;
    use uuid::Uuid;

    use super::*;
    use gateways::SmsResult;

    #[tokio::test]
    async fn an_early_report_about_an_sms_is_not_taken_for_one_about_an_email() {
        const EMAIL: &str = "INSERT INTO notify_notifications (id, order_id, creator, channel, result, final,
                destination, expires, reference, doubt, created, changed)
            VALUES ($1, $1, 'bym', 'email', 'Succeeded', 0, 'a@b.example', $2, '4711', 0, $2, $2)";
        let store = testkit::stores::temporary();
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
            apply_all(tx, &[(report.clone(), now)])?;
            adopt(tx, &["4711"], now)?;
            tx.one::<String>("SELECT result FROM notify_notifications", params![])
        };
        let result: Result<String, Error> = store.write(work).await;
        assert_eq!(result.expect("no failure"), "Succeeded");
    }
}
