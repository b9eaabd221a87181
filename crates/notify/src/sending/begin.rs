//! The moment before a call: is it still to be made, and who has tried before?

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jobs::{Taken, ledger};
use store::Tx;
use types::ids::{AttemptId, NotificationId};

use super::doubt::{self, Doubt};
use super::outcome::{Call, Policy, RecordError};
use super::{Notification, Standing, sql};
use crate::Notify;
use crate::config::InDoubt;
use crate::known::until_known;
use crate::orders::{SendingTime, Texts};
use crate::recipients::Channel;
use crate::routes::Way;
use crate::sending::hours::Window;
use crate::status::record;

/// What beginning needs besides the store.
#[derive(Clone, Debug)]
pub(crate) struct Beginning {
    pub(crate) attempt: AttemptId,
    pub(crate) way: Arc<Way>,
    pub(crate) in_doubt: InDoubt,
    pub(crate) doubt_wait: Duration,
    /// Whether earlier attempts in doubt have been asked about, and the message is to be sent all the same.
    pub(crate) asked: bool,
    pub(crate) window: Window,
    pub(crate) now: Timestamp,
}

impl Notify {
    /// How tries on a channel follow each other, after this many.
    pub(crate) fn sending_policy(&self, channel: Channel, tries: u32) -> Policy {
        let config = self.config();
        Policy {
            in_doubt: match channel {
                Channel::Sms => config.sms_in_doubt,
                Channel::Email => config.email_in_doubt,
            },
            doubt_wait: Duration::from_secs(config.doubt_wait_seconds),
            pause: config.send_again_after_seconds.pause(tries, self.random().fraction(), None),
        }
    }

    /// What a call that begins now needs.
    pub(crate) fn beginning(&self, channel: Channel, way: Arc<Way>) -> Beginning {
        let now = self.clock().now();
        let Policy { in_doubt, doubt_wait, .. } = self.sending_policy(channel, 1);
        Beginning {
            attempt: AttemptId::new(self.random().uuid_v7(now)),
            way,
            in_doubt,
            doubt_wait,
            asked: false,
            window: self.window().clone(),
            now,
        }
    }
}

/// A call that may be made now: its attempt is on disk.
pub(super) struct Begun {
    pub(super) call: Call,
    pub(super) notification: Notification,
    pub(super) texts: Texts,
}

/// Whether a call may be made now.
pub(super) enum Began {
    /// It may.
    Call(Box<Begun>),
    /// The job has been finished or put off, and there is nothing to do.
    Nothing,
    /// Earlier attempts may have had their effect; the job is still in our hands.
    Doubt(Box<Doubt>),
}

/// Why a job is put off that waits for the hours in which SMS may be sent.
pub(crate) const WAITS_FOR_DAYTIME: &str = "waits for daytime";

/// How long a beginning is asked for while nobody knows whether its commit happened: shorter than a
/// lease, and long enough for another server to take over.
const PATIENCE: Duration = Duration::from_secs(60);

/// [`begin`] in a commit of its own, asked again while nobody knows whether it happened: as long as
/// nothing has been called, its own attempt is no reason for doubt.
pub(super) async fn begin_until_known(
    app: &Notify,
    taken: &Taken,
    id: NotificationId,
    beginning: &Beginning,
) -> Result<Began, RecordError> {
    let ask = || {
        let (job, piece) = (taken.clone(), Beginning { now: app.clock().now(), ..beginning.clone() });
        app.store().write(move |tx| begin(tx, &job, id, &piece))
    };
    until_known(PATIENCE, ask).await
}

/// Decides, in one commit, whether the call is made now, and if so writes the attempt down.
fn begin(
    tx: &mut Tx<'_>,
    taken: &Taken,
    id: NotificationId,
    beginning: &Beginning,
) -> Result<Began, RecordError> {
    let now = beginning.now;
    taken.check::<RecordError>(tx)?;
    let Some(sql::WithTexts(notification, texts)) = sql::hold_with_texts(tx, id)? else {
        taken.finish::<RecordError>(tx)?;
        return Ok(Began::Nothing);
    };
    let channel = notification.standing.channel();
    let waits_for_us = [Standing::new(channel), Standing::sending(channel)].contains(&notification.standing);
    // What has a reference has been taken, even if its provider is still at work on it.
    if !waits_for_us || notification.reference.is_some() {
        taken.finish::<RecordError>(tx)?;
        return Ok(Began::Nothing);
    }
    let (own, mut lost): (Vec<_>, Vec<_>) =
        ledger::unfinished(tx, id.uuid())?.into_iter().partition(|open| open.id == beginning.attempt);
    if !lost.is_empty() {
        doubt::mark_lost(tx, &notification, &mut lost, beginning)?;
    }
    if !lost.is_empty() || (notification.in_doubt && !beginning.asked) {
        let attempts = ledger::unknown(tx, id.uuid())?;
        if !attempts.is_empty() {
            return Ok(Began::Doubt(Box::new(Doubt { notification, attempts })));
        }
    }
    if notification.expires <= now {
        taken.finish::<RecordError>(tx)?;
        sql::change(tx, &notification, Standing::timed_out(channel), now)?;
        record::complete_if_done(tx, notification.order, now)?;
        return Ok(Began::Nothing);
    }
    if waits_for_daytime(&texts, channel) && !beginning.window.is_open(now) {
        taken.put_off::<RecordError>(tx, beginning.window.next_open(now), WAITS_FOR_DAYTIME)?;
        return Ok(Began::Nothing);
    }
    if own.is_empty() {
        write_down(tx, &notification, beginning)?;
    }
    Ok(Began::Call(Box::new(begun(notification, texts, beginning))))
}

fn waits_for_daytime(texts: &Texts, channel: Channel) -> bool {
    channel == Channel::Sms && texts.sms.as_ref().is_some_and(|sms| sms.sending_time == SendingTime::Daytime)
}

/// The attempt, and that the notification is on its way.
fn write_down(
    tx: &mut Tx<'_>,
    notification: &Notification,
    beginning: &Beginning,
) -> Result<(), store::Error> {
    let Beginning { attempt, now, .. } = *beginning;
    let (subject, route) = (notification.id.uuid(), &*beginning.way.name);
    let intent = ledger::Intent { id: attempt, owner: notification.creator.as_str(), subject, route };
    ledger::begin(tx, &intent, now)?;
    let sending = Standing::sending(notification.standing.channel());
    if notification.standing != sending {
        sql::change(tx, notification, sending, now)?;
    }
    Ok(())
}

fn begun(notification: Notification, texts: Texts, beginning: &Beginning) -> Begun {
    let call = Call {
        notification: notification.id,
        order: notification.order,
        creator: notification.creator.clone(),
        channel: notification.standing.channel(),
        attempt: beginning.attempt,
        way: Arc::clone(&beginning.way),
        expires: notification.expires,
        was_in_doubt: notification.in_doubt,
        key: None,
    };
    Begun { call, notification, texts }
}
