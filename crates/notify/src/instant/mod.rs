//! Sending while the sender waits: same rows, first in line.
//!
//! # Two commits
//!
//! The first reserves the key and stores chain, order, notification, a job already taken and an
//! attempt under way. Then the message is handed over, on the instant lane's own workers. The second
//! commit records how that ended. Only then is the caller answered.
//!
//! # Promises
//!
//! - Of any number of equal requests, on however many nodes, one hands the message over; all others wait
//!   for it and get the same answer.
//! - A caller that goes away changes nothing: what was stored is finished.
//! - 201 says that the message is on record and was handed over, or that nobody can know whether it
//!   was; then the attempt is *unknown* in the ledger and the message is not handed over again. Only
//!   what certainly was not handed over is answered with 503, and then nothing is on record and the
//!   key is free. Where nobody knows what is on record, the answer is 500.
//! - After a crash the attempt is found open when its lease has run out, which is the same doubt.

mod accept;
pub mod either;
pub mod email;
mod flights;
mod follow;
pub mod sms;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use tracing::Instrument as _;
use types::ids::{AttemptId, ChainId, NotificationId, OrderId};

pub(crate) use accept::{Accepted, Rows, accept_all};
pub(crate) use flights::Flights;
use flights::{Answer, Boarding, Pilot, Progress};

use crate::access::{self, Creator, Policy, senders};
use crate::api::Api;
use crate::binding::{Faults, Reader};
use crate::orders::receipt::{Digest, Receipt, created, receipt};
use crate::orders::register::earlier;
use crate::orders::sql::{self as orders_sql, Chain, Key, Space};
use crate::orders::{Content, Kind, Order, State, kept};
use crate::problem::{Code, Problem};
use crate::recipients::{Channel, Recipient};
use crate::routes::{Found, Seat, Wanted};
use crate::sending::{Call, Ended, Message, Notification, Ready, Standing};
use crate::{Notify, audited};
use gateways::sms::SmsParts;
use gateways::{OutgoingEmail, OutgoingSms, Text, Urgency};

/// A message to be sent now.
#[derive(Debug)]
pub(crate) struct Wish {
    idempotency_id: String,
    senders_reference: Option<String>,
    content: Content,
    lifetime: SignedDuration,
}

impl Wish {
    /// What is wanted of a route.
    fn wanted(&self) -> Wanted<'_> {
        let to = match self.content.recipients.first() {
            Some(Recipient::Direct { mobile, .. }) if self.content.texts.sms.is_some() => mobile.as_ref(),
            _ => None,
        };
        let channel = if self.content.texts.sms.is_some() { Channel::Sms } else { Channel::Email };
        Wanted { channel, to, urgency: Urgency::Instant, tried: &[] }
    }

    /// Both shapes of an instant SMS boil down to the same.
    fn digest(&self) -> Digest {
        let kind = if self.content.texts.sms.is_some() { "sms" } else { "email" };
        let (reference, lifetime) = (self.senders_reference.as_deref(), self.lifetime.as_secs());
        Digest::of_text(kind, &format!("{reference:?} {lifetime} {}", kept::whole(&self.content)))
    }
}

