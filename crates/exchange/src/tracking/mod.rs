//! What becomes of messages after they were sent: channels are asked, or answer by themselves.
//!
//! **Asking.** A channel that wants a message to be watched says so when it takes it. The message is then
//! *pollable*: a round each minute asks about those whose turn it is, many in one question, each of them
//! more and more seldom, until the channel says that it is over or a status does (LEST, FEIL).
//!
//! **Answers.** A receipt names the message it answers. It is recorded first and settled with the channel
//! afterwards, so that a crash in between brings it once more, which changes nothing.
//!
//! **Several nodes.** One node leads each channel, as for what comes in. Two that ask at the same time,
//! while the lead changes hands, record everything once.

mod receipts;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::Tx;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::conversations::{self, Conversation};
use crate::inbox::automatic;
use crate::registry::ServiceIdentifier;
use crate::statuses::{self, NewStatus, Status};
use crate::transports::{News, Transport, Watched};
use crate::{Exchange, lanes};

/// Asks the channel while this node leads, until told to stop.
pub(crate) async fn run(app: Exchange, transport: Arc<dyn Transport>, stop: CancellationToken) {
    let task = lanes::tracking(transport.service());
    let store = app.store().clone();
    store.lead(task, stop, move |leading| keep_asking(app.clone(), Arc::clone(&transport), leading)).await;
}

async fn keep_asking(app: Exchange, transport: Arc<dyn Transport>, stop: CancellationToken) {
    let statuses = Duration::from_millis(app.config().status_interval_ms.max(10));
    let receipts = Duration::from_millis(app.config().receive_interval_ms.max(10));
    let mut asked = None;
    while !stop.is_cancelled() {
        receipts::look(&app, transport.as_ref(), &stop).await;
        if asked.is_none_or(|asked: Instant| asked.elapsed() >= statuses) {
            watch::look(&app, transport.as_ref(), &stop).await;
            asked = Some(Instant::now());
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(receipts.min(statuses)) => {}
        }
    }
}

/// Asks for everything once; answers how much came of it.
pub(crate) async fn look(app: &Exchange, transport: &dyn Transport, stop: &CancellationToken) -> usize {
    receipts::look(app, transport, stop).await + watch::look(app, transport, stop).await
}

/// Begins to watch a message that has just been sent, in the caller's commit.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    reference: &str,
    now: Timestamp,
) -> store::Result<()> {
    let ask = now.checked_add(watch::FIRST_PAUSE).unwrap_or(Timestamp::MAX);
    conversations::watch(tx, conversation.id, reference, ask, now)
}

/// Records what a channel says about a message; the last step of the caller's commit. Answers how much of
/// it was new. Ring the webhooks after the commit.
pub(crate) fn record(
    app: &Exchange,
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    news: &[News],
    now: Timestamp,
) -> store::Result<usize> {
    let mut told = Vec::with_capacity(news.len());
    for one in news {
        told.extend(missing_step(conversation.service, one, now).map(|step| (conversation, step)));
        let News { status, at, description, raw } = one.clone();
        let described = description.map(|text| NewStatus::described(status, text));
        let raw_receipt = raw.map(|text| text.replace('\0', "\u{fffd}"));
        let new = NewStatus { raw_receipt, at, ..described.unwrap_or_else(|| status.into()) };
        told.push((conversation, new));
    }
    let named = news.iter().map(|one| one.status);
    let receipt = automatic::receipt(app, tx, conversation, named, now)?;
    if let Some(receipt) = &receipt {
        told.extend([Status::Opprettet, Status::InnkommendeMottatt].map(|status| (receipt, status.into())));
    }
    statuses::record(app, tx, &told, now)
}

/// A mailbox may tell that it has delivered before it has told that it had the message; clients of digital
/// post expect MOTTATT first. One that is there already stays as it is.
fn missing_step(service: ServiceIdentifier, news: &News, now: Timestamp) -> Option<NewStatus> {
    if service != ServiceIdentifier::Dpi || news.status != Status::Levert {
        return None;
    }
    let at = news.at.unwrap_or(now).checked_sub(SignedDuration::from_secs(1)).ok();
    Some(NewStatus { at, ..Status::Mottatt.into() })
}

/// A message as its channel is asked about it.
pub(crate) fn watched(conversation: &Conversation) -> Watched {
    Watched {
        message_id: conversation.message_id.clone(),
        conversation_id: conversation.conversation_id.clone(),
        reference: conversation.external_reference.clone().unwrap_or_default(),
        // An actor in health belongs to whoever runs this gateway for it.
        organization: conversation.sender_identifier.parse().unwrap_or(conversation.owner),
    }
}
