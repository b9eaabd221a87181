//! Puts statuses into a tray, off the status queue.

use super::{AT_ONCE, TrayConfig, TrayError, client};
use crate::Exchange;
use crate::statuses;
use crate::transports::folder::put::Outlet;

/// Everything in the queue; answers how much that was. A status is on the disk before it leaves the queue,
/// under a name that is its own, so that a repeat changes nothing.
pub(super) async fn look(app: &Exchange, tray: &TrayConfig) -> Result<usize, TrayError> {
    let Some(folder) = &tray.statuses else { return Ok(0) };
    let (outlet, client) = (Outlet::new(folder), client(app, tray));
    for done in 0..AT_ONCE {
        let Some(status) = statuses::next(app, &client).await? else { return Ok(done) };
        let name = format!("{:012}-{}-{}.json", status.id, status.message_id, status.status);
        let (outlet, content) = (outlet.clone(), status.body().to_string());
        let this_try = app.random().uuid_v4();
        let put = move || outlet.put_file(&[], &name, this_try, content.as_bytes());
        tokio::task::spawn_blocking(put).await??;
        statuses::take(app, &client, status.id).await?;
    }
    Ok(AT_ONCE)
}
