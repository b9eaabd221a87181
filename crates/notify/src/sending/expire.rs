//! Time is up: closes notifications that no report will come for.
//!
//! A notification waits for a report until its expiry and a while more. Then its time is up, whatever
//! it was waiting for; where an attempt was in doubt, the ledger goes on saying so. E-mail that a mail
//! server has taken is the exception: few servers report delivery, so without such reports silence is
//! no failure.
//!
//! One node sweeps at a time, but two at once do no harm: each steps over what the other holds.

use jiff::{SignedDuration, Timestamp};
use store::{Error, Tx};
use tokio_util::sync::CancellationToken;

use super::{Notification, Standing, sql};
use crate::Notify;
use crate::recipients::Channel;
use crate::status::record;
use crate::sweep::in_batches;
use gateways::EmailResult;

/// Notifications closed in one commit at most.
const BATCH: u32 = 100;

/// Closes what is overdue, in small commits, until told to stop. Answers how many there were.
pub(crate) async fn sweep(app: &Notify, stop: &CancellationToken) -> Result<u64, Error> {
    let batch = || {
        let now = app.clock().now();
        let grace = seconds(app.config().expiry_grace_seconds);
        let before = now.checked_sub(grace).unwrap_or(Timestamp::MIN);
        let mail_reports = app.config().email_reports_expected;
        app.store().write(move |tx| close(tx, before, mail_reports, now))
    };
    let mut closed = in_batches(stop, u64::from(BATCH), batch).await?;
    closed += assume_delivered(app, stop).await?;
    if closed > 0 {
        app.ring_feed();
    }
    Ok(closed)
}

fn seconds(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn close(tx: &mut Tx<'_>, before: Timestamp, mail_reports: bool, now: Timestamp) -> Result<u64, Error> {
    let mut overdue = sql::overdue(tx, before, BATCH)?;
    if mail_reports {
        overdue.append(&mut sql::overdue_mail(tx, before, BATCH)?);
    }
    close_all(tx, &overdue, Standing::timed_out, now)
}

/// Closes notifications that are held, and ends the orders that waited for nothing else.
fn close_all(
    tx: &mut Tx<'_>,
    held: &[Notification],
    result: fn(Channel) -> Standing,
    now: Timestamp,
) -> Result<u64, Error> {
    let ends: Vec<_> = held.iter().map(|held| (held, result(held.standing.channel()))).collect();
    sql::change_all(tx, &ends, now)?;
    record::complete_all(tx, held.iter().map(|held| held.order).collect(), now)?;
    Ok(held.len() as u64)
}

/// Where silence counts as delivery, ends what has been silent for long enough, in small commits.
async fn assume_delivered(app: &Notify, stop: &CancellationToken) -> Result<u64, Error> {
    let Some(after) = app.config().email_delivered_after_seconds else {
        return Ok(0);
    };
    let now = app.clock().now();
    let before = now.checked_sub(seconds(after)).unwrap_or(Timestamp::MIN);
    let batch = || app.store().write(move |tx| end_silent(tx, before, now));
    in_batches(stop, u64::from(BATCH), batch).await
}

fn end_silent(tx: &mut Tx<'_>, before: Timestamp, now: Timestamp) -> Result<u64, Error> {
    let silent = sql::silent_mail(tx, before, BATCH)?;
    close_all(tx, &silent, |_| Standing::Email(EmailResult::Delivered), now)
}
