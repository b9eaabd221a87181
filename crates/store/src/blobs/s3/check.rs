//! Trying at start what everything depends on.

use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{Error as S3Error, ObjectStore, PutMode, PutOptions};

use super::{S3Blobs, errors};
use crate::blobs::BlobError;

/// Name of the object that is tried on; it stays.
const PROBE: &str = "check";

impl S3Blobs {
    /// Looks whether the bucket is there and may be used, and whether the service keeps a condition
    /// on each of the two ways of writing. Leaves one small object named `check`.
    ///
    /// # Errors
    /// [`BlobError::Unavailable`] with what to check or change.
    pub async fn check(&self) -> Result<(), BlobError> {
        let path = self.path(PROBE);
        if let Err(error) = self.probe(&path).await
            && !errors::is_refused(&error)
        {
            return Err(self.place.explain(error));
        }
        self.must_be_refused(self.probe(&path).await.map(drop))?;
        let refused = self.probe_in_parts(&path).await;
        self.must_be_refused(refused)
    }

    async fn probe(&self, path: &Path) -> Result<(), S3Error> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        self.s3.put_opts(path, "ok".into(), options).await.map(drop)
    }

    async fn probe_in_parts(&self, path: &Path) -> Result<(), S3Error> {
        let id = self.s3.create_multipart(path).await?;
        let outcome = match self.s3.put_part(path, &id, 0, "ok".into()).await {
            Ok(part) => self.s3.complete_multipart(path, &id, vec![part]).await.map(drop),
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            self.s3.abort_multipart(path, &id).await?;
        }
        outcome
    }

    fn must_be_refused(&self, outcome: Result<(), S3Error>) -> Result<(), BlobError> {
        match outcome {
            Err(error) if errors::is_refused(&error) => Ok(()),
            Err(error) => Err(self.place.explain(error)),
            Ok(()) => Err(self.place.unavailable(
                "it overwrites what exists: use a service that honours If-None-Match, also where an \
                 upload in parts is completed",
                "a conditional write was not refused",
            )),
        }
    }
}
