//! JOB: what was uploaded can be fetched, after the delay that stands in for a virus scan.

use std::time::Duration;

use jobs::{Job, Outcome, Taken};
use serde::{Deserialize, Serialize};
use store::Tx;
use types::ids::FileTransferId;

use super::model::TransferStatus;
use super::{Broker, sql};

/// Publishes one transfer.
#[derive(Serialize, Deserialize)]
pub(super) struct Publish {
    pub transfer: FileTransferId,
}

impl Job<Broker> for Publish {
    const KIND: &'static str = "broker.publish";

    async fn run(self, broker: Broker, taken: Taken) -> Outcome {
        let now = broker.0.clock.now();
        let publish = move |tx: &mut Tx<'_>| {
            let found = sql::lock(tx, self.transfer)?;
            if found.is_some_and(|transfer| transfer.status == TransferStatus::UploadProcessing) {
                sql::set_status(tx, self.transfer, TransferStatus::Published, None, now)?;
            }
            taken.finish::<JobError>(tx)
        };
        match broker.0.store.write(publish).await {
            Ok(()) | Err(JobError::Stale(_)) => Outcome::Settled,
            Err(error) => Outcome::Later(Duration::from_secs(10), error.to_string()),
        }
    }
}

/// Why a job's commit failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
    /// Somebody else has the job.
    #[error(transparent)]
    Stale(#[from] jobs::Stale),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}