/// What the endpoints do; they differ in how the body is read.
async fn receive(
    api: &Api,
    request: Request<Body>,
    read: fn(&Reader<'_>) -> Option<Wish>,
) -> Result<Response, Problem> {
    let granted = access::allow(api.notify.verifier(), request.headers(), Policy::CreateOrPlatform).await?;
    let json = api.json(request).await?;
    let faults = Faults::default();
    let wish = Reader::document(&json, &faults).and_then(|body| read(&body));
    let (wish, _) = faults.settle(wish)?;
    send(api, granted.creator()?, wish).await
}

/// Sends now, or answers as the same request was answered before.
async fn send(api: &Api, creator: Creator, wish: Wish) -> Result<Response, Problem> {
    let idempotency_id = wish.idempotency_id.clone();
    let key = Key { creator, space: Space::Instant, idempotency_id };
    let digest = wish.digest();
    let refused = senders::check(&api.notify.config().senders, &key.creator, [&wish.content.texts]);
    if let Err(problem) = refused {
        // What was accepted once stays accepted.
        let earlier = earlier(&api.notify, &key).await?;
        return earlier.map(|receipt| receipt.repeated(&digest)).ok_or(problem);
    }
    let patience = Duration::from_secs(api.notify.config().instant_wait_seconds);
    let (leads, mut progress) = match api.notify.flights().board(&key) {
        Boarding::Leader(pilot, progress) => {
            let api = api.clone();
            // A task of its own, so that a caller who hangs up takes nothing with it.
            api.notify
                .clone()
                .tasks()
                .spawn(async move { lead(&api, key, wish, pilot).await }.in_current_span());
            (true, progress)
        }
        Boarding::Follower(progress) => (false, progress),
    };
    let ended =
        tokio::time::timeout(patience, progress.wait_for(Progress::is_done)).await.map(|done| done.is_ok());
    if ended == Ok(false) {
        tracing::error!("an instant message lost its pilot");
        return Err(Problem::plain(StatusCode::INTERNAL_SERVER_ERROR));
    }
    let reached = progress.borrow().clone();
    answer(api, reached, leads, &digest)
}

fn answer(api: &Api, progress: Progress, leads: bool, digest: &Digest) -> Result<Response, Problem> {
    match progress {
        Progress::Stored(chain, receipt) | Progress::Done(Answer::Made(chain, receipt)) if leads => {
            Ok(created(receipt.text, &api.link(&format!("/orders/chain/{chain}"))))
        }
        Progress::Stored(_, receipt)
        | Progress::Elsewhere(receipt)
        | Progress::Done(Answer::Made(_, receipt) | Answer::Known(receipt)) => Ok(receipt.repeated(digest)),
        Progress::Waiting | Progress::Done(Answer::NotSent) => Err(Code::DependencyUnavailable.into()),
        Progress::Done(Answer::Failed(problem)) => Err(problem),
    }
}

async fn lead(api: &Api, key: Key, wish: Wish, pilot: Pilot) {
    let answer = match fly(api, key, wish, &pilot).await {
        Ok(answer) => answer,
        Err(error) => Answer::Failed(Problem::from(error)),
    };
    pilot.land(answer);
}

async fn fly(api: &Api, key: Key, wish: Wish, pilot: &Pilot) -> Result<Answer, store::Error> {
    let notify = &api.notify;
    // Half of the caller's patience: whoever is turned away hears it before giving up, and nothing is
    // begun for somebody who has already been told that it was not.
    let patience = Duration::from_secs(notify.config().instant_wait_seconds) / 2;
    let place = tokio::time::timeout(patience, notify.instant_places().acquire()).await;
    let Ok(Ok(_place)) = place else {
        tracing::warn!("too many instant messages at once; one was turned away");
        return Ok(Answer::NotSent);
    };
    let seat = match notify.find_way(wish.wanted(), patience / 2).await {
        Found::Seat(seat) => seat,
        // Every route is shut. Whoever asks again is told what came of it before.
        Found::Nobody(_) => {
            let (store, known) = (notify.store(), key.clone());
            let earlier = store.read(move |tx| orders_sql::receipt(tx, &known)).await?;
            return match earlier {
                Some(receipt) => follow::until_ended(notify, &key, receipt, pilot).await,
                None => Ok(Answer::NotSent),
            };
        }
    };
    let (tell, told) = oneshot::channel();
    let Some(boarded) = Boarded::new(api, key, wish, seat, tell) else {
        return Ok(Answer::Failed(Problem::plain(StatusCode::INTERNAL_SERVER_ERROR)));
    };
    let Boarded { rows, ready } = boarded;
    let (chain, receipt) = (rows.chain.id, rows.chain.receipt.clone());
    let key = rows.chain.key.clone();
    let taken = match accept::accept(notify, rows, patience / 2).await? {
        Accepted::New(taken) => *taken,
        Accepted::Earlier(receipt) => {
            notify.give_back(ready.seat).await;
            return follow::until_ended(notify, &key, receipt, pilot).await;
        }
    };
    pilot.stored(chain, receipt.clone());
    notify.waiting().put(ready);
    drop(api.instant.start(taken));
    match told.await {
        Ok(Ended::NotSent) => Ok(Answer::NotSent),
        // Without word the message is still on record.
        Ok(Ended::OnRecord | Ended::GoesOn) | Err(_) => Ok(Answer::Made(chain, receipt)),
    }
}

/// What the first commit writes, and what is handed over after it.
struct Boarded {
    rows: Rows,
    ready: Ready,
}

impl Boarded {
    fn new(api: &Api, key: Key, wish: Wish, seat: Seat, tell: oneshot::Sender<Ended>) -> Option<Self> {
        let notify = &api.notify;
        let claim = api.instant.claim();
        let now = claim.now;
        let id = || notify.random().uuid_v7(now);
        let (attempt, notification) = (AttemptId::new(id()), NotificationId::new(id()));
        let chain_id = ChainId::new(id());
        let expires = now.checked_add(wish.lifetime).unwrap_or(Timestamp::MAX);
        let (message, destination) = message(notify, &wish, notification, attempt)?;
        let channel = match message {
            Message::Sms(_) => Channel::Sms,
            Message::Email(_) => Channel::Email,
        };
        let way = Arc::clone(&seat.way);
        let route = Arc::clone(&way.name);
        let digest = wish.digest();
        let order = order(OrderId::new(id()), &key, chain_id, wish, now);
        let audited = audited::accepted(id(), &order, notification, channel);
        let receipt = Receipt::new(receipt(chain_id, std::slice::from_ref(&order)), digest);
        let call = Call {
            notification,
            order: order.id,
            creator: key.creator.clone(),
            channel,
            attempt,
            way,
            expires,
            was_in_doubt: false,
            // An e-mail that was not taken goes the ordinary way from there.
            key: (channel == Channel::Sms).then(|| key.clone()),
        };
        let notification = Notification {
            id: notification,
            order: order.id,
            creator: key.creator.clone(),
            standing: Standing::sending(channel),
            destination,
            identity: None,
            subject: None,
            body: None,
            expires,
            reference: None,
            in_doubt: false,
            parts: parts(&order.content),
            created: now,
            changed: now,
        };
        let chain =
            Chain { id: chain_id, key, receipt, dialog_id: None, transmission_id: None, created: now };
        let context = trace::current();
        let rows = Rows { chain, order, notification, attempt, route, job: id(), context, claim, audited };
        Some(Self { rows, ready: Ready { message, call, seat, tell } })
    }
}

fn parts(content: &Content) -> Option<u32> {
    let text = content.texts.sms.as_ref()?;
    u32::try_from(SmsParts::of(text.body.reveal()).parts).ok()
}

fn order(id: OrderId, key: &Key, chain: ChainId, wish: Wish, now: Timestamp) -> Order {
    Order {
        id,
        creator: key.creator.clone(),
        chain: Some(chain),
        kind: Kind::Instant,
        state: State::Processed,
        senders_reference: wish.senders_reference,
        requested: now,
        content: wish.content,
        tries: 0,
        created: now,
        changed: now,
    }
}

/// The message for the provider, and its destination as the sender wrote it.
fn message(
    notify: &Notify,
    wish: &Wish,
    notification: NotificationId,
    attempt: AttemptId,
) -> Option<(Message, Text)> {
    let Content { recipients, texts, .. } = &wish.content;
    let Some(Recipient::Direct { email, mobile }) = recipients.first() else {
        return None;
    };
    if let (Some(to), Some(text)) = (mobile, &texts.sms) {
        let sms = OutgoingSms {
            attempt,
            to: to.clone(),
            sender: text.sender.clone().unwrap_or_else(|| notify.config().sms_sender.clone()),
            text: text.body.clone(),
            time_to_live: Duration::try_from(wish.lifetime).ok(),
            urgency: Urgency::Instant,
        };
        return Some((Message::Sms(sms), to.as_given().into()));
    }
    let (to, text) = (email.as_ref()?, texts.email.as_ref()?);
    let email = OutgoingEmail {
        attempt,
        notification,
        to: to.clone(),
        from: text.sender.clone(),
        subject: text.subject.clone(),
        body: text.body.clone(),
        format: text.format,
        attachments: Vec::new(),
        urgency: Urgency::Instant,
    };
    Some((Message::Email(email), to.as_given().into()))
}
