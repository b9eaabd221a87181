//! Fetches files within limits of count, time and memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;
use web::GuardedClient;
use web::client::CallError;

use super::FileLink;
use crate::Config;
use gateways::Attachment;

/// Files of one e-mail that are fetched at once.
const AT_ONCE: usize = 5;
/// What the semaphore counts in.
const UNIT: u64 = 1024;
/// The longest pause that a host may ask for, in seconds.
const LONGEST_PAUSE: u64 = 3600;

/// Carries files in: at most so many bytes for one e-mail, and so many for all that are under way.
#[derive(Debug)]
pub struct Porter {
    client: GuardedClient,
    room: Arc<Semaphore>,
    room_units: u32,
    per_email: u64,
    timeout: Duration,
}

/// What was fetched. The room that it takes is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) attachments: Vec<Attachment>,
    pub(super) bytes: u64,
    pub(super) _room: Option<OwnedSemaphorePermit>,
}

impl Files {
    /// No files.
    pub(super) const fn none() -> Self {
        Self { attachments: Vec::new(), bytes: 0, _room: None }
    }
}

/// Why there are no files. Says nothing about the link but what its host said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    #[error("the file's host answered {0}")]
    Refused(StatusCode),
    #[error("the link has run out")]
    RunOut,
    #[error("the file's address may not be called")]
    NotCalled,
    #[error("the files are more than {0} bytes")]
    TooLarge(u64),
    #[error("{cause}")]
    Passing { cause: String, after: Option<Duration> },
}

impl Porter {
    /// A porter who calls with this client.
    pub fn new(client: GuardedClient, config: &Config) -> Self {
        let units = config.attachment_memory_bytes.max(config.attachment_bytes).div_ceil(UNIT).max(1);
        let room_units = u32::try_from(units).unwrap_or(u32::MAX);
        let permits = usize::try_from(room_units).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self {
            client,
            room: Arc::new(Semaphore::new(permits)),
            room_units,
            per_email: config.attachment_bytes,
            timeout: Duration::from_secs(config.attachment_timeout_seconds.max(1)),
        }
    }

    /// Fetches files, in their order, once there is room for as much as they may be.
    pub(super) async fn fetch(&self, links: &[FileLink], now: Timestamp) -> Result<Files, Trouble> {
        let wanted = u32::try_from(self.per_email.div_ceil(UNIT)).unwrap_or(u32::MAX).min(self.room_units);
        let room = Arc::clone(&self.room).acquire_many_owned(wanted).await.ok();
        let left = AtomicU64::new(self.per_email);
        let calls: Vec<_> = links.iter().map(|link| self.fetch_one(link, &left, now).boxed()).collect();
        let attachments: Vec<Attachment> = stream::iter(calls).buffered(AT_ONCE).try_collect().await?;
        let bytes = self.per_email - left.into_inner();
        let taken = usize::try_from(bytes.div_ceil(UNIT)).unwrap_or(usize::MAX);
        Ok(Files { attachments, bytes, _room: room.map(|room| keep(room, taken)) })
    }

    async fn fetch_one(
        &self,
        link: &FileLink,
        left: &AtomicU64,
        now: Timestamp,
    ) -> Result<Attachment, Trouble> {
        if link.url.ends().is_some_and(|ends| ends <= now) {
            return Err(Trouble::RunOut);
        }
        let url = Url::parse(link.url.reveal()).map_err(|_| Trouble::NotCalled)?;
        let content = self.read(url, left).await?;
        Ok(Attachment { filename: link.filename.clone(), mime_type: link.mime_type.clone(), content })
    }

    async fn read(&self, url: Url, left: &AtomicU64) -> Result<Bytes, Trouble> {
        let most = usize::try_from(self.per_email).unwrap_or(usize::MAX);
        let call = self.client.get(url).map_err(|error| self.trouble(&error))?;
        let call = call.total(self.timeout).answer_bytes(most);
        let mut incoming = call.open().await.map_err(|error| self.trouble(&error))?;
        check(incoming.status(), incoming.headers())?;
        if announced(incoming.headers()).is_some_and(|bytes| bytes > left.load(Ordering::Relaxed)) {
            return Err(Trouble::TooLarge(self.per_email));
        }
        let mut content = BytesMut::new();
        while let Some(piece) = incoming.chunk().await.map_err(|error| self.trouble(&error))? {
            let bytes = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            let take = |left: u64| left.checked_sub(bytes);
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
                .map_err(|_| Trouble::TooLarge(self.per_email))?;
            content.extend_from_slice(&piece);
        }
        Ok(content.freeze())
    }

    fn trouble(&self, error: &CallError) -> Trouble {
        match error {
            CallError::UnsuitableUrl | CallError::Refused(_) | CallError::Request(_) => Trouble::NotCalled,
            CallError::AnswerTooLong { .. } => Trouble::TooLarge(self.per_email),
            CallError::Connect(_) | CallError::Timeout(_) | CallError::Interrupted(_) => {
                Trouble::Passing { cause: format!("a file cannot be fetched: {error}"), after: None }
            }
        }
    }
}

/// Gives back the room that the files do not take.
fn keep(mut room: OwnedSemaphorePermit, taken: usize) -> OwnedSemaphorePermit {
    let spare = room.num_permits().saturating_sub(taken);
    drop(room.split(spare));
    room
}

fn check(status: StatusCode, headers: &HeaderMap) -> Result<(), Trouble> {
    let may_pass = status.is_server_error()
        || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    if status.is_success() {
        Ok(())
    } else if may_pass {
        let asked = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let after = asked.map(|seconds: u64| Duration::from_secs(seconds.min(LONGEST_PAUSE)));
        Err(Trouble::Passing { cause: format!("the file's host answered {status}"), after })
    } else {
        Err(Trouble::Refused(status))
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
