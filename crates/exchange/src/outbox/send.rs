//! JOB: looks up, seals and hands one message to its channel.
//!
//! Every step leaves its result behind, so that whoever takes the job over goes on from there: the
//! sealed package is named in the message's row, the hand-over is written to the ledger before it is
//! tried. An attempt without an end is unknown, and the channel looks for it before it sends again.

use std::time::Duration;

use jiff::Timestamp;
use jobs::{Due, Job, Outcome, Stale, Taken, ledger};
use serde::{Deserialize, Serialize};
use store::Tx;
use types::ids::AttemptId;
use uuid::Uuid;

use super::follow::Follow;
use super::model::{OutMessage, WithFiles};
use super::sealing::{Outgoing, look_up, packed};
use super::sql;
use crate::conversations::{self, Direction};
use crate::statuses::{self, NewStatus, Status};
use crate::trail::{Trail, tell};
use crate::transports::{News, Plan, Sent, TransportError, Watch};
use crate::{Exchange, lanes, tracking};

/// The kind of blobs that sealed packages are.
pub(crate) const KIND: &str = "out-package";

/// Sends one message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Send {
    pub(crate) message: Uuid,
}

/// Why a message is not sent now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Stale(#[from] Stale),
    /// Worth another try.
    #[error("{0}")]
    Later(String),
    /// The channel asks for a pause of its own.
    #[error("{0}")]
    After(String, Duration),
    /// Never.
    #[error("{0}")]
    Never(String),
}

/// How a message leaves the outbox without having been sent.
enum End {
    Late,
    Failed(String),
}

impl Job<Exchange> for Send {
    const KIND: &'static str = "exchange.send";

    async fn run(self, app: Exchange, taken: Taken) -> Outcome {
        let id = self.message;
        let found = app.store().read(move |tx| sql::find_with_files(tx, id)).await;
        let message = match found {
            Ok(Some(message)) => message,
            // Cancelled, or finished by whoever had the job before.
            Ok(None) => return Outcome::Done,
            Err(error) => return Outcome::Later(Duration::from_secs(5), error.to_string()),
        };
        let (about, tries) = (message.message.clone(), taken.tries);
        Trail::of_outgoing(&about).mark();
        if about.expires <= app.now() {
            return end(&app, &taken, &about, End::Late).await;
        }
        let pause = |asked| app.config().send_retry_seconds.pause(tries, app.random().fraction(), asked);
        match step(&app, &taken, message).await {
            Ok(()) | Err(SendError::Stale(_)) => Outcome::Settled,
            Err(SendError::Never(reason)) => end(&app, &taken, &about, End::Failed(reason)).await,
            Err(SendError::Later(reason) | SendError::After(reason, _))
                if tries >= app.config().send_tries =>
            {
                end(&app, &taken, &about, End::Failed(reason)).await
            }
            Err(SendError::Later(reason)) => Outcome::Later(until(&app, &about, pause(None)), reason),
            Err(SendError::After(reason, asked)) => {
                Outcome::Later(until(&app, &about, pause(Some(asked))), reason)
            }
            Err(SendError::Store(error)) => Outcome::Later(Duration::from_secs(5), error.to_string()),
        }
    }
}

/// A pause that does not sleep past the deadline, so that it is noticed in time.
fn until(app: &Exchange, message: &OutMessage, pause: Duration) -> Duration {
    let left = message.expires.duration_since(app.now());
    pause.min(Duration::try_from(left).unwrap_or_default())
}

