//! Entries whose time is up go, a few at a time.

use store::Error;
use tokio_util::sync::CancellationToken;

use super::sql;
use crate::Notify;
use crate::sweep::in_batches;

/// Removes them, until told to stop. Answers how many there were.
pub(crate) async fn sweep(app: &Notify, stop: &CancellationToken) -> Result<u64, Error> {
    let batch = || {
        let now = app.clock().now();
        app.store().write(move |tx| sql::remove_expired(tx, now))
    };
    in_batches(stop, sql::REMOVED_AT_ONCE, batch).await
}
