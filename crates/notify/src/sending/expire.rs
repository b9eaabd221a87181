//! Time is up: closes notifications that no report will come for.
//!
//! A notification waits for a report until its expiry and a while more. Then its time is up, whatever
//! it was waiting for; where an attempt was in doubt, the ledger goes on saying so. E-mail that a mail
//! server has taken is the exception: few servers report delivery, so without such reports silence is
//! no failure.

use jiff::{SignedDuration, Timestamp};
use store::{Error, Tx};

use super::{Standing, sql};
use crate::Notify;
use crate::providers::EmailResult;
use crate::status::record;

/// Notifications closed in one commit at most.
const BATCH: u32 = 100;

/// Closes what is overdue, in small commits. Answers how many there were.
pub async fn sweep(app: &Notify) -> Result<usize, Error> {
    let mut closed = 0;
    loop {
        let now = app.clock().now();
        let grace = seconds(app.config().expiry_grace_seconds);
        let before = now.checked_sub(grace).unwrap_or(Timestamp::MIN);
        let mail_reports = app.config().email_reports_expected;
        let batch = app.store().write(move |tx| close(tx, before, mail_reports, now)).await?;
        closed += batch;
        if batch < BATCH as usize {
            break;
        }
    }
    Ok(closed + assume_delivered(app).await?)
}

fn seconds(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn close(tx: &mut Tx<'_>, before: Timestamp, mail_reports: bool, now: Timestamp) -> Result<usize, Error> {
    let mut overdue = sql::overdue(tx, before, BATCH)?;
    if mail_reports {
        overdue.append(&mut sql::overdue_mail(tx, before, BATCH)?);
    }
    for notification in &overdue {
        let timed_out = Standing::timed_out(notification.standing.channel());
        if sql::change(tx, notification.id, notification.standing, timed_out, now)? {
            record::complete_if_done(tx, notification.order, now)?;
        }
    }
    Ok(overdue.len())
}

/// Where silence counts as delivery, ends what has been silent for long enough, in small commits.
async fn assume_delivered(app: &Notify) -> Result<usize, Error> {
    let Some(after) = app.config().email_delivered_after_seconds else {
        return Ok(0);
    };
    let now = app.clock().now();
    let before = now.checked_sub(seconds(after)).unwrap_or(Timestamp::MIN);
    let mut ended = 0;
    loop {
        let batch = app.store().write(move |tx| end_silent(tx, before, now)).await?;
        ended += batch;
        if batch < BATCH as usize {
            return Ok(ended);
        }
    }
}

fn end_silent(tx: &mut Tx<'_>, before: Timestamp, now: Timestamp) -> Result<usize, Error> {
    let silent = sql::silent_mail(tx, before, BATCH)?;
    for notification in &silent {
        let delivered = Standing::Email(EmailResult::Delivered);
        if sql::change(tx, notification.id, notification.standing, delivered, now)? {
            record::complete_if_done(tx, notification.order, now)?;
        }
    }
    Ok(silent.len())
}
