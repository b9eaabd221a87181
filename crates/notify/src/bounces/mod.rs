//! Mail that comes back: what the bounce listener reads is matched to its notification, told to whoever
//! keeps reports, and remembered about the address. So are addresses that a mail service's own reports call
//! dead.
//!
//! The other mail server hears "taken" only when everything is on disk; otherwise it brings the bounce
//! again, which does no harm: reports are applied once, and the list of dead addresses knows each once.

mod sql;

use async_trait::async_trait;
use gateways::email::bounce::{Bounce, BounceSink, Clues, Says};
use gateways::{About, EmailResult, NotTaken, Report, ReportSink, Reported};
use store::Error;
use types::EmailAddress;

use crate::Notify;
use crate::access::Creator;
use crate::status::timeline;
use crate::suppression::{self, Reason};
use sql::Subject;

/// The route that reports from here come by.
const ROUTE: &str = "bounces";

#[async_trait]
impl BounceSink for Notify {
    async fn take(&self, bounce: Bounce) -> Result<(), NotTaken> {
        take(self, bounce).await
    }
}

async fn take(app: &Notify, bounce: Bounce) -> Result<(), NotTaken> {
    let Bounce { clues, says, state } = bounce;
    if says == Says::Nothing {
        tracing::debug!(%state, "something came to a return path that says nothing about delivery");
        return Ok(());
    }
    let subject = app.store().read(move |tx| sql::subject(tx, clues)).await.map_err(not_taken)?;
    match (says, subject) {
        (Says::Failed { result, is_hard }, Some(subject)) => {
            if is_hard {
                remember(app, &subject, Reason::HardBounce).await?;
            }
            report(app, About::Notification(subject.notification), result, state).await
        }
        (Says::Delivered, Some(subject)) => {
            report(app, About::Notification(subject.notification), EmailResult::Delivered, state).await
        }
        (Says::Complaint, Some(subject)) => {
            remember(app, &subject, Reason::Complaint).await?;
            note(app, &subject, "complaint", state).await
        }
        (Says::Noted, Some(subject)) => note(app, &subject, "mail report", state).await,
        (Says::Failed { result, .. }, None) => orphan(app, clues, result, state).await,
        (Says::Delivered, None) => orphan(app, clues, EmailResult::Delivered, state).await,
        (Says::Complaint | Says::Noted | Says::Nothing, _) => Ok(()),
    }
}

async fn report(app: &Notify, about: About, result: EmailResult, state: String) -> Result<(), NotTaken> {
    let report = Report { about, reported: Reported::Email(result), state, occurred: None };
    ReportSink::take(app, ROUTE, vec![report]).await
}

/// A report about a message that is not on record is kept like any other of the kind.
async fn orphan(app: &Notify, clues: Clues, result: EmailResult, state: String) -> Result<(), NotTaken> {
    tracing::info!(%state, "a bounce about a message that is not on record");
    let attempt = clues.token.or(clues.envelope).map(About::Attempt);
    match attempt.or(clues.message.map(About::Notification)) {
        Some(about) => report(app, about, result, state).await,
        None => Ok(()),
    }
}

async fn remember(app: &Notify, subject: &Subject, reason: Reason) -> Result<(), NotTaken> {
    learn(app, subject, reason).await.map_err(not_taken)
}

async fn learn(app: &Notify, subject: &Subject, reason: Reason) -> Result<(), Error> {
    let Some(address) = subject.destination.reveal().parse::<EmailAddress>().ok() else {
        return Ok(());
    };
    let creator: &Creator = &subject.creator;
    suppression::learn(app, creator, &address, reason).await
}

/// Remembers the addresses that a mail service's reports call dead: those whose mail came back for good, and
/// those that the service itself no longer sends to.
pub(crate) async fn learn_from_reports(
    app: &Notify,
    route: Option<&str>,
    reports: &[Report],
) -> Result<(), Error> {
    let names: Vec<String> = reports.iter().filter_map(dead).map(str::to_owned).collect();
    if names.is_empty() {
        return Ok(());
    }
    let route = route.map(str::to_owned);
    let read = move |tx: &mut store::Tx<'_>| {
        names
            .iter()
            .map(|name| sql::subject_of(tx, route.as_deref(), name))
            .collect::<Result<Vec<_>, Error>>()
    };
    for subject in app.store().read(read).await?.into_iter().flatten() {
        learn(app, &subject, Reason::HardBounce).await?;
    }
    Ok(())
}

/// The service's name for a message to a dead address.
fn dead(report: &Report) -> Option<&str> {
    let is_dead = matches!(
        report.reported,
        Reported::Email(EmailResult::FailedBounced | EmailResult::FailedSupressedRecipient)
    );
    match &report.about {
        // No message has a name with U+0000, and not every database takes the question.
        About::Reference(name) => Some(name.as_str()).filter(|name| is_dead && !name.contains('\0')),
        About::Notification(_) | About::Attempt(_) => None,
    }
}

/// Written to the order's timeline, where operators see it.
async fn note(app: &Notify, subject: &Subject, cause: &'static str, state: String) -> Result<(), NotTaken> {
    let (order, now) = (subject.order, app.clock().now());
    let work = move |tx: &mut store::Tx<'_>| timeline::record(tx, order, cause, Some(&state), now);
    app.store().write(work).await.map_err(not_taken)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
fn not_taken(error: Error) -> NotTaken {
    NotTaken(error.to_string())
}
