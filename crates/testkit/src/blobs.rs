//! The places for blobs that every behaviour is shown on.

use std::sync::Arc;

use store::blobs::{Blobs, FileBlobs};
use tempfile::TempDir;

use crate::s3::S3Server;

/// A place for blobs of its own, empty, that goes away with the test.
pub struct BlobPlace {
    blobs: Arc<dyn Blobs>,
    kept_in: KeptIn,
}

enum KeptIn {
    Folder(TempDir),
    S3(S3Server),
}

impl BlobPlace {
    /// A folder.
    pub fn folder() -> Self {
        let folder = tempfile::tempdir().expect("a folder for blobs");
        let blobs = Arc::new(FileBlobs::open(folder.path()).expect("blobs in it"));
        Self { blobs, kept_in: KeptIn::Folder(folder) }
    }

    /// A bucket, of which a part is ours.
    pub fn s3() -> Self {
        let server = S3Server::start();
        let blobs = Arc::new(server.blobs(&format!("s3://{}/ours", server.bucket())));
        Self { blobs, kept_in: KeptIn::S3(server) }
    }

    /// The blobs in it.
    pub fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.blobs)
    }

    /// How many blobs have been begun and neither finished nor cleared away.
    pub fn half_written(&self) -> usize {
        match &self.kept_in {
            KeptIn::Folder(folder) => {
                std::fs::read_dir(folder.path().join("incoming")).expect("its folder").count()
            }
            KeptIn::S3(server) => server.unfinished_uploads(),
        }
    }
}

/// Runs each function once for every place that blobs can be kept in: `…::folder` and `…::s3`.
///
/// The function takes an empty [`BlobPlace`](crate::blobs::BlobPlace).
#[macro_export]
macro_rules! on_every_blob_store {
    ($($(#[$meta:meta])* async fn $name:ident($place:ident: BlobPlace) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn behaviour($place: $crate::blobs::BlobPlace) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn folder() {
                behaviour($crate::blobs::BlobPlace::folder()).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn s3() {
                behaviour($crate::blobs::BlobPlace::s3()).await;
            }
        }
    )+};
}
