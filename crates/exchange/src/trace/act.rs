//! What an operator does to a message. Each is a plain function within the caller's commit, where the caller
//! also writes down who did it; it says what came of it, also when that is too late.

use jiff::Timestamp;
use store::{Result, Tx};
use uuid::Uuid;
use webhooks::Again;

use super::sql::{self, Named};
use crate::conversations::Direction;
use crate::feedback::Report;
use crate::outbox::awaited;
use crate::outbox::send::Send;
use crate::{Exchange, inbox, lanes};

/// What came of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is done; the message's id is this.
    Now(String),
    /// It is too late: things have gone on meanwhile.
    TooLate,
    /// There is nothing with this number, or nothing of the kind to be done about it.
    Unknown,
}

/// Whether anything was changed.
enum Found {
    Nothing,
    Gone,
    Changed,
}

impl Exchange {
    /// Lets a message go that a client holds, so that the next peek gets it; it keeps its place. Whoever held
    /// it is refused when he wants to delete it.
    pub fn release_lock(&self, tx: &mut Tx<'_>, id: i64, now: Timestamp) -> Result<Done> {
        let Some(named) = sql::named(tx, self.own(), id)? else { return Ok(Done::Unknown) };
        if named.direction != Direction::Incoming.as_str() {
            return Ok(Done::Unknown);
        }
        let Some(waiting) = inbox::sql::lock(tx, self.own(), &named.message_id)? else {
            return Ok(Done::TooLate);
        };
        if !waiting.is_locked(now) {
            return Ok(Done::TooLate);
        }
        inbox::sql::unlock(tx, waiting.id)?;
        Ok(Done::Now(named.message_id))
    }

    /// Tries now what waits for another try: the message itself, or the answers to its sender.
    pub fn try_now(&self, tx: &mut Tx<'_>, id: i64, now: Timestamp) -> Result<Done> {
        let hurry = |tx: &mut Tx<'_>, job: Option<jobs::PutOff>| {
            let Some(job) = job else { return Ok(Found::Nothing) };
            Ok(if jobs::hurry(tx, job.id, now)? { Found::Changed } else { Found::Gone })
        };
        self.of_jobs(
            tx,
            id,
            |tx, job| jobs::put_off::<Self, Send>(tx, job).and_then(|job| hurry(tx, job)),
            |tx, job| jobs::put_off::<Self, Report>(tx, job).and_then(|job| hurry(tx, job)),
        )
    }

    /// Puts what was given up back into the queue. What may have been handed over is looked for first, as for
    /// any attempt in doubt.
    pub fn dig_up(&self, tx: &mut Tx<'_>, id: i64, now: Timestamp) -> Result<Done> {
        let dig = |tx: &mut Tx<'_>, job: Option<jobs::Buried>| {
            let Some(job) = job else { return Ok(Found::Nothing) };
            Ok(if jobs::dig_up(tx, job.id, now)? { Found::Changed } else { Found::Gone })
        };
        self.of_jobs(
            tx,
            id,
            |tx, job| jobs::buried_for::<Self, Send>(tx, job).and_then(|job| dig(tx, job)),
            |tx, job| jobs::buried_for::<Self, Report>(tx, job).and_then(|job| dig(tx, job)),
        )
    }

    /// Does something to every job of a message.
    fn of_jobs(
        &self,
        tx: &mut Tx<'_>,
        id: i64,
        send: impl Fn(&mut Tx<'_>, &Send) -> Result<Found>,
        report: impl Fn(&mut Tx<'_>, &Report) -> Result<Found>,
    ) -> Result<Done> {
        let own = self.own();
        let Some(Named { message_id, direction }) = sql::named(tx, own, id)? else {
            return Ok(Done::Unknown);
        };
        let mut found = Vec::new();
        if direction == Direction::Outgoing.as_str() {
            if let Some(waiting) = awaited(tx, own, &message_id)? {
                found.push(send(tx, &Send { message: waiting.id })?);
            }
        } else {
            for back in sql::answers(tx, own, &message_id)? {
                found.push(report(tx, &Report::of(back.id))?);
            }
        }
        Ok(match found {
            found if found.iter().any(|found| matches!(found, Found::Changed)) => Done::Now(message_id),
            found if found.iter().any(|found| matches!(found, Found::Gone)) => Done::TooLate,
            _ => Done::Unknown,
        })
    }

    /// Tells one delivery of a message's webhooks once more.
    pub fn tell_again(&self, tx: &mut Tx<'_>, delivery: Uuid, now: Timestamp) -> Result<Again> {
        for owner in self.listeners() {
            match self.webhooks().tell_again(tx, &owner, delivery, now)? {
                Again::Gone => {}
                again => return Ok(again),
            }
        }
        Ok(Again::Gone)
    }

    /// The id of a message, by the number of its conversation.
    pub fn message_of(&self, tx: &mut Tx<'_>, id: i64) -> Result<Option<String>> {
        Ok(sql::named(tx, self.own(), id)?.map(|named| named.message_id))
    }

    /// Wakes whoever goes on with what an operator has done; to be called after the commit.
    pub fn acted(&self) {
        for transport in &self.0.transports {
            self.0.wake.ring(lanes::messages(transport.service()));
            self.0.wake.ring(lanes::statuses(transport.service()));
        }
        self.webhooks().ring();
    }
}
