//! Blobs that no row names (a crash between blob and row leaves them), what has been kept long enough, and
//! ids remembered long enough.

use std::time::Duration;

use store::blobs::BlobKey;
use store::{Engine, Tx};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use types::retention::days_before;

use crate::inbox::receive::{CONTAINER, PACKAGE};
use crate::outbox::{send, upload};
use crate::{Exchange, feedback, inbox, outbox, retention};

/// Between two sweeps.
const EVERY: Duration = Duration::from_secs(3_600);
/// Blobs younger than this may belong to a request that is still going on, in seconds.
const YOUNG: u64 = 24 * 3_600;
/// Blobs listed in one sweep. More than a gateway keeps, because those that are kept are listed too.
const AT_MOST: usize = 1_000_000;
/// Blobs looked up in one snapshot.
const AT_ONCE: usize = 1_000;

/// Asks one feature's tables whether a row names a blob.
pub(crate) type NamesBlob = fn(&mut Tx<'_>, &BlobKey) -> store::Result<bool>;

/// Every kind of blob that is ours, and who knows whether a row names it.
const KINDS: [(&str, NamesBlob); 5] = [
    (upload::KIND, outbox::sql::names_blob),
    (send::KIND, outbox::sql::names_blob),
    (feedback::KIND, feedback::names_blob),
    (PACKAGE, inbox::sql::names_blob),
    (CONTAINER, inbox::sql::names_blob),
];

/// Every kind of blob that the gateway and the embedded broker keep, for whoever copies them.
pub fn blob_kinds() -> Vec<&'static str> {
    KINDS.iter().map(|(kind, _)| *kind).chain([crate::broker::BLOB_KIND]).collect()
}

/// Sweeps while this node leads, until told to stop.
pub(crate) async fn run(app: Exchange, stop: CancellationToken) {
    let store = app.store().clone();
    store.lead("exchange.sweep", stop, move |leading| keep_sweeping(app.clone(), leading)).await;
}

async fn keep_sweeping(app: Exchange, stop: CancellationToken) {
    loop {
        sweep(&app, &stop).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}

async fn sweep(app: &Exchange, stop: &CancellationToken) {
    for (kind, names) in KINDS {
        if stop.is_cancelled() {
            return;
        }
        if let Err(error) = sweep_kind(app, kind, names).await {
            tracing::warn!(%error, kind, "could not sweep blobs away");
        }
    }
    retention::sweep(app, stop).await;
    if let Err(error) = app.blobs().drop_unfinished(YOUNG).await {
        tracing::warn!(%error, "could not clear blobs that were begun and not finished");
    }
    forget(app, stop).await;
}

/// Forgets ids that have been remembered long enough.
pub(crate) async fn forget(app: &Exchange, stop: &CancellationToken) {
    let before = days_before(app.now(), app.config().remember_received_days);
    loop {
        match app.store().write(move |tx| inbox::sql::forget(tx, before)).await {
            Ok(inbox::sql::FORGOTTEN_AT_ONCE) if !stop.is_cancelled() => {}
            Ok(_) => return,
            Err(error) => return tracing::warn!(%error, "could not forget old message ids"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Blob(#[from] store::blobs::BlobError),
}

async fn sweep_kind(app: &Exchange, kind: &'static str, names: NamesBlob) -> Result<(), SweepError> {
    let old = app.blobs().older_than(kind, YOUNG, AT_MOST).await?;
    for keys in old.chunks(AT_ONCE) {
        drop_unnamed(app, keys.to_vec(), names).await?;
    }
    Ok(())
}

/// Removes those blobs that no row names.
async fn drop_unnamed(app: &Exchange, keys: Vec<BlobKey>, names: NamesBlob) -> store::Result<()> {
    let unnamed = app.store().read(move |tx| {
        let mut unnamed = Vec::new();
        for key in &keys {
            if !names(tx, key)? {
                unnamed.push(key.clone());
            }
        }
        Ok::<_, store::Error>(unnamed)
    });
    app.drop_blobs(unnamed.await?).await;
    Ok(())
}

/// Removes the blobs of a commit that failed. The rows may be on disk all the same, when only the
/// answer was lost, and then they name bytes that nobody else has; so the rows are asked first, and
/// where they cannot be asked, a later sweep decides. It also decides when the commit is in doubt on
/// PostgreSQL, which may still be working on it after the connection has gone.
pub(crate) async fn drop_after_failure(app: &Exchange, keys: Vec<BlobKey>, names: NamesBlob, in_doubt: bool) {
    if in_doubt && app.store().engine() == Engine::Postgres {
        return;
    }
    if let Err(error) = drop_unnamed(app, keys, names).await {
        tracing::warn!(%error, "could not look whether blobs are needed; they are looked at again later");
    }
}
