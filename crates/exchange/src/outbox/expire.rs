//! Deadlines: whatever is not finished when its time is over becomes LEVETID_UTLOPT, both ways.

use std::time::Duration;

use jiff::Timestamp;
use store::Tx;
use store::blobs::BlobKey;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::model::State;
use super::sql;
use crate::Exchange;
use crate::conversations::{self, Conversation, Direction};
use crate::inbox;
use crate::statuses::{self, Status};

/// Looks at deadlines until told to stop.
pub(crate) async fn run(app: Exchange, stop: CancellationToken) {
    let interval = Duration::from_millis(app.config().deadline_interval_ms.max(100));
    loop {
        look(&app).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(interval) => {}
        }
    }
}

/// Looks once; answers how many messages had run out of time.
pub(crate) async fn look(app: &Exchange) -> usize {
    let mut count = 0;
    loop {
        let doing = app.clone();
        match app.store().write(move |tx| expire(&doing, tx, doing.now())).await {
            Ok((0, _)) => return count,
            Ok((expired, blobs)) => {
                count += expired;
                app.drop_blobs(blobs).await;
                app.webhooks().ring();
            }
            Err(error) => {
                tracing::warn!(%error, "could not look at deadlines");
                return count;
            }
        }
    }
}

fn expire(app: &Exchange, tx: &mut Tx<'_>, now: Timestamp) -> store::Result<(usize, Vec<BlobKey>)> {
    let expired = conversations::expired(tx, app.own(), now)?;
    let mut blobs = Vec::new();
    for conversation in &expired {
        statuses::record(app, tx, conversation, &Status::LevetidUtlopt.into(), now)?;
        blobs.extend(leave(tx, conversation)?);
    }
    // A client may have deleted the conversation of a message that still waits.
    let forgotten = inbox::sql::expired(tx, now)?;
    for (owner, message_id) in &forgotten {
        blobs.extend(inbox::sql::remove(tx, *owner, message_id)?);
    }
    Ok((expired.len() + forgotten.len(), blobs))
}

/// A queued message and a waiting one go; a draft stays, as the contract has it.
fn leave(tx: &mut Tx<'_>, conversation: &Conversation) -> store::Result<Vec<BlobKey>> {
    let (owner, message_id) = (conversation.owner, &conversation.message_id);
    match conversation.direction {
        Direction::Incoming => inbox::sql::remove(tx, owner, message_id),
        Direction::Outgoing => match sql::find(tx, owner, message_id)? {
            Some(message) if message.state == State::Queued => sql::remove(tx, message.id),
            _ => Ok(Vec::new()),
        },
    }
}
