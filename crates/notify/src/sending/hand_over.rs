//! From a job to a provider: a place on a route, the attempt on disk, the call, and the next route where the
//! first certainly did not take the message.

use std::sync::Arc;
use std::time::Duration;

use jobs::{Outcome, Taken};
use types::PhoneNumber;
use types::ids::{AttemptId, NotificationId};

use super::begin::{Began, Begun, begin_until_known};
use super::doubt::{self, Resolved};
use super::outcome::{Call, Ended, RecordError};
use super::ready::{Message, Ready};
use super::settle::{Concluded, Next, conclude};
use super::sql;
use crate::Notify;
use crate::recipients::Channel;
use crate::routes::{Found, Seat, Wanted};
use crate::{suppression, work};

/// How long an ordinary message waits for a place on a busy route before it goes back to the queue.
const PATIENCE: Duration = Duration::from_secs(2);
/// A message that goes on to another route within this time still has the whole lifetime it was given.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Whether a call is to be made.
pub(super) enum Started {
    /// It is; its attempt is on disk.
    Now(Box<Begun>, Seat),
    /// It is not, and the job has been dealt with.
    Over(Outcome),
}

/// Finds a place on a route and writes the attempt down.
pub(super) async fn start(app: &Notify, taken: &Taken, id: NotificationId, channel: Channel) -> Started {
    let to = match number(app, channel, id).await {
        Ok(to) => to,
        Err(error) => return Started::Over(work::after_error(taken, error.into())),
    };
    let urgency = work::urgency(taken);
    let wanted = Wanted { channel, to: to.as_ref(), urgency, tried: &[] };
    let seat = match app.find_way(wanted, PATIENCE).await {
        Found::Seat(seat) => seat,
        Found::Nobody(again) => return Started::Over(put_back(app, taken, again).await),
    };
    let mut beginning = app.beginning(channel, Arc::clone(&seat.way));
    let over = loop {
        match begin_until_known(app, taken, id, &beginning).await {
            Ok(Began::Call(begun)) => return Started::Now(begun, seat),
            Ok(Began::Nothing) => break Outcome::Settled,
            Ok(Began::Doubt(doubt)) => match doubt::resolve(app, taken, *doubt, &beginning).await {
                Ok(Resolved::GoOn) => beginning.asked = true,
                Ok(Resolved::Over) => break Outcome::Settled,
                Err(error) => break work::after_error(taken, error),
            },
            Err(error) => break work::after_error(taken, error),
        }
    };
    app.give_back(seat).await;
    Started::Over(over)
}

/// The number, where the choice of a route depends on it.
async fn number(
    app: &Notify,
    channel: Channel,
    id: NotificationId,
) -> Result<Option<PhoneNumber>, store::Error> {
    if channel != Channel::Sms || !app.ways().have_prefixes(channel) {
        return Ok(None);
    }
    let destination = app.store().read(move |tx| sql::destination(tx, id)).await?;
    // What is no number is found out when the message is put together.
    Ok(destination.and_then(|destination| destination.reveal().parse().ok()))
}

/// No route is open: the job goes back as if it had never been taken.
async fn put_back(app: &Notify, taken: &Taken, again: jiff::Timestamp) -> Outcome {
    let job = taken.clone();
    let work = move |tx: &mut store::Tx<'_>| job.put_back::<RecordError>(tx, again, "no route is open");
    match app.store().write(work).await {
        Ok(()) | Err(RecordError::Stale(_)) => Outcome::Settled,
        Err(error) => work::after_error(taken, error),
    }
}

/// Hands a message over that somebody waits for.
pub(super) async fn hand_over_ready(app: &Notify, taken: Taken, ready: Ready) -> Outcome {
    let Ready { message, call, seat, tell } = ready;
    let (outcome, ended) = hand_over(app, taken, call, message, seat).await;
    // Whoever asked may have gone away; the message is on record all the same.
    let _ = tell.send(ended);
    outcome
}

/// Hands a message over whose attempt is on disk, by one route after the other.
pub(super) async fn hand_over(
    app: &Notify,
    taken: Taken,
    mut call: Call,
    mut message: Message,
    mut seat: Seat,
) -> (Outcome, Ended) {
    trace::about(trace::About::Order, call.order);
    let began = app.clock().now();
    let mut tried = Vec::new();
    if let Message::Email(email) = &message
        && let Some(fact) = suppression::check(app, &call.creator, &email.to).await
    {
        app.give_back(seat).await;
        return conclude(app, Concluded { taken, call, fact, next: Next::None }).await;
    }
    loop {
        let fact = trace::calls(&seat.way.name, message.send(&seat.way)).await;
        app.note_call(&seat, &fact).await;
        if let Message::Email(email) = &message {
            suppression::learn_from_refusal(app, &call.creator, &email.to, &fact).await;
        }
        let fact = doubt::ask_at_once(&seat.way, call.attempt, fact).await;
        tried.push(Arc::clone(&seat.way.name));
        drop(seat);
        let now = app.clock().now();
        let found = if fact.may_go_elsewhere() && now < call.expires {
            app.find_way(message.wanted(&tried), Duration::ZERO).await
        } else {
            Found::Nobody(call.expires)
        };
        let another = match found {
            Found::Seat(another) => another,
            Found::Nobody(again) => {
                let next = Next::Nobody(again);
                return conclude(app, Concluded { taken, call, fact, next }).await;
            }
        };
        let moved = Call { attempt: AttemptId::new(app.random().uuid_v7(now)), ..call.clone() };
        let moved = Call { way: Arc::clone(&another.way), ..moved };
        let concluded =
            Concluded { taken: taken.clone(), call, fact, next: Next::Call(Box::new(moved.clone())) };
        match conclude(app, concluded).await {
            (_, Ended::GoesOn) => {}
            ended => {
                app.give_back(another).await;
                return ended;
            }
        }
        let passed = now.duration_since(began);
        if passed > jiff::SignedDuration::try_from(AT_ONCE).unwrap_or_default() {
            message.live_for(Duration::try_from(moved.expires.duration_since(now)).unwrap_or_default());
        }
        message.be(moved.attempt);
        (call, seat) = (moved, another);
    }
}