async fn step(app: &Exchange, taken: &Taken, message: WithFiles) -> Result<(), SendError> {
    let transport = app.transport(message.message.service).cloned();
    let transport = transport.ok_or_else(|| SendError::Later("the channel is not there".to_owned()))?;
    let outgoing = Outgoing::of(&message.message, app)?;
    let route = look_up(app, &outgoing.message).await?;
    let packing = match outgoing.plan(transport.as_ref(), route.as_ref(), &message.files)? {
        Plan::Send(packing) => packing,
        Plan::Settled(statuses) => return settle(app, taken, &message.message, statuses).await,
    };
    let package = packed(app, &message, &outgoing, route.as_ref(), packing).await?;
    let bytes = package.as_ref().map_or(0, |package| package.bytes);
    if let Some(limit) = transport.largest_package().filter(|limit| bytes > *limit) {
        return Err(SendError::Never(format!("the package has more than {limit} bytes")));
    }

    let (attempt, doubt) = begin(app, taken, &message.message).await?;
    let parcel = outgoing.parcel(&message, package, route, doubt)?;
    match trace::calls(message.message.service.as_str(), transport.send(&parcel)).await {
        Ok(sent) => finish(app, taken, &message.message, attempt, sent).await,
        Err(error) => Err(close(app, attempt, error).await?),
    }
}

/// Writes the coming call to the ledger; answers since when an earlier one is in doubt.
async fn begin(
    app: &Exchange,
    taken: &Taken,
    message: &OutMessage,
) -> Result<(AttemptId, Option<Timestamp>), SendError> {
    let (now, taken) = (app.now(), taken.clone());
    let attempt = AttemptId::new(app.random().uuid_v7(now));
    let (owner, subject, route) = (message.owner.to_string(), message.id, message.service.as_str());
    let begun = app.store().write(move |tx| {
        // Packing may have taken longer than the lease, and somebody else may be sending by now.
        taken.check::<SendError>(tx)?;
        let doubt = settle_doubt(tx, subject, now)?;
        let intent = ledger::Intent { id: attempt, owner: &owner, subject, route };
        ledger::begin(tx, &intent, now)?;
        Ok::<_, SendError>(doubt)
    });
    Ok((attempt, begun.await?))
}

/// Marks attempts without an end as unknown; answers when the first unknown one began.
pub(crate) fn settle_doubt(
    tx: &mut Tx<'_>,
    subject: Uuid,
    now: Timestamp,
) -> store::Result<Option<Timestamp>> {
    for attempt in ledger::unfinished(tx, subject)? {
        let end = ledger::End { outcome: "the process ended before the answer came", ..Default::default() };
        ledger::mark_unknown(tx, attempt.id, &end, now)?;
    }
    let attempts = ledger::of(tx, subject)?;
    let unknown = attempts.iter().filter(|attempt| attempt.state == ledger::State::Unknown);
    Ok(unknown.filter_map(|attempt| attempt.started).min())
}

/// Closes the ledger for a call that failed; answers what follows.
async fn close(app: &Exchange, attempt: AttemptId, error: TransportError) -> Result<SendError, SendError> {
    let (now, text) = (app.now(), error.to_string());
    let unknown = matches!(error, TransportError::Unknown { .. });
    let closed = app.store().write(move |tx| {
        let end = ledger::End { outcome: &text, ..Default::default() };
        if unknown {
            ledger::mark_unknown(tx, attempt, &end, now)
        } else {
            ledger::end(tx, attempt, &end, now)
        }
    });
    closed.await?;
    Ok(match error {
        TransportError::Temporary { reason, after: Some(after) } => SendError::After(reason, after),
        TransportError::Temporary { reason, after: None } | TransportError::Unknown { reason } => {
            SendError::Later(reason)
        }
        TransportError::Permanent { reason } => SendError::Never(reason),
    })
}

