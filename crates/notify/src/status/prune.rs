//! Old entries of the feed go, a few at a time.

use jiff::SignedDuration;
use store::Error;

use super::sql;
use crate::Notify;

/// Entries removed in one commit at most.
const BATCH: u32 = 1000;

/// Removes what is older than the feed is kept. Answers how many entries there were.
pub async fn sweep(app: &Notify) -> Result<u64, Error> {
    let kept = SignedDuration::from_hours(i64::from(app.config().feed_days) * 24);
    let before = app.clock().now().checked_sub(kept).unwrap_or(jiff::Timestamp::MIN);
    let old: bool = app.store().read(move |tx| sql::any_older(tx, before)).await?;
    if !old {
        return Ok(0);
    }
    let mut removed = 0;
    loop {
        let batch = app.store().write(move |tx| sql::remove_older(tx, before, BATCH)).await?;
        removed += batch;
        if batch < u64::from(BATCH) {
            return Ok(removed);
        }
    }
}
