//! The rest of a body whose handler has answered without reading it.
//!
//! A connection that is closed with unread bytes is reset, and the reset may destroy the answer on its
//! way to the client. So the rest is read and thrown away for a while, and the connection lives on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;

/// How long the rest is read for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the next piece of it may be in coming.
const SILENCE: Duration = Duration::from_secs(1);
/// How many bytes of it.
const MOST: usize = 64 << 20;

/// Where a body that was let go unfinished is found again.
#[derive(Clone, Debug, Default)]
pub(super) struct Rest(Arc<Mutex<Option<Incoming>>>);

impl Rest {
    /// Keeps a body that nobody reads any more.
    pub(super) fn keep(&self, body: Incoming) {
        if !body.is_end_stream() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }

    /// Reads and forgets what is kept, in the background: the answer need not wait for it. The task
    /// ends with the connection, and long before a connection's other limits.
    pub(super) fn discard(&self) {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(body) = kept {
            tokio::spawn(timeout(PATIENCE, discard(body)));
        }
    }
}

async fn discard(mut body: Incoming) {
    let mut left = MOST;
    while let Ok(Some(Ok(frame))) = timeout(SILENCE, body.frame()).await {
        let bytes = frame.data_ref().map_or(0, bytes::Bytes::len);
        let Some(less) = left.checked_sub(bytes) else { return };
        left = less;
    }
}
