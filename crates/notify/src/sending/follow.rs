//! JOB: ask a provider what has become of an e-mail that it took and works on.
//!
//! Questions come further and further apart and end after a while; a delivery report or the
//! notification's expiry decides then. Whatever a provider answers here, nothing is sent again.

use jiff::Timestamp;
use jobs::{Due, Job, Outcome, Taken};
use serde::{Deserialize, Serialize};
use store::{Result, Tx, params};
use types::ids::{AttemptId, NotificationId};
use uuid::Uuid;

use super::Standing;
use super::outcome::{Fact, RecordError};
use super::settle::Concluded;
use crate::access::Creator;
use crate::recipients::Channel;
use crate::reports::{self, Arrived};
use crate::{FOLLOW, Notify, suppression, work};
use gateways::{About, EmailResult, Following, Progress, Report, Reported};

/// Asks about one e-mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FollowEmail {
    notification: NotificationId,
    attempt: AttemptId,
}

/// A question that is to be queued with the acceptance it follows.
#[derive(Clone, Debug)]
pub(super) struct Question {
    id: Uuid,
    job: FollowEmail,
    due: Due,
}

impl Question {
    /// The first question about what a call has brought about, if its provider works on it.
    pub(super) fn after(app: &Notify, concluded: &Concluded) -> Option<Self> {
        let Fact::UnderWay { after, .. } = &concluded.fact else {
            return None;
        };
        let (call, now) = (&concluded.call, app.clock().now());
        let pause = call.way.carrier.following()?.pause(0, *after);
        let at = now.checked_add(pause).unwrap_or(Timestamp::MAX);
        Some(Self {
            id: app.random().uuid_v7(now),
            job: FollowEmail { notification: call.notification, attempt: call.attempt },
            due: Due::at(FOLLOW, &concluded.taken.owner, at),
        })
    }

    /// Queues it, unless an earlier commit has done so whose answer was lost.
    pub(super) fn queue(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
        if jobs::is_queued(tx, self.id)? {
            return Ok(());
        }
        jobs::enqueue::<Notify, _>(tx, self.id, &self.job, &self.due, now)
    }
}

impl Job<Notify> for FollowEmail {
    const KIND: &'static str = "notify.follow_email";

    async fn run(self, app: Notify, taken: Taken) -> Outcome {
        let notification = self.notification;
        trace::about(trace::About::Notification, notification);
        let (reference, route) = match app.store().read(move |tx| self.reference(tx)).await {
            Ok(Some(found)) => found,
            Ok(None) => return Outcome::Done,
            Err(error) => return work::after_error(&taken, error.into()),
        };
        let way = app.ways().named(Channel::Email, route.as_deref());
        let Some((way, following)) = way.and_then(|way| Some((way, way.carrier.following()?))) else {
            return Outcome::Done;
        };
        match way.carrier.follow(&reference).await {
            Progress::NotFollowed => Outcome::Done,
            Progress::UnderWay { after } => ask_again(&app, &taken, following, after),
            Progress::Ended { result, detail } => {
                tracing::debug!(%result, %detail, "an e-mail that was followed has come to an end");
                let outcome = end(&app, &taken, notification, result).await;
                let fact = Fact::Refused { standing: Standing::Email(result), detail };
                learn(&app, notification, &fact).await;
                outcome
            }
        }
    }
}

impl FollowEmail {
    /// Under which reference to ask, and by which route, as long as nothing final is known.
    fn reference(&self, tx: &mut Tx<'_>) -> Result<Option<(String, Option<String>)>> {
        const SQL: &str = "SELECT reference, route FROM notify_notifications
            WHERE id = $1 AND final = 0 AND result = 'Sending' AND reference IS NOT NULL";
        tx.optional(SQL, params![self.notification])
    }
}

/// Remembers an address that the provider says it does not send to. Failing to is no failure of the message.
async fn learn(app: &Notify, notification: NotificationId, fact: &Fact) {
    const SQL: &str = "SELECT creator, destination FROM notify_notifications WHERE id = $1";
    let to: Result<Option<(Creator, String)>> =
        app.store().read(move |tx| tx.optional(SQL, params![notification])).await;
    if let Ok(Some((creator, destination))) = to
        && let Ok(address) = destination.parse()
    {
        suppression::learn_from_refusal(app, &creator, &address, fact).await;
    }
}

/// Puts the next question off, or gives up.
fn ask_again(
    app: &Notify,
    taken: &Taken,
    following: Following,
    named: Option<std::time::Duration>,
) -> Outcome {
    let pause = following.pause(taken.tries, named);
    let next = app.clock().now().checked_add(pause).unwrap_or(Timestamp::MAX);
    let last = taken.created.checked_add(following.give_up_after).unwrap_or(Timestamp::MAX);
    if next > last {
        tracing::warn!("a provider has not said in time what became of an e-mail that it took");
        return Outcome::Done;
    }
    Outcome::Later(pause, "the provider is at work on it".to_owned())
}

/// What the provider says now counts like a report.
async fn end(app: &Notify, taken: &Taken, notification: NotificationId, result: EmailResult) -> Outcome {
    let now = app.clock().now();
    let report = Report {
        about: About::Notification(notification),
        reported: Reported::Email(result),
        state: result.as_str().to_owned(),
        occurred: None,
    };
    let report = Arrived::new(app.random().uuid_v7(now), None, report, now);
    let job = taken.clone();
    let work = move |tx: &mut Tx<'_>| {
        job.finish::<RecordError>(tx)?;
        reports::apply_all(tx, std::slice::from_ref(&report))?;
        Ok::<_, RecordError>(())
    };
    match app.store().write(work).await {
        Ok(()) => {
            app.ring_feed();
            Outcome::Settled
        }
        Err(error) => work::after_error(taken, error),
    }
}
