//! Old entries of the feed go, a few at a time.

use jiff::SignedDuration;
use store::Error;

use super::sql;
use crate::Notify;

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
        let batch = app.store().write(move |tx| sql::remove_older(tx, before)).await?;
        removed += batch;
        if batch < sql::REMOVED_AT_ONCE {
            return Ok(removed);
        }
    }
}