/// The channel has it: one commit for the ledger, the status, the webhooks and the job.
async fn finish(
    app: &Exchange,
    taken: &Taken,
    message: &OutMessage,
    attempt: AttemptId,
    sent: Sent,
) -> Result<(), SendError> {
    let (doing, taken, message) = (app.clone(), taken.clone(), message.clone());
    let (service, trail) = (message.service, Trail::of_outgoing(&message));
    let reference = sent.reference.clone();
    let gone = app.store().write(move |tx| {
        let now = doing.now();
        // Also when it is gone, cancelled too late: what was sent was sent.
        sql::hold(tx, message.id)?;
        let end = ledger::End { outcome: "sent", reference: Some(&sent.reference), detail: None };
        ledger::end(tx, attempt, &end, now)?;
        if sent.watch == Watch::Closely {
            follow(&doing, tx, &message, sent.reference.clone(), now)?;
        }
        let blobs = sql::remove(tx, message.id)?;
        let found = conversations::find_message(tx, message.owner, &message.message_id, Direction::Outgoing)?;
        if let Some(conversation) = &found {
            if sent.watch == Watch::Slowly {
                tracking::begin(tx, conversation, &sent.reference, now)?;
            }
            let news: Vec<News> = [Status::Sendt.into()].into_iter().chain(sent.news.clone()).collect();
            tracking::record(&doing, tx, conversation, &news, now)?;
        }
        taken.finish::<SendError>(tx)?;
        Ok::<_, SendError>(blobs)
    });
    app.drop_blobs(gone.await?).await;
    tell!(trail, reference, "sent a message");
    app.webhooks().ring();
    app.0.wake.ring(lanes::statuses(service));
    Ok(())
}

fn follow(
    app: &Exchange,
    tx: &mut Tx<'_>,
    message: &OutMessage,
    reference: String,
    now: Timestamp,
) -> store::Result<()> {
    let job = Follow { owner: message.owner, message_id: message.message_id.clone(), reference };
    let soon = now.checked_add(Duration::from_secs(1)).unwrap_or(Timestamp::MAX);
    let due = Due::at(lanes::statuses(message.service), &message.owner, soon);
    jobs::enqueue::<Exchange, Follow>(tx, app.random().uuid_v7(now), &job, &due, now)
}

/// Nothing is handed over: the channel has nothing of the kind, and the message counts as told.
async fn settle(
    app: &Exchange,
    taken: &Taken,
    message: &OutMessage,
    statuses: Vec<Status>,
) -> Result<(), SendError> {
    let (doing, taken, message) = (app.clone(), taken.clone(), message.clone());
    let gone = app.store().write(move |tx| {
        let now = doing.now();
        taken.check::<SendError>(tx)?;
        sql::hold(tx, message.id)?;
        let blobs = sql::remove(tx, message.id)?;
        let found = conversations::find_message(tx, message.owner, &message.message_id, Direction::Outgoing)?;
        if let Some(conversation) = &found {
            let news: Vec<News> = statuses.iter().map(|status| (*status).into()).collect();
            tracking::record(&doing, tx, conversation, &news, now)?;
        }
        taken.finish::<SendError>(tx)?;
        Ok::<_, SendError>(blobs)
    });
    app.drop_blobs(gone.await?).await;
    app.webhooks().ring();
    Ok(())
}

/// The message leaves the outbox without having been sent.
async fn end(app: &Exchange, taken: &Taken, message: &OutMessage, end: End) -> Outcome {
    let (doing, taken, stored) = (app.clone(), taken.clone(), message.clone());
    let (trail, late) = (Trail::of_outgoing(message), matches!(end, End::Late));
    let ended = app.store().write(move |tx| {
        let now = doing.now();
        if !sql::hold(tx, stored.id)? {
            // Cancelled meanwhile; there is nobody left to be told.
            return taken.finish::<SendError>(tx).map(|()| Vec::new());
        }
        let status = match &end {
            End::Late => Status::LevetidUtlopt.into(),
            End::Failed(reason) => NewStatus::described(
                Status::Feil,
                format!("Could not be sent over {}: {reason}", stored.service),
            ),
        };
        let blobs = sql::remove(tx, stored.id)?;
        let found = conversations::find_message(tx, stored.owner, &stored.message_id, Direction::Outgoing)?;
        if let Some(conversation) = &found {
            statuses::record(&doing, tx, &[(conversation, status)], now)?;
        }
        taken.finish::<SendError>(tx)?;
        Ok::<_, SendError>(blobs)
    });
    match ended.await {
        Ok(blobs) => {
            tell!(trail, late, "gave a message up");
            app.drop_blobs(blobs).await;
            app.webhooks().ring();
            Outcome::Settled
        }
        Err(SendError::Stale(_)) => Outcome::Settled,
        Err(error) => Outcome::Later(Duration::from_secs(5), error.to_string()),
    }
}
