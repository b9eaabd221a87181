//! Which reports still count, and what they change.

use gateways::About;
use jiff::Timestamp;
use store::{Result, Tx};
use types::ids::OrderId;

use super::model::{Arrived, Subject};
use super::sql::{self, Kept};
use crate::lock;
use crate::recipients::Channel;
use crate::sending::{self, Notification, Standing};
use crate::status::record;

/// Keeps reports and applies them to their notifications, where those are known.
///
/// Whoever stores a reference and whoever brings a report about it hold its name, so that one of them sees
/// what the other has done. Answers of each report when the message was taken that it is the first about.
pub(crate) fn apply_all(tx: &mut Tx<'_>, reports: &[Arrived]) -> Result<Vec<Option<Timestamp>>> {
    let mut sorted: Vec<_> = reports.iter().enumerate().collect();
    sorted.sort_by_key(|(_, report)| report.about.reference());
    let mut names: Vec<&str> = sorted.iter().filter_map(|(_, report)| report.about.reference()).collect();
    names.dedup();
    lock::hold_all(tx, &names)?;
    let mut taken = vec![None; reports.len()];
    let Some(now) = reports.iter().map(|report| report.received).max() else {
        return Ok(taken);
    };
    let (mut orders, mut kept) = (Vec::new(), Vec::new());
    for (place, report) in sorted {
        let found = hold(tx, report.standing.channel(), report.route.as_deref(), &report.about)?;
        let applied = match &found {
            Some(held) => change(tx, held, report.standing, now)?,
            None => false,
        };
        let first = found.as_ref().filter(|_| applied);
        orders.extend(first.map(|held| held.order));
        let was_taken = |held: &&Notification| held.standing == Standing::taken(held.standing.channel());
        taken[place] = first.filter(was_taken).map(|held| held.changed);
        kept.push(Kept { report, notification: found.map(|held| held.id), applied });
    }
    record::complete_all(tx, orders, now)?;
    sql::insert_all(tx, &kept)?;
    Ok(taken)
}

/// The notification that a report is about, held until the commit.
fn hold(
    tx: &mut Tx<'_>,
    channel: Channel,
    route: Option<&str>,
    about: &Subject,
) -> Result<Option<Notification>> {
    let id = match &about.0 {
        About::Reference(_) => {
            let Some(reference) = about.reference() else { return Ok(None) };
            return sending::sql::hold_by_reference(tx, channel, route, reference);
        }
        About::Notification(id) => Some(*id),
        About::Attempt(attempt) => sql::of_attempt(tx, *attempt)?,
    };
    let Some(id) = id else { return Ok(None) };
    Ok(sending::sql::hold(tx, id)?.filter(|held| held.standing.channel() == channel))
}

/// A reference as it is being stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NewReference<'a> {
    /// First, so that references are in the order in which their names are held.
    pub(crate) reference: &'a str,
    pub(crate) route: &'a str,
    pub(crate) is_sms: bool,
}

impl NewReference<'_> {
    fn is_of(&self, orphan: &sql::Orphan) -> bool {
        self.reference == orphan.reference
            && orphan.route.as_deref().is_none_or(|route| route == self.route)
            && self.is_sms == (orphan.channel == Channel::Sms)
    }
}

/// References have just been stored, and their names are held: reports that came before them are applied
/// now. Answers the orders that may have come to their end.
pub(crate) fn adopt(tx: &mut Tx<'_>, stored: &[NewReference<'_>], now: Timestamp) -> Result<Vec<OrderId>> {
    let names: Vec<&str> = stored.iter().map(|new| new.reference).collect();
    let mut orders = Vec::new();
    for orphan in sql::orphans(tx, &names)? {
        let Some(new) = stored.iter().find(|new| new.is_of(&orphan)) else {
            continue;
        };
        let held = sending::sql::hold_by_reference(tx, orphan.channel, Some(new.route), new.reference)?;
        let Some(held) = held else {
            continue;
        };
        let applied = change(tx, &held, orphan.standing()?, now)?;
        sql::match_to(tx, orphan.id, held.id, applied)?;
        if applied {
            orders.push(held.order);
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
    sending::timing::delivered(tx, held, standing, now)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use store::{Error, params};
    use types::ids::NotificationId;
    use uuid::Uuid;

    use super::*;
    use gateways::{Report, Reported, SmsResult};

    #[tokio::test]
    async fn an_early_report_about_an_sms_is_not_taken_for_one_about_an_email() {
        const EMAIL: &str = "INSERT INTO notify_notifications (id, order_id, creator, channel, result, final,
                destination, expires, reference, doubt, created, changed)
            VALUES ($1, $1, 'bym', 'email', 'Succeeded', 0, 'a@b.example', $2, '4711', 0, $2, $2)";
        let store = testkit::stores::temporary();
        let (id, now) = (NotificationId::new(Uuid::from_u128(7)), Timestamp::UNIX_EPOCH);
        let report = Report {
            about: About::Reference("4711".to_owned()),
            reported: Reported::Sms(SmsResult::FailedBarredReceiver),
            state: "BARRED".to_owned(),
            occurred: None,
        };
        let report = Arrived::new(Uuid::from_u128(8), None, report, now);
        let work = move |tx: &mut Tx<'_>| {
            tx.execute(EMAIL, params![id, now])?;
            apply_all(tx, std::slice::from_ref(&report))?;
            adopt(tx, &[NewReference { reference: "4711", route: "smtp", is_sms: false }], now)?;
            tx.one::<String>("SELECT result FROM notify_notifications", params![])
        };
        let result: Result<String, Error> = store.write(work).await;
        assert_eq!(result.expect("no failure"), "Succeeded");
    }
}
