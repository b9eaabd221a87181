//! Removes bytes that no transfer owns: uploads whose process died between bytes and row. Of several
//! nodes the one that leads does it.

use std::time::Duration;

use store::blobs::BlobKey;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use super::problem::Problem;
use super::{BLOB_KIND, Broker, sql};

/// How often is looked.
const EVERY: Duration = Duration::from_secs(6 * 3600);
/// Younger blobs may belong to an upload whose row is on its way, in seconds.
const GRACE: u64 = 24 * 3600;
/// Blobs looked at in one go. Beyond what a server keeps in thirty days, because those that are kept
/// are listed too.
const AT_ONCE: usize = 1_000_000;

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
            match self.sweep(GRACE).await {
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

    /// Removes what is older than `age` seconds and nobody's; answers how much.
    async fn sweep(&self, age: u64) -> Result<usize, Problem> {
        let mut removed = 0;
        for key in self.0.blobs.older_than(BLOB_KIND, age, AT_ONCE).await? {
            let Some(upload) = upload_of(&key) else { continue };
            let kept = self.0.store.read(move |tx| sql::has_stored(tx, upload)).await?;
            if !kept {
                self.0.blobs.delete(&key).await?;
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

        let too_young = broker.sweep(GRACE).await.expect("a sweep");
        let old_enough = broker.sweep(0).await.expect("a sweep");

        assert_eq!((too_young, old_enough), (0, 1));
        assert!(blobs.size(&key).await.is_err());
    }
}
