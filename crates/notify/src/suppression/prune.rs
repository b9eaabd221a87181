//! Entries whose time is up go, a few at a time.

use store::Error;

use super::sql;
use crate::Notify;

/// Removes them. Answers how many there were.
pub(crate) async fn sweep(app: &Notify) -> Result<u64, Error> {
    let mut removed = 0;
    loop {
        let now = app.clock().now();
        let batch = app.store().write(move |tx| sql::remove_expired(tx, now)).await?;
        removed += batch;
        if batch < sql::REMOVED_AT_ONCE {
            return Ok(removed);
        }
    }
}
