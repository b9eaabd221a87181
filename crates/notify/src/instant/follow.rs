//! An equal request is under way on another node: its end is waited for.
//!
//! Within one process, equal requests find each other in `flights.rs`. Between nodes they meet at the key,
//! whose row says that the message is on record, but not that it was handed over: what is certainly not
//! taken is taken off the record again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jobs::ledger;
use store::{Result, Tx};

use super::flights::{Answer, Pilot};
use crate::Notify;
use crate::orders::receipt::Receipt;
use crate::orders::sql::{self as orders_sql, InstantChain, Key};
use crate::sending;

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// How far the other request has come.
enum Seen {
    /// Being handed over since then.
    UnderWay(Timestamp),
    /// On record, and its first hand-over has ended.
    Ended,
    /// Certainly not handed over, and off the record.
    Gone,
}

/// Waits for the hand-over that another node has under way; at most as long as the caller there waits.
pub(super) async fn until_ended(
    notify: &Notify,
    key: &Key,
    receipt: Receipt,
    pilot: &Pilot,
) -> Result<Answer> {
    let patience = notify.config().instant_wait_seconds;
    let longest = SignedDuration::from_secs(i64::try_from(patience).unwrap_or(i64::MAX));
    let waiting = async {
        loop {
            let key = key.clone();
            match notify.store().read(move |tx| look(tx, &key)).await? {
                Seen::UnderWay(since) if notify.clock().now().duration_since(since) < longest => {}
                Seen::UnderWay(_) | Seen::Ended => return Ok(true),
                Seen::Gone => return Ok(false),
            }
            pilot.elsewhere(receipt.clone());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    match tokio::time::timeout(Duration::from_secs(patience), waiting).await {
        Ok(Ok(false)) => Ok(Answer::NotSent),
        Ok(Err(error)) => Err(error),
        Ok(Ok(true)) | Err(_) => Ok(Answer::Known(receipt)),
    }
}

fn look(tx: &mut Tx<'_>, key: &Key) -> Result<Seen> {
    let order = match orders_sql::instant_chain(tx, key)? {
        None => return Ok(Seen::Gone),
        // Its end is long past.
        Some(InstantChain::Outlived) => return Ok(Seen::Ended),
        Some(InstantChain::Of(order)) => order,
    };
    for notification in sending::sql::of_order(tx, order)? {
        if let Some(open) = ledger::unfinished(tx, notification.id.uuid())?.first() {
            return Ok(Seen::UnderWay(open.prepared));
        }
    }
    Ok(Seen::Ended)
}
