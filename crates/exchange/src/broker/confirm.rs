//! `POST /broker/api/v1/filetransfer/{id}/confirmdownload`: a recipient has it for good.

use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use jobs::Due;
use store::Tx;
use types::OrgNumber;
use types::ids::FileTransferId;

use super::access::{READ, Seen, transfer_id};
use super::model::{RecipientStatus, TransferStatus};
use super::problem::Problem;
use super::purge::Purge;
use super::{Broker, LANE, sql};

pub(super) async fn handle(
    State(broker): State<Broker>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let caller = broker.caller(&headers, &[READ]).await?;
    broker.confirm(transfer_id(&id)?, caller.org).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Broker {
    async fn confirm(&self, id: FileTransferId, caller: OrgNumber) -> Result<(), Problem> {
        let now = self.0.clock.now();
        let job = self.0.random.uuid_v7(now);
        let grace = SignedDuration::from_mins(self.0.config.grace_minutes.into());
        let purge_at = now.checked_add(grace).unwrap_or(Timestamp::MAX);
        let confirm = move |tx: &mut Tx<'_>| {
            let seen = Seen::lock(tx, id, caller)?;
            let recipient = seen.as_recipient().ok_or(Problem::NoAccess)?;
            // The order matters: once everybody has confirmed, a second confirmation is told so.
            if seen.transfer.status != TransferStatus::Published {
                return Err(Problem::ConfirmWhilePublished);
            }
            match recipient.status {
                RecipientStatus::DownloadConfirmed => return Ok(()),
                RecipientStatus::Initialized => return Err(Problem::ConfirmBeforeDownload),
                RecipientStatus::DownloadStarted => {}
            }
            sql::set_recipient_status(tx, id, caller, RecipientStatus::DownloadConfirmed, now)?;
            let all = seen
                .recipients
                .iter()
                .all(|other| other.org == caller || other.status == RecipientStatus::DownloadConfirmed);
            if all {
                sql::set_status(tx, id, TransferStatus::AllConfirmedDownloaded, None, now)?;
                sql::set_purge_at(tx, id, purge_at)?;
                let due = Due::at(LANE, &seen.transfer.sender, purge_at);
                jobs::enqueue::<Self, _>(tx, job, &Purge { transfer: id }, &due, now)?;
            }
            Ok(())
        };
        self.0.store.write(confirm).await
    }
}
