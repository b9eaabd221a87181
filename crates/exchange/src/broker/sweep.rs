//! Removes bytes that no transfer owns: uploads whose process died between bytes and row. Of several
//! nodes the one that leads does it.

use std::time::Duration;

use store::Tx;
use store::blobs::BlobKey;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use super::model::blob_of;
use super::problem::Problem;
use super::{BLOB_KIND, Broker, sql};

/// How often is looked.
const EVERY: Duration = Duration::from_secs(6 * 3600);
/// Younger blobs may belong to an upload whose row is on its way, in seconds.
const GRACE: u64 = 24 * 3600;
/// Blobs looked at in one go. Beyond what a server keeps in thirty days, because those that are kept
/// are listed too.
const AT_ONCE: usize = 1_000_000;
/// Of which so many are looked up in one read; between two of them we may be told to stop.
const BATCH: usize = 500;

impl Broker {
    pub(super) async fn sweep_until(&self, stop: CancellationToken) {
        let broker = self.clone();
        let work = move |leading| {
            let broker = broker.clone();
            async move { broker.keep_sweeping(leading).await }
        };
        self.0.store.lead("broker.sweep", stop, work).await;
    }

    async fn keep_sweeping(&self, stop: CancellationToken) {
        loop {
            match self.sweep(GRACE, &stop).await {
                Ok(0) => {}
                Ok(count) => info!(count, "removed bytes that no file transfer owned"),
                Err(error) => warn!(%error, "could not look for bytes without a file transfer"),
            }
            if let Err(error) = self.0.blobs.drop_unfinished(GRACE).await {
                warn!(%error, "could not clear uploads that were begun and not finished");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Removes what is older than `age` seconds and nobody's, until told to stop; answers how much.
    async fn sweep(&self, age: u64, stop: &CancellationToken) -> Result<usize, Problem> {
        let mut removed = 0;
        let keys = self.0.blobs.older_than(BLOB_KIND, age, AT_ONCE).await?;
        for batch in keys.chunks(BATCH) {
            if stop.is_cancelled() {
                break;
            }
            let uploads: Vec<Uuid> = batch.iter().filter_map(upload_of).collect();
            let unowned = move |tx: &mut Tx<'_>| {
                let mut unowned = Vec::new();
                for upload in &uploads {
                    if !sql::has_stored(tx, *upload)? {
                        unowned.push(*upload);
                    }
                }
                Ok::<_, Problem>(unowned)
            };
            for upload in self.0.store.read(unowned).await? {
                self.0.blobs.delete(&blob_of(upload)).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

fn upload_of(key: &BlobKey) -> Option<Uuid> {
    key.as_str().split_once('/')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use auth::{Directory, Verifier};
    use bytes::Bytes;
    use jiff::Timestamp;
    use store::blobs::{Blobs as _, FileBlobs};
    use types::random::Random;
    use types::time::Clock;

    use super::*;
    use crate::broker::{Config, Parts};

    #[tokio::test]
    async fn bytes_that_no_transfer_owns_are_removed_once_they_are_old_enough() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = FileBlobs::open(folder.path()).expect("blobs");
        let clock = Clock::stepped(Timestamp::UNIX_EPOCH);
        let broker = Broker::new(Parts {
            store: testkit::stores::temporary(),
            blobs: Arc::new(blobs.clone()),
            verifier: Verifier::new(Vec::new(), Arc::new(Directory::default()), clock.clone()),
            clock,
            random: Random::seeded(1),
            config: Config::default(),
        });
        let key = BlobKey::new(BLOB_KIND, Uuid::new_v4());
        let mut writer = blobs.create(&key).await.expect("a writer");
        writer.write(Bytes::from_static(b"left behind")).await.expect("room");
        writer.finish().await.expect("room");

        let (never, stopped) = (CancellationToken::new(), CancellationToken::new());
        stopped.cancel();
        let when_stopped = broker.sweep(0, &stopped).await.expect("a sweep");
        let too_young = broker.sweep(GRACE, &never).await.expect("a sweep");
        let old_enough = broker.sweep(0, &never).await.expect("a sweep");

        assert_eq!((when_stopped, too_young, old_enough), (0, 0, 1));
        assert!(blobs.size(&key).await.is_err());
    }
}
