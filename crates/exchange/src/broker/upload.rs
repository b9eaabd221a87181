//! `POST /broker/api/v1/filetransfer/{id}/upload`: takes the bytes of an announced file.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use futures_util::StreamExt as _;
use http::{HeaderMap, header};
use jiff::SignedDuration;
use jobs::Due;
use md5::{Digest as _, Md5};
use store::{Engine, Tx};
use tokio::sync::SemaphorePermit;
use tracing::debug;
use types::OrgNumber;
use types::ids::FileTransferId;
use uuid::Uuid;

use super::access::{Seen, WRITE, accepts_json, transfer_id};
use super::initialize::TransferIdBody;
use super::model::{TransferStatus, blob_of};
use super::problem::Problem;
use super::publish::Publish;
use super::{Broker, LANE, sql, usage};

/// What came in.
#[derive(Clone)]
struct Received {
    bytes: u64,
    /// MD5 in lower-case hexadecimal.
    checksum: String,
}

/// What became of it.
enum Verdict {
    Kept,
    ChecksumMismatch,
}

pub(super) async fn handle(
    State(broker): State<Broker>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<TransferIdBody>, Problem> {
    accepts_json(&headers)?;
    let caller = broker.caller(&headers, &[WRITE]).await?;
    let id = transfer_id(&id)?;
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let _turn = broker.turn().await?;
    let upload = broker.begin(id, caller.org, declared).await?;
    let received = broker.receive(upload, body).await?;
    let kept = broker.end(id, upload, received).await;
    if !matches!(kept, Ok(Verdict::Kept)) {
        broker.drop_unless_known(upload, matches!(kept, Err(Problem::InDoubt))).await;
    }
    match kept? {
        Verdict::Kept => Ok(Json(TransferIdBody { file_transfer_id: id })),
        Verdict::ChecksumMismatch => Err(Problem::ChecksumMismatch),
    }
}

/// How long an upload waits for its turn, which is less than clients wait for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

impl Broker {
    /// One of the uploads that are taken at the same time. Nothing of the body is read before it.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, Problem> {
        let turn = tokio::time::timeout(PATIENCE, self.0.uploads.acquire()).await;
        turn.ok().and_then(Result::ok).ok_or(Problem::Busy)
    }

    /// Begins an upload; one that was under way before can no longer end.
    async fn begin(
        &self,
        id: FileTransferId,
        caller: OrgNumber,
        declared: Option<u64>,
    ) -> Result<Uuid, Problem> {
        let now = self.0.clock.now();
        let upload = self.0.random.uuid_v7(now);
        let config = self.0.config.clone();
        let largest = config.largest_file_bytes;
        let begin = move |tx: &mut Tx<'_>| {
            let seen = Seen::lock(tx, id, caller)?;
            if !seen.is_sender() {
                return Err(Problem::NoAccess);
            }
            match seen.transfer.status {
                TransferStatus::Initialized | TransferStatus::UploadStarted => {}
                _ => return Err(Problem::AlreadyUploaded),
            }
            if declared.is_some_and(|bytes| bytes > largest) {
                return Err(Problem::TooBig(largest));
            }
            usage::has_room(tx, caller, declared.unwrap_or(0), &config)?;
            sql::set_upload(tx, id, upload)?;
            if seen.transfer.status == TransferStatus::Initialized {
                sql::set_status(tx, id, TransferStatus::UploadStarted, None, now)?;
            }
            Ok(())
        };
        self.0.store.write(begin).await?;
        Ok(upload)
    }

    /// Streams the body into a blob. What is broken off leaves nothing.
    async fn receive(&self, upload: Uuid, body: Body) -> Result<Received, Problem> {
        let largest = self.0.config.largest_file_bytes;
        let mut writer = self.0.blobs.create(&blob_of(upload)).await?;
        let mut digest = Md5::new();
        let mut bytes: u64 = 0;
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|why| {
                debug!("an upload was broken off: {why}");
                Problem::UploadFailed
            })?;
            bytes += piece.len() as u64;
            if bytes > largest {
                return Err(Problem::TooBig(largest));
            }
            digest.update(&piece);
            writer.write(piece).await?;
        }
        writer.finish().await?;
        Ok(Received { bytes, checksum: format!("{:x}", digest.finalize()) })
    }

    /// Keeps what came in, unless another upload or the end of the transfer came first.
    async fn end(&self, id: FileTransferId, upload: Uuid, received: Received) -> Result<Verdict, Problem> {
        let now = self.0.clock.now();
        let delay = self.0.config.scan_delay_seconds;
        let job = self.0.random.uuid_v7(now);
        let config = self.0.config.clone();
        let end = move |tx: &mut Tx<'_>| {
            let transfer = sql::lock(tx, id)?.ok_or(Problem::NotFound)?;
            if transfer.status != TransferStatus::UploadStarted || transfer.upload != Some(upload) {
                return Err(Problem::AlreadyUploaded);
            }
            if transfer.checksum.as_ref().is_some_and(|announced| *announced != received.checksum) {
                sql::set_status(tx, id, TransferStatus::Failed, Some("Checksum mismatch"), now)?;
                return Ok(Verdict::ChecksumMismatch);
            }
            usage::stored(tx, transfer.sender, received.bytes, &config)?;
            sql::set_stored(tx, id, received.bytes, &received.checksum)?;
            sql::set_status(tx, id, TransferStatus::UploadProcessing, None, now)?;
            if delay == 0 {
                sql::set_status(tx, id, TransferStatus::Published, None, now)?;
            } else {
                let at = now.checked_add(SignedDuration::from_secs(delay.into()));
                let due = Due::at(LANE, &transfer.sender, at.unwrap_or(jiff::Timestamp::MAX));
                jobs::enqueue::<Self, _>(tx, job, &Publish { transfer: id }, &due, now)?;
            }
            Ok(Verdict::Kept)
        };
        self.0.store.write(end).await
    }

    /// Removes the bytes of an upload that was not kept. When even that is unclear, the sweep decides
    /// later.
    async fn drop_unless_known(&self, upload: Uuid, in_doubt: bool) {
        // PostgreSQL may still be working on a commit after the connection has gone.
        if in_doubt && self.0.store.engine() == Engine::Postgres {
            return;
        }
        let stored = self.0.store.read(move |tx| sql::has_stored(tx, upload)).await;
        if !matches!(stored, Ok(false)) {
            return;
        }
        if let Err(error) = self.0.blobs.delete(&blob_of(upload)).await {
            debug!(%error, "could not remove the bytes of a refused upload; the sweep will");
        }
    }
}
