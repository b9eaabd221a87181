//! Old entries of the feed go, a few at a time.

use store::Error;
use tokio_util::sync::CancellationToken;
use types::retention::days_before;

use super::sql;
use crate::Notify;
use crate::sweep::in_batches;

/// Removes what is older than the feed is kept, until told to stop. Answers how many entries there were.
pub(crate) async fn sweep(app: &Notify, stop: &CancellationToken) -> Result<u64, Error> {
    let before = days_before(app.clock().now(), app.config().feed_days);
    let old: bool = app.store().read(move |tx| sql::any_older(tx, before)).await?;
    if !old {
        return Ok(0);
    }
    let batch = || app.store().write(move |tx| sql::remove_older(tx, before));
    in_batches(stop, sql::REMOVED_AT_ONCE, batch).await
}
