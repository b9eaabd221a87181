//! JOB: the bytes go when everybody has them or their time is over; later the rows go too.
//!
//! One job accompanies a transfer from its announcement. Each step is a commit of its own and may be
//! repeated: first the state says that the bytes are gone, then they go, then the row knows it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jobs::{Job, Outcome, Taken};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::blobs::BlobError;
use types::ids::FileTransferId;

use super::model::{Transfer, TransferStatus, blob_of, purge_due};
use super::publish::JobError;
use super::{Broker, sql, usage};

/// Purges one transfer.
#[derive(Serialize, Deserialize)]
pub(super) struct Purge {
    pub transfer: FileTransferId,
}

/// What is to be done about a transfer; pure.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Nothing before this moment.
    Wait(Timestamp),
    /// Its bytes must go.
    Remove,
    /// Its rows must go.
    Forget,
}

fn step(transfer: &Transfer, remember: SignedDuration, now: Timestamp) -> Step {
    if transfer.status != TransferStatus::Purged {
        let due = purge_due(transfer);
        return if due <= now { Step::Remove } else { Step::Wait(due) };
    }
    if transfer.stored {
        return Step::Remove;
    }
    let forget = transfer.status_changed.checked_add(remember).unwrap_or(Timestamp::MAX);
    if forget <= now { Step::Forget } else { Step::Wait(forget) }
}

#[derive(Debug, thiserror::Error)]
enum PurgeError {
    #[error(transparent)]
    Job(#[from] JobError),
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Job<Broker> for Purge {
    const KIND: &'static str = "broker.purge";

    async fn run(self, broker: Broker, taken: Taken) -> Outcome {
        match broker.purge(self.transfer, taken).await {
            Ok(()) | Err(PurgeError::Job(JobError::Stale(_))) => Outcome::Settled,
            Err(error) => Outcome::Later(Duration::from_secs(60), error.to_string()),
        }
    }
}

impl Broker {
    async fn purge(&self, id: FileTransferId, taken: Taken) -> Result<(), PurgeError> {
        let now = self.0.clock.now();
        let remember = SignedDuration::from_hours(24 * i64::from(self.0.config.remember_days));
        let found: Option<Transfer> =
            self.0.store.read(move |tx| sql::find(tx, id).map_err(PurgeError::from)).await?;
        match found.map(|transfer| (step(&transfer, remember, now), transfer)) {
            Some((Step::Remove, transfer)) => self.remove(transfer, taken, remember, now).await,
            Some((Step::Wait(until), _)) => {
                let wait =
                    move |tx: &mut Tx<'_>| taken.put_off::<JobError>(tx, until, "its time has not come");
                Ok(self.0.store.write(wait).await?)
            }
            Some((Step::Forget, _)) => {
                let forget = move |tx: &mut Tx<'_>| {
                    sql::lock(tx, id)?;
                    sql::delete(tx, id)?;
                    taken.finish::<JobError>(tx)
                };
                Ok(self.0.store.write(forget).await?)
            }
            None => Ok(self.0.store.write(move |tx| taken.finish::<JobError>(tx)).await?),
        }
    }

    async fn remove(
        &self,
        transfer: Transfer,
        taken: Taken,
        remember: SignedDuration,
        now: Timestamp,
    ) -> Result<(), PurgeError> {
        let id = transfer.id;
        if transfer.status != TransferStatus::Purged {
            let held = taken.clone();
            let say = move |tx: &mut Tx<'_>| {
                held.check::<JobError>(tx)?;
                match sql::lock(tx, id)? {
                    Some(found) if found.status != TransferStatus::Purged => {
                        usage::closed(tx, found.sender)?;
                        Ok(sql::set_status(tx, id, TransferStatus::Purged, None, now)?)
                    }
                    _ => Ok::<_, JobError>(()),
                }
            };
            self.0.store.write(say).await?;
        }
        if let Some(upload) = transfer.upload {
            self.0.blobs.delete(&blob_of(upload)).await?;
        }
        let removed = move |tx: &mut Tx<'_>| {
            if sql::set_removed(tx, id)? {
                usage::removed(tx, transfer.sender, transfer.bytes.unwrap_or(0))?;
            }
            let forget = now.checked_add(remember).unwrap_or(Timestamp::MAX);
            taken.put_off::<JobError>(tx, forget, "can be looked up until then")
        };
        Ok(self.0.store.write(removed).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a moment")
    }

    fn transfer(status: TransferStatus, purge_at: Option<i64>) -> Transfer {
        Transfer {
            id: "3f1c0f0a-8a2e-4bb7-9f0f-3a6c9d0a5e21".parse().expect("a UUID"),
            sender: "310000001".parse().expect("nine digits"),
            resource: "r".to_owned(),
            file_name: "sbd.zip".to_owned(),
            senders_reference: None,
            checksum: None,
            properties: serde_json::json!({}),
            use_virus_scan: false,
            created: at(0),
            expires: at(1000),
            status,
            status_text: None,
            status_changed: at(500),
            published: None,
            bytes: None,
            upload: None,
            stored: status != TransferStatus::Purged,
            purge_at: purge_at.map(at),
        }
    }

    #[test]
    fn bytes_go_after_the_grace_period_or_when_time_is_over() {
        let remember = SignedDuration::from_secs(100);
        let published = transfer(TransferStatus::Published, None);
        let confirmed = transfer(TransferStatus::AllConfirmedDownloaded, Some(700));

        assert_eq!(step(&published, remember, at(999)), Step::Wait(at(1000)));
        assert_eq!(step(&published, remember, at(1000)), Step::Remove);
        assert_eq!(step(&confirmed, remember, at(699)), Step::Wait(at(700)));
        assert_eq!(step(&confirmed, remember, at(700)), Step::Remove);
    }

    #[test]
    fn a_purge_that_was_broken_off_is_taken_up_and_rows_go_last() {
        let remember = SignedDuration::from_secs(100);
        let broken_off = Transfer { stored: true, ..transfer(TransferStatus::Purged, None) };
        let purged = transfer(TransferStatus::Purged, None);

        assert_eq!(step(&broken_off, remember, at(501)), Step::Remove);
        assert_eq!(step(&purged, remember, at(599)), Step::Wait(at(600)));
        assert_eq!(step(&purged, remember, at(600)), Step::Forget);
    }
}
