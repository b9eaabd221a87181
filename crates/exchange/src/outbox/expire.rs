//! Deadlines: whatever is not finished when its time is over becomes LEVETID_UTLOPT, both ways.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use jiff::Timestamp;
use store::Tx;
use store::blobs::BlobKey;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use types::OrgNumber;

use super::model::State;
use super::sql;
use crate::Exchange;
use crate::conversations::{self, Conversation, Direction};
use crate::inbox;
use crate::statuses::{self, Status};

/// Messages that are ended at the same time.
const AT_ONCE: usize = 8;

/// Looks at deadlines while this node leads, until told to stop.
pub(crate) async fn run(app: Exchange, stop: CancellationToken) {
    let store = app.store().clone();
    store.lead("exchange.deadlines", stop, move |leading| keep_looking(app.clone(), leading)).await;
}

async fn keep_looking(app: Exchange, stop: CancellationToken) {
    let interval = Duration::from_millis(app.config().deadline_interval_ms.max(100));
    loop {
        look(&app, &stop).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(interval) => {}
        }
    }
}

/// Looks once; answers how many messages had run out of time.
pub(crate) async fn look(app: &Exchange, stop: &CancellationToken) -> usize {
    let mut count = 0;
    loop {
        match look_at_some(app, stop).await {
            Ok(0) => return count,
            Ok(ended) => {
                count += ended;
                app.webhooks().ring();
                if stop.is_cancelled() {
                    return count;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "could not look at deadlines");
                return count;
            }
        }
    }
}

/// Each message is a commit of its own, several at a time: one that ended many would hold the rows of
/// them all, in an order that others do not share.
async fn look_at_some(app: &Exchange, stop: &CancellationToken) -> store::Result<usize> {
    let (own, now) = (app.own(), app.now());
    let unfinished = app.store().read(move |tx| conversations::expired(tx, own, now)).await?;
    let ending = unfinished.into_iter().map(|conversation| end(app, conversation, now).boxed());
    let ended = count(ending.collect(), stop).await?;
    if ended > 0 {
        return Ok(ended);
    }
    // A client may have deleted the conversation of a message that still waits.
    let waiting = app.store().read(move |tx| inbox::sql::expired(tx, now)).await?;
    let removing = waiting.into_iter().map(|(owner, message_id)| remove(app, owner, message_id).boxed());
    count(removing.collect(), stop).await
}

/// Does the work, several pieces at a time; answers how many had something to do. When told to stop,
/// finishes what is under way and begins nothing more.
async fn count(
    work: Vec<BoxFuture<'_, store::Result<bool>>>,
    stop: &CancellationToken,
) -> store::Result<usize> {
    let mut work = pin!(stream::iter(work).take_until(stop.cancelled()).buffer_unordered(AT_ONCE));
    let mut count = 0;
    while let Some(done) = work.next().await {
        count += usize::from(done?);
    }
    Ok(count)
}

/// Ends one message and its conversation; answers false when somebody else has done so.
async fn end(app: &Exchange, conversation: Conversation, now: Timestamp) -> store::Result<bool> {
    let doing = app.clone();
    let ended = app.store().write(move |tx| {
        let blobs = leave(tx, &conversation)?;
        // What was finished since the list was read is not late.
        if !conversations::lock_unfinished(tx, conversation.id)? {
            return Ok((false, blobs));
        }
        let late = Status::LevetidUtlopt.into();
        let recorded = statuses::record(&doing, tx, &[(&conversation, late)], now)?;
        Ok::<_, store::Error>((recorded > 0, blobs))
    });
    let (recorded, blobs) = ended.await?;
    app.drop_blobs(blobs).await;
    Ok(recorded)
}

/// A queued message and a waiting one go; a draft stays, as the contract has it.
fn leave(tx: &mut Tx<'_>, conversation: &Conversation) -> store::Result<Vec<BlobKey>> {
    let (owner, message_id) = (conversation.owner, &conversation.message_id);
    match conversation.direction {
        Direction::Incoming => inbox::sql::remove(tx, owner, message_id),
        Direction::Outgoing => match sql::lock(tx, owner, message_id)? {
            Some(message) if message.state == State::Queued => sql::remove(tx, message.id),
            _ => Ok(Vec::new()),
        },
    }
}

/// Removes a waiting message that has no unfinished conversation; answers false when it was gone.
async fn remove(app: &Exchange, owner: OrgNumber, message_id: String) -> store::Result<bool> {
    let removed = app.store().write(move |tx| {
        let there = inbox::sql::lock(tx, owner, &message_id)?.is_some();
        Ok::<_, store::Error>((there, inbox::sql::remove(tx, owner, &message_id)?))
    });
    let (there, blobs) = removed.await?;
    app.drop_blobs(blobs).await;
    Ok(there)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn when_told_to_stop_what_is_under_way_is_finished_and_nothing_more_begun() {
        let (stop, begun) = (CancellationToken::new(), AtomicUsize::new(0));
        let piece = |_| {
            async {
                begun.fetch_add(1, Ordering::SeqCst);
                stop.cancel();
                tokio::task::yield_now().await;
                Ok(true)
            }
            .boxed()
        };
        let ended = count((0..100).map(piece).collect(), &stop).await.expect("no failure");

        assert_eq!(ended, begun.load(Ordering::SeqCst));
        assert!((1..=AT_ONCE).contains(&ended), "{ended}");
    }
}
